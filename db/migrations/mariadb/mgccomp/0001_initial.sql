-- Times are UTC microseconds since 1970; digests are SHA-256, 32 bytes. Text compares by its bytes
-- (utf8mb4_nopad_bin), trailing spaces count.
--
-- Beside the database NAME there is a second one, NAME_audit, with a view of each table under the
-- same name. Auditors may read that one only, and the same statements work there.
--
-- MariaDB commits at each statement below. A migration that was interrupted is run again from its
-- first statement, so each of them may run twice.

CREATE TABLE IF NOT EXISTS node (
  node_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name    VARCHAR(255) NOT NULL UNIQUE CHECK (CHAR_LENGTH(name) BETWEEN 1 AND 255)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- A lane is one queue with one ledger. Whoever holds the lease writes it; `fence` grows with each
-- change of holder and is checked in every batch's transaction.
CREATE TABLE IF NOT EXISTS lane (
  lane_id     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name        VARCHAR(255) NOT NULL UNIQUE CHECK (CHAR_LENGTH(name) BETWEEN 1 AND 255),
  holder      TEXT,
  fence       BIGINT NOT NULL DEFAULT 0,
  lease_until BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS block (
  lane_id         BIGINT NOT NULL REFERENCES lane (lane_id),
  block           BIGINT NOT NULL CHECK (block > 0),
  first_event_id  BIGINT NOT NULL CHECK (first_event_id >= 0),
  events          BIGINT NOT NULL CHECK (events > 0),
  packs           BIGINT NOT NULL CHECK (packs > 0),
  previous_digest VARBINARY(32) NOT NULL CHECK (LENGTH(previous_digest) = 32),
  root            VARBINARY(32) NOT NULL CHECK (LENGTH(root) = 32),
  digest          VARBINARY(32) NOT NULL CHECK (LENGTH(digest) = 32),
  received_at     BIGINT NOT NULL,
  PRIMARY KEY (lane_id, block)
) ENGINE=InnoDB;

-- The evidence: `body` is exactly what was sent. InnoDB keeps rows in the order of the primary
-- key, which is the order of the ledger: rows are appended. No foreign keys: each would be looked
-- up for every row, and the ids were read in the same transaction.
CREATE TABLE IF NOT EXISTS pack (
  node_id        BIGINT NOT NULL,
  epoch          BIGINT NOT NULL CHECK (epoch > 0),
  first_sequence BIGINT NOT NULL CHECK (first_sequence > 0),
  event_count    BIGINT NOT NULL CHECK (event_count > 0),
  lane_id        BIGINT NOT NULL,
  block          BIGINT NOT NULL,
  first_event_id BIGINT NOT NULL,
  body           MEDIUMBLOB NOT NULL,
  sha256         VARBINARY(32) NOT NULL CHECK (LENGTH(sha256) = 32),
  root           VARBINARY(32) NOT NULL CHECK (LENGTH(root) = 32),
  PRIMARY KEY (lane_id, first_event_id),
  UNIQUE KEY pack_key (node_id, epoch, first_sequence)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS node_position (
  node_id            BIGINT NOT NULL REFERENCES node (node_id),
  epoch              BIGINT NOT NULL CHECK (epoch > 0),
  contiguous_through BIGINT NOT NULL CHECK (contiguous_through >= 0),
  max_seen           BIGINT NOT NULL,
  last_block         BIGINT NOT NULL,
  updated_at         BIGINT NOT NULL,
  PRIMARY KEY (node_id, epoch),
  CONSTRAINT node_position_order CHECK (max_seen >= contiguous_through)
) ENGINE=InnoDB;

-- Every sequence that was ever missing is in exactly one row: the part of a gap that arrives later
-- becomes a closed row of its own, and what is still missing stays open.
CREATE TABLE IF NOT EXISTS gap (
  node_id        BIGINT NOT NULL REFERENCES node (node_id),
  epoch          BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL CHECK (first_sequence > 0),
  last_sequence  BIGINT NOT NULL,
  first_seen_at  BIGINT NOT NULL,
  closed_at      BIGINT,
  PRIMARY KEY (node_id, epoch, first_sequence),
  KEY gap_open (node_id, epoch, closed_at, last_sequence),
  CONSTRAINT gap_order CHECK (last_sequence >= first_sequence)
) ENGINE=InnoDB;

-- As known when an event happened: one row for each distinct tuple. A key of InnoDB holds 3072
-- bytes and these may be longer, so a digest of the tuple is what is unique; the digests of the
-- parts have one length and keep two tuples apart.
CREATE TABLE IF NOT EXISTS room (
  room_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  uri     VARCHAR(1024) NOT NULL,
  name    VARCHAR(1024) NOT NULL,
  tuple   BINARY(64) AS (SHA2(CONCAT(SHA2(uri, 256), SHA2(name, 256)), 256)) PERSISTENT INVISIBLE,
  UNIQUE KEY room_tuple (tuple),
  KEY room_names (uri(384), name(384))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE TABLE IF NOT EXISTS person (
  person_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  uri       VARCHAR(1024) NOT NULL,
  name      VARCHAR(1024) NOT NULL,
  email     VARCHAR(1024) NOT NULL,
  external  TINYINT NOT NULL CHECK (external IN (0, 1)),
  tuple     BINARY(64) AS (SHA2(CONCAT(SHA2(uri, 256), SHA2(name, 256),
              SHA2(email, 256), SHA2(external, 256)), 256)) PERSISTENT INVISIBLE,
  UNIQUE KEY person_tuple (tuple),
  KEY person_names (uri(384), name(384))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Bytes that can never be stored as events. The unique key makes the replay of a batch a no-op.
CREATE TABLE IF NOT EXISTS dead_letter (
  dead_letter_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  lane_id        BIGINT NOT NULL REFERENCES lane (lane_id),
  received_at    BIGINT NOT NULL,
  message_id     TEXT NOT NULL,
  reason         TEXT NOT NULL,
  raw            LONGBLOB NOT NULL,
  sha256         VARBINARY(32) NOT NULL CHECK (LENGTH(sha256) = 32),
  node_id        BIGINT REFERENCES node (node_id),
  epoch          BIGINT,
  first_sequence BIGINT,
  message_sha256 BINARY(64) AS (SHA2(message_id, 256)) PERSISTENT INVISIBLE,
  UNIQUE KEY dead_letter_key (lane_id, sha256, message_sha256)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS segment (
  segment              BIGINT NOT NULL PRIMARY KEY,
  lane_id              BIGINT NOT NULL REFERENCES lane (lane_id),
  state                VARCHAR(8) NOT NULL CHECK (state IN ('hot', 'sealed')),
  first_event_id       BIGINT NOT NULL,
  last_event_id        BIGINT,
  least_occurred_at    BIGINT,
  greatest_occurred_at BIGINT,
  opened_at            BIGINT NOT NULL
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The projection of the packs of segment 1. Further segments get a table like it. event_id is the
-- event's leaf index in its lane's ledger. The key is the only index: rows are appended.
CREATE TABLE IF NOT EXISTS event_1 (
  event_id    BIGINT NOT NULL PRIMARY KEY,
  kind        INT NOT NULL,
  occurred_at BIGINT NOT NULL,
  room_id     BIGINT,
  actor_id    BIGINT,
  target_id   BIGINT,
  content     MEDIUMTEXT NOT NULL,
  chat_id     BIGINT NOT NULL,
  file_name   TEXT,
  file_sha256 VARBINARY(255),
  node_id     BIGINT NOT NULL,
  epoch       BIGINT NOT NULL,
  sequence    BIGINT NOT NULL,
  block       BIGINT NOT NULL
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Makes the view of one table that auditors read. It belongs to the owner of the schema, who needs
-- the right to read what is behind it.
CREATE OR REPLACE PROCEDURE show_to_auditors(IN shown VARCHAR(64))
  SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE VIEW `', DATABASE(), '_audit`.`', shown,
    '` AS SELECT * FROM `', DATABASE(), '`.`', shown, '`');
END;

-- Makes the table of a new segment, and the view `event` over all of them anew. The writer calls
-- it; it runs with the rights of the owner, who called it first.
CREATE OR REPLACE PROCEDURE add_event_table(IN added BIGINT)
  SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE all_segments LONGTEXT;
  IF added > 1 THEN
    EXECUTE IMMEDIATE CONCAT('CREATE TABLE IF NOT EXISTS event_', added, ' LIKE event_1');
  END IF;
  SELECT GROUP_CONCAT('SELECT ', SUBSTR(table_name, 7), ' AS segment, ', table_name, '.* FROM ',
      table_name ORDER BY CAST(SUBSTR(table_name, 7) AS SIGNED) SEPARATOR ' UNION ALL ')
    INTO all_segments FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name REGEXP '^event_[0-9]+$';
  EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE VIEW event AS ', all_segments);
  CALL show_to_auditors(CONCAT('event_', added));
  CALL show_to_auditors('event');
END;

EXECUTE IMMEDIATE CONCAT('CREATE DATABASE IF NOT EXISTS `', DATABASE(), '_audit`');
CALL add_event_table(1);

-- Times are DATETIME(6) in UTC, from year 1 to 9999. TIMESTAMP would end in 2038.
CREATE OR REPLACE VIEW compliance_event AS
SELECT lane.name AS lane,
       e.event_id AS event_id,
       CASE e.kind
         WHEN 1 THEN 'JOIN' WHEN 2 THEN 'PART' WHEN 3 THEN 'CHAT' WHEN 4 THEN 'BACKCHAT'
         WHEN 5 THEN 'FILEUPLOAD' WHEN 6 THEN 'FILEDOWNLOAD' WHEN 7 THEN 'EDIT'
         WHEN 8 THEN 'DELETE' WHEN 9 THEN 'PURGE' WHEN 10 THEN 'INVITE' WHEN 11 THEN 'ROOM'
         WHEN 12 THEN 'MEMBERSHIP' WHEN 13 THEN 'PERSON' WHEN 14 THEN 'NOTICE' WHEN 15 THEN 'NODE'
         ELSE CONCAT('UNKNOWN(', e.kind, ')') END AS kind,
       TIMESTAMP'1970-01-01 00:00:00.000000' + INTERVAL e.occurred_at MICROSECOND AS occurred_at,
       TIMESTAMP'1970-01-01 00:00:00.000000' + INTERVAL b.received_at MICROSECOND AS received_at,
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

CALL show_to_auditors('schema_migration');
CALL show_to_auditors('node');
CALL show_to_auditors('lane');
CALL show_to_auditors('block');
CALL show_to_auditors('pack');
CALL show_to_auditors('node_position');
CALL show_to_auditors('gap');
CALL show_to_auditors('room');
CALL show_to_auditors('person');
CALL show_to_auditors('dead_letter');
CALL show_to_auditors('segment');
CALL show_to_auditors('compliance_event');
