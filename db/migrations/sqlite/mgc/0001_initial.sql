-- The chat database as a chat server keeps it. Times are UTC microseconds since 1970. The names
-- begin with mgc_, so that both schemas can live in one file.

CREATE TABLE mgc_room (
  room_id INTEGER PRIMARY KEY,
  uri     TEXT NOT NULL UNIQUE,
  name    TEXT NOT NULL
) STRICT;

CREATE TABLE mgc_person (
  person_id INTEGER PRIMARY KEY,
  uri       TEXT NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  email     TEXT NOT NULL,
  external  INTEGER NOT NULL CHECK (external IN (0, 1))
) STRICT;

-- joined_at is NULL when the person was in the room before the record begins; parted_at is NULL
-- while the person is there. The keys are the entries that said so.
CREATE TABLE mgc_membership (
  membership_id INTEGER PRIMARY KEY,
  room_id       INTEGER NOT NULL REFERENCES mgc_room,
  person_id     INTEGER NOT NULL REFERENCES mgc_person,
  joined_at     INTEGER,
  parted_at     INTEGER,
  joined_key    TEXT UNIQUE,
  parted_key    TEXT
) STRICT;
CREATE INDEX mgc_membership_parted_key ON mgc_membership (parted_key);
CREATE INDEX mgc_membership_open ON mgc_membership (room_id, person_id) WHERE parted_at IS NULL;

-- The history. chat_id is 1, 2, 3 ... within its room, given by this database.
CREATE TABLE mgc_chat (
  room_id     INTEGER NOT NULL REFERENCES mgc_room,
  chat_id     INTEGER NOT NULL CHECK (chat_id > 0),
  person_id   INTEGER REFERENCES mgc_person,
  occurred_at INTEGER NOT NULL,
  content     TEXT NOT NULL,
  is_action   INTEGER NOT NULL CHECK (is_action IN (0, 1)),
  source_key  TEXT NOT NULL UNIQUE,
  PRIMARY KEY (room_id, chat_id)
) STRICT;
