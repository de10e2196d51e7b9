-- The chat database as a chat server keeps it. Times are UTC microseconds since 1970. The names
-- begin with mgc_, so that both schemas can live in one database. Text compares by its bytes.
--
-- MariaDB commits at each statement, so each of them may run twice. A key of InnoDB holds 3072
-- bytes and some texts are longer: a digest of the text is what is unique, and a key of its first
-- characters finds it.

CREATE TABLE IF NOT EXISTS mgc_room (
  room_id    BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  uri        VARCHAR(1024) NOT NULL,
  name       VARCHAR(1024) NOT NULL,
  uri_sha256 BINARY(64) AS (SHA2(uri, 256)) PERSISTENT INVISIBLE,
  UNIQUE KEY mgc_room_uri_sha256 (uri_sha256),
  KEY mgc_room_uri (uri(768))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS mgc_person (
  person_id  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  uri        VARCHAR(1024) NOT NULL,
  name       VARCHAR(1024) NOT NULL,
  email      VARCHAR(1024) NOT NULL,
  external   TINYINT NOT NULL CHECK (external IN (0, 1)),
  uri_sha256 BINARY(64) AS (SHA2(uri, 256)) PERSISTENT INVISIBLE,
  UNIQUE KEY mgc_person_uri_sha256 (uri_sha256),
  KEY mgc_person_uri (uri(768))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- joined_at is NULL when the person was in the room before the record begins; parted_at is NULL
-- while the person is there. The keys are the entries that said so.
CREATE TABLE IF NOT EXISTS mgc_membership (
  membership_id     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  room_id           BIGINT NOT NULL REFERENCES mgc_room (room_id),
  person_id         BIGINT NOT NULL REFERENCES mgc_person (person_id),
  joined_at         BIGINT,
  parted_at         BIGINT,
  joined_key        TEXT,
  parted_key        TEXT,
  joined_key_sha256 BINARY(64) AS (SHA2(joined_key, 256)) PERSISTENT INVISIBLE,
  UNIQUE KEY mgc_membership_joined_key_sha256 (joined_key_sha256),
  KEY mgc_membership_joined_key (joined_key(768)),
  KEY mgc_membership_parted_key (parted_key(768)),
  KEY mgc_membership_open (room_id, person_id, parted_at)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The history. chat_id is 1, 2, 3 ... within its room, given by this database.
CREATE TABLE IF NOT EXISTS mgc_chat (
  room_id           BIGINT NOT NULL REFERENCES mgc_room (room_id),
  chat_id           BIGINT NOT NULL CHECK (chat_id > 0),
  person_id         BIGINT REFERENCES mgc_person (person_id),
  occurred_at       BIGINT NOT NULL,
  content           MEDIUMTEXT NOT NULL,
  is_action         TINYINT NOT NULL CHECK (is_action IN (0, 1)),
  source_key        TEXT NOT NULL,
  source_key_sha256 BINARY(64) AS (SHA2(source_key, 256)) PERSISTENT INVISIBLE,
  PRIMARY KEY (room_id, chat_id),
  UNIQUE KEY mgc_chat_source_key_sha256 (source_key_sha256),
  KEY mgc_chat_source_key (source_key(768))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
