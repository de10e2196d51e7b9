-- Times are UTC microseconds since 1970; digests are SHA-256, 32 bytes.

CREATE TABLE node (
  node_id INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 255)
) STRICT;

-- A lane is one queue with one ledger. Whoever holds the lease writes it; `fence` grows with each
-- change of holder and is checked in every batch's transaction.
CREATE TABLE lane (
  lane_id     INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 255),
  holder      TEXT,
  fence       INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE block (
  lane_id         INTEGER NOT NULL REFERENCES lane,
  block           INTEGER NOT NULL CHECK (block > 0),
  first_event_id  INTEGER NOT NULL CHECK (first_event_id >= 0),
  events          INTEGER NOT NULL CHECK (events > 0),
  packs           INTEGER NOT NULL CHECK (packs > 0),
  previous_digest BLOB NOT NULL CHECK (length(previous_digest) = 32),
  root            BLOB NOT NULL CHECK (length(root) = 32),
  digest          BLOB NOT NULL CHECK (length(digest) = 32),
  received_at     INTEGER NOT NULL,
  PRIMARY KEY (lane_id, block)
) STRICT, WITHOUT ROWID;

-- The evidence: `body` is exactly what was sent. A rowid table, because a body is longer than a
-- page: rows are appended, and only the two small indexes are searched. The second one gives the
-- order of the ledger and finds the pack of an event.
CREATE TABLE pack (
  node_id        INTEGER NOT NULL REFERENCES node,
  epoch          INTEGER NOT NULL CHECK (epoch > 0),
  first_sequence INTEGER NOT NULL CHECK (first_sequence > 0),
  event_count    INTEGER NOT NULL CHECK (event_count > 0),
  lane_id        INTEGER NOT NULL REFERENCES lane,
  block          INTEGER NOT NULL,
  first_event_id INTEGER NOT NULL,
  body           BLOB NOT NULL,
  sha256         BLOB NOT NULL CHECK (length(sha256) = 32),
  root           BLOB NOT NULL CHECK (length(root) = 32),
  PRIMARY KEY (node_id, epoch, first_sequence),
  UNIQUE (lane_id, first_event_id)
) STRICT;

CREATE TABLE node_position (
  node_id            INTEGER NOT NULL REFERENCES node,
  epoch              INTEGER NOT NULL CHECK (epoch > 0),
  contiguous_through INTEGER NOT NULL CHECK (contiguous_through >= 0),
  max_seen           INTEGER NOT NULL CHECK (max_seen >= contiguous_through),
  last_block         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  PRIMARY KEY (node_id, epoch)
) STRICT, WITHOUT ROWID;

-- Every sequence that was ever missing is in exactly one row: the part of a gap that arrives later
-- becomes a closed row of its own, and what is still missing stays open.
CREATE TABLE gap (
  node_id        INTEGER NOT NULL REFERENCES node,
  epoch          INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL CHECK (first_sequence > 0),
  last_sequence  INTEGER NOT NULL CHECK (last_sequence >= first_sequence),
  first_seen_at  INTEGER NOT NULL,
  closed_at      INTEGER,
  PRIMARY KEY (node_id, epoch, first_sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX gap_open ON gap (node_id, epoch, last_sequence) WHERE closed_at IS NULL;

-- As known when an event happened: one row for each distinct tuple.
CREATE TABLE room (
  room_id INTEGER PRIMARY KEY,
  uri     TEXT NOT NULL,
  name    TEXT NOT NULL,
  UNIQUE (uri, name)
) STRICT;
CREATE TABLE person (
  person_id INTEGER PRIMARY KEY,
  uri       TEXT NOT NULL,
  name      TEXT NOT NULL,
  email     TEXT NOT NULL,
  external  INTEGER NOT NULL CHECK (external IN (0, 1)),
  UNIQUE (uri, name, email, external)
) STRICT;

-- Bytes that can never be stored as events. The unique key makes the replay of a batch a no-op.
CREATE TABLE dead_letter (
  dead_letter_id INTEGER PRIMARY KEY,
  lane_id        INTEGER NOT NULL REFERENCES lane,
  received_at    INTEGER NOT NULL,
  message_id     TEXT NOT NULL,
  reason         TEXT NOT NULL,
  raw            BLOB NOT NULL,
  sha256         BLOB NOT NULL CHECK (length(sha256) = 32),
  node_id        INTEGER REFERENCES node,
  epoch          INTEGER,
  first_sequence INTEGER,
  UNIQUE (lane_id, sha256, message_id)
) STRICT;

CREATE TABLE segment (
  segment              INTEGER PRIMARY KEY,
  lane_id              INTEGER NOT NULL REFERENCES lane,
  state                TEXT NOT NULL CHECK (state IN ('hot', 'sealed')),
  first_event_id       INTEGER NOT NULL,
  last_event_id        INTEGER,
  least_occurred_at    INTEGER,
  greatest_occurred_at INTEGER,
  opened_at            INTEGER NOT NULL
) STRICT;

-- The projection of the packs of segment 1. Further segments get a table like it. event_id is the
-- event's leaf index in its lane's ledger.
CREATE TABLE event_1 (
  event_id    INTEGER PRIMARY KEY,
  kind        INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  room_id     INTEGER,
  actor_id    INTEGER,
  target_id   INTEGER,
  content     TEXT NOT NULL,
  chat_id     INTEGER NOT NULL,
  file_name   TEXT,
  file_sha256 BLOB,
  node_id     INTEGER NOT NULL,
  epoch       INTEGER NOT NULL,
  sequence    INTEGER NOT NULL,
  block       INTEGER NOT NULL
) STRICT;

-- All segments together; made anew when a segment is added.
CREATE VIEW event AS SELECT 1 AS segment, * FROM event_1;

-- What auditors see. The remainder of % follows the sign of the time, hence the double one.
CREATE VIEW compliance_event AS
SELECT lane.name AS lane,
       e.event_id AS event_id,
       CASE e.kind
         WHEN 1 THEN 'JOIN' WHEN 2 THEN 'PART' WHEN 3 THEN 'CHAT' WHEN 4 THEN 'BACKCHAT'
         WHEN 5 THEN 'FILEUPLOAD' WHEN 6 THEN 'FILEDOWNLOAD' WHEN 7 THEN 'EDIT'
         WHEN 8 THEN 'DELETE' WHEN 9 THEN 'PURGE' WHEN 10 THEN 'INVITE' WHEN 11 THEN 'ROOM'
         WHEN 12 THEN 'MEMBERSHIP' WHEN 13 THEN 'PERSON' WHEN 14 THEN 'NOTICE' WHEN 15 THEN 'NODE'
         ELSE 'UNKNOWN(' || e.kind || ')' END AS kind,
       strftime('%Y-%m-%dT%H:%M:%S',
                (e.occurred_at - (e.occurred_at % 1000000 + 1000000) % 1000000) / 1000000,
                'unixepoch')
         || printf('.%06dZ', (e.occurred_at % 1000000 + 1000000) % 1000000) AS occurred_at,
       strftime('%Y-%m-%dT%H:%M:%S',
                (b.received_at - (b.received_at % 1000000 + 1000000) % 1000000) / 1000000,
                'unixepoch')
         || printf('.%06dZ', (b.received_at % 1000000 + 1000000) % 1000000) AS received_at,
       room.uri AS room_uri,
       room.name AS room_name,
       actor.uri AS actor_uri,
       actor.name AS actor_name,
       actor.email AS actor_email,
       e.content AS content,
       e.chat_id AS chat_id,
       e.file_name AS file_name,
       e.file_sha256 AS file_sha256,
       node.name AS node,
       e.epoch AS epoch,
       e.sequence AS sequence,
       e.block AS block,
       e.segment AS segment
FROM event AS e
JOIN segment AS s ON s.segment = e.segment
JOIN lane ON lane.lane_id = s.lane_id
LEFT JOIN block AS b ON b.lane_id = s.lane_id AND b.block = e.block
LEFT JOIN node ON node.node_id = e.node_id
LEFT JOIN room ON room.room_id = e.room_id
LEFT JOIN person AS actor ON actor.person_id = e.actor_id;
