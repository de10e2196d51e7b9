-- What the chat database mgc said of rooms and people whose events came without a name or an
-- address: one row for each row of room or person that lacks something, with what it lacks and
-- when mgc was asked. The rows of the evidence stay as they came.
CREATE TABLE room_detail (
  room_id  bigint PRIMARY KEY REFERENCES room,
  name     text COLLATE "C" NOT NULL,
  noted_at bigint NOT NULL
);
CREATE TABLE person_detail (
  person_id bigint PRIMARY KEY REFERENCES person,
  name      text COLLATE "C" NOT NULL,
  email     text COLLATE "C" NOT NULL,
  noted_at  bigint NOT NULL
);

-- As before, with the details where an event itself says nothing.
CREATE OR REPLACE VIEW compliance_event AS
SELECT lane.name AS lane,
       e.event_id AS event_id,
       CASE e.kind
         WHEN 1 THEN 'JOIN' WHEN 2 THEN 'PART' WHEN 3 THEN 'CHAT' WHEN 4 THEN 'BACKCHAT'
         WHEN 5 THEN 'FILEUPLOAD' WHEN 6 THEN 'FILEDOWNLOAD' WHEN 7 THEN 'EDIT'
         WHEN 8 THEN 'DELETE' WHEN 9 THEN 'PURGE' WHEN 10 THEN 'INVITE' WHEN 11 THEN 'ROOM'
         WHEN 12 THEN 'MEMBERSHIP' WHEN 13 THEN 'PERSON' WHEN 14 THEN 'NOTICE' WHEN 15 THEN 'NODE'
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

DO $$
DECLARE source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['room_detail', 'person_detail'] LOOP
    EXECUTE format('CREATE VIEW %I.%I AS SELECT * FROM %I.%I', current_schema() || '_audit',
                   source, current_schema(), source);
  END LOOP;
END $$;
