-- What auditors do with the record. A row is written when a command begins, and a second one with
-- its counts when it ends: none is ever changed. Who wrote it and when, the database says; the
-- rest is what the program says. The service makes an event of the ledger of each row, once:
-- duty_event names it, so that verify can hold both against each other. `details` is a JSON
-- document.
CREATE TABLE IF NOT EXISTS access_log (
  entry      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  of_entry   BIGINT,
  written_at BIGINT NOT NULL DEFAULT
    (TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(6))),
  -- The name of the account; from which host it comes makes nobody else of him.
  db_user    VARCHAR(255) NOT NULL DEFAULT
    (LEFT(USER(), CHAR_LENGTH(USER()) - CHAR_LENGTH(SUBSTRING_INDEX(USER(), '@', -1)) - 1)),
  os_user    TEXT NOT NULL CHECK (LENGTH(os_user) <= 1024),
  host       TEXT NOT NULL CHECK (LENGTH(host) <= 1024),
  command    TEXT NOT NULL CHECK (LENGTH(command) BETWEEN 1 AND 1024),
  details    MEDIUMTEXT NOT NULL CHECK (LENGTH(details) <= 262144)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CREATE OR REPLACE VIEW access_log_size AS SELECT COUNT(*) AS entries FROM access_log;

CREATE TABLE IF NOT EXISTS duty_event (
  kind     INT NOT NULL,
  entry    BIGINT NOT NULL,
  lane_id  BIGINT NOT NULL REFERENCES lane (lane_id),
  event_id BIGINT NOT NULL,
  PRIMARY KEY (kind, entry),
  UNIQUE KEY duty_of_event (lane_id, event_id)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Whether a command may read without a row in access_log where none can be written, on a read-only
-- replica for instance. The newest row counts; without one every access has to be noted.
CREATE TABLE IF NOT EXISTS access_policy (
  entry      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  optional   SMALLINT NOT NULL CHECK (optional IN (0, 1)),
  written_at BIGINT NOT NULL DEFAULT
    (TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(6))),
  db_user    VARCHAR(255) NOT NULL DEFAULT
    (LEFT(USER(), CHAR_LENGTH(USER()) - CHAR_LENGTH(SUBSTRING_INDEX(USER(), '@', -1)) - 1))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- As before, with the kinds that say what was done with the record itself.
CREATE OR REPLACE VIEW compliance_event AS
SELECT lane.name AS lane,
       e.event_id AS event_id,
       CASE e.kind
         WHEN 1 THEN 'JOIN' WHEN 2 THEN 'PART' WHEN 3 THEN 'CHAT' WHEN 4 THEN 'BACKCHAT'
         WHEN 5 THEN 'FILEUPLOAD' WHEN 6 THEN 'FILEDOWNLOAD' WHEN 7 THEN 'EDIT'
         WHEN 8 THEN 'DELETE' WHEN 9 THEN 'PURGE' WHEN 10 THEN 'INVITE' WHEN 11 THEN 'ROOM'
         WHEN 12 THEN 'MEMBERSHIP' WHEN 13 THEN 'PERSON' WHEN 14 THEN 'NOTICE' WHEN 15 THEN 'NODE'
         WHEN 16 THEN 'ACCESS' WHEN 17 THEN 'HOLD' WHEN 18 THEN 'REMOVAL'
         WHEN 19 THEN 'REDACTION'
         ELSE CONCAT('UNKNOWN(', e.kind, ')') END AS kind,
       TIMESTAMP'1970-01-01 00:00:00.000000' + INTERVAL e.occurred_at MICROSECOND AS occurred_at,
       TIMESTAMP'1970-01-01 00:00:00.000000' + INTERVAL b.received_at MICROSECOND AS received_at,
       room.uri AS room_uri,
       CASE WHEN room.name = '' THEN coalesce(room_detail.name, room.name)
            ELSE room.name END AS room_name,
       actor.uri AS actor_uri,
       CASE WHEN actor.name = '' THEN coalesce(actor_detail.name, actor.name)
            ELSE actor.name END AS actor_name,
       CASE WHEN actor.email = '' THEN coalesce(actor_detail.email, actor.email)
            ELSE actor.email END AS actor_email,
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
LEFT JOIN person AS actor ON actor.person_id = e.actor_id
LEFT JOIN room_detail ON room_detail.room_id = e.room_id
LEFT JOIN person_detail AS actor_detail ON actor_detail.person_id = e.actor_id;

CALL show_to_auditors('access_log_size');
CALL show_to_auditors('duty_event');
CALL show_to_auditors('access_policy');
CALL show_to_auditors('compliance_event');
-- Of access_log each auditor sees his own rows; whoever may read the table itself sees all in it.
EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE VIEW `', DATABASE(), '_audit`.access_log AS',
  ' SELECT * FROM `', DATABASE(), '`.access_log WHERE db_user = LEFT(USER(), CHAR_LENGTH(USER())',
  ' - CHAR_LENGTH(SUBSTRING_INDEX(USER(), ''@'', -1)) - 1)');
