-- What auditors do with the record. A row is written when a command begins, and a second one with
-- its counts when it ends: none is ever changed. Who wrote it and when, the database says; the
-- rest is what the program says. The service makes an event of the ledger of each row, once:
-- duty_event names it, so that verify can hold both against each other. `details` is a JSON
-- document.
CREATE TABLE access_log (
  entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  of_entry   bigint,
  written_at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
  db_user    text COLLATE "C" NOT NULL DEFAULT session_user,
  os_user    text COLLATE "C" NOT NULL CHECK (octet_length(os_user) <= 1024),
  host       text COLLATE "C" NOT NULL CHECK (octet_length(host) <= 1024),
  command    text COLLATE "C" NOT NULL CHECK (octet_length(command) BETWEEN 1 AND 1024),
  details    text COLLATE "C" NOT NULL CHECK (octet_length(details) <= 262144)
);
CREATE VIEW access_log_size AS SELECT count(*) AS entries FROM access_log;

CREATE TABLE duty_event (
  kind     integer NOT NULL,
  entry    bigint NOT NULL,
  lane_id  bigint NOT NULL REFERENCES lane,
  event_id bigint NOT NULL,
  PRIMARY KEY (kind, entry),
  UNIQUE (lane_id, event_id)
);

-- Whether a command may read without a row in access_log where none can be written, on a read-only
-- replica for instance. The newest row counts; without one every access has to be noted.
CREATE TABLE access_policy (
  entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  optional   smallint NOT NULL CHECK (optional IN (0, 1)),
  written_at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
  db_user    text COLLATE "C" NOT NULL DEFAULT session_user
);

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
         ELSE 'UNKNOWN(' || e.kind || ')' END AS kind,
       timestamptz '1970-01-01 00:00:00+00' + e.occurred_at / 1000000 * interval '1 second'
         + e.occurred_at % 1000000 * interval '1 microsecond' AS occurred_at,
       timestamptz '1970-01-01 00:00:00+00' + b.received_at / 1000000 * interval '1 second'
         + b.received_at % 1000000 * interval '1 microsecond' AS received_at,
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

-- Of access_log each auditor sees his own rows; whoever may read the table itself sees all.
DO $$
DECLARE
  here   text := current_schema();
  audit  text := current_schema() || '_audit';
  source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['access_log_size', 'duty_event', 'access_policy'] LOOP
    EXECUTE format('CREATE VIEW %I.%I AS SELECT * FROM %I.%I', audit, source, here, source);
  END LOOP;
  EXECUTE format('CREATE VIEW %I.access_log AS SELECT * FROM %I.access_log WHERE db_user = '
                 'session_user OR has_table_privilege(session_user, %L::regclass, ''SELECT'')',
                 audit, here, format('%I.access_log', here));
END $$;
