-- What auditors do with the record. A row is written when a command begins, and a second one with
-- its counts when it ends: none is ever changed. Who wrote it and when, the database says; the
-- rest is what the program says. The service makes an event of the ledger of each row, once:
-- duty_event names it, so that verify can hold both against each other. `details` is a JSON
-- document. access_log itself is in a file of its own beside this one, FILE.access: a write-ahead
-- log has one writer here, and no command of an auditor waits for a batch.
CREATE TABLE duty_event (
  kind     INTEGER NOT NULL,
  entry    INTEGER NOT NULL,
  lane_id  INTEGER NOT NULL REFERENCES lane,
  event_id INTEGER NOT NULL,
  PRIMARY KEY (kind, entry),
  UNIQUE (lane_id, event_id)
) STRICT, WITHOUT ROWID;

-- Whether a command may read without a row in access_log where none can be written, on a read-only
-- replica for instance. The newest row counts; without one every access has to be noted.
CREATE TABLE access_policy (
  entry      INTEGER PRIMARY KEY AUTOINCREMENT,
  optional   INTEGER NOT NULL CHECK (optional IN (0, 1)),
  written_at INTEGER NOT NULL
    DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000),
  db_user    TEXT NOT NULL DEFAULT ''
) STRICT;

-- As before, with the kinds that say what was done with the record itself.
DROP VIEW compliance_event;
CREATE VIEW compliance_event AS
SELECT lane.name AS lane,
       e.event_id AS event_id,
       CASE e.kind
         WHEN 1 THEN 'JOIN' WHEN 2 THEN 'PART' WHEN 3 THEN 'CHAT' WHEN 4 THEN 'BACKCHAT'
         WHEN 5 THEN 'FILEUPLOAD' WHEN 6 THEN 'FILEDOWNLOAD' WHEN 7 THEN 'EDIT'
         WHEN 8 THEN 'DELETE' WHEN 9 THEN 'PURGE' WHEN 10 THEN 'INVITE' WHEN 11 THEN 'ROOM'
         WHEN 12 THEN 'MEMBERSHIP' WHEN 13 THEN 'PERSON' WHEN 14 THEN 'NOTICE' WHEN 15 THEN 'NODE'
         WHEN 16 THEN 'ACCESS' WHEN 17 THEN 'HOLD' WHEN 18 THEN 'REMOVAL'
         WHEN 19 THEN 'REDACTION'
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
