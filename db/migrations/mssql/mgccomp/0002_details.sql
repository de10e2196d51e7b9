-- What the chat database mgc said of rooms and people whose events came without a name or an
-- address: one row for each row of room or person that lacks something, with what it lacks and
-- when mgc was asked. The rows of the evidence stay as they came.
CREATE TABLE dbo.room_detail (
  room_id bigint NOT NULL CONSTRAINT room_detail_key PRIMARY KEY
    CONSTRAINT room_detail_room REFERENCES dbo.room (room_id),
  name nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  noted_at bigint NOT NULL
);
GO
CREATE TABLE dbo.person_detail (
  person_id bigint NOT NULL CONSTRAINT person_detail_key PRIMARY KEY
    CONSTRAINT person_detail_person REFERENCES dbo.person (person_id),
  name nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  email nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  noted_at bigint NOT NULL
);
GO
-- As before, with the details where an event itself says nothing.
DROP VIEW dbo.compliance_event;
GO
CREATE VIEW dbo.compliance_event AS
SELECT lane.name AS lane,
       e.event_id AS event_id,
       CASE e.kind
         WHEN 1 THEN N'JOIN' WHEN 2 THEN N'PART' WHEN 3 THEN N'CHAT' WHEN 4 THEN N'BACKCHAT'
         WHEN 5 THEN N'FILEUPLOAD' WHEN 6 THEN N'FILEDOWNLOAD' WHEN 7 THEN N'EDIT'
         WHEN 8 THEN N'DELETE' WHEN 9 THEN N'PURGE' WHEN 10 THEN N'INVITE' WHEN 11 THEN N'ROOM'
         WHEN 12 THEN N'MEMBERSHIP' WHEN 13 THEN N'PERSON' WHEN 14 THEN N'NOTICE'
         WHEN 15 THEN N'NODE'
         ELSE N'UNKNOWN(' + CAST(e.kind AS nvarchar(11)) + N')' END AS kind,
       CASE WHEN e.occurred_at BETWEEN CAST(-62135596800000000 AS bigint)
                                   AND CAST(253402300799999999 AS bigint)
         THEN DATEADD(microsecond, CAST(e.occurred_at % 1000000 AS int),
              DATEADD(second, CAST(e.occurred_at / 1000000 % 86400 AS int),
              DATEADD(day, CAST(e.occurred_at / CAST(86400000000 AS bigint) AS int),
                      CAST('1970-01-01' AS datetime2(6))))) END AS occurred_at,
       CASE WHEN b.received_at BETWEEN CAST(-62135596800000000 AS bigint)
                                   AND CAST(253402300799999999 AS bigint)
         THEN DATEADD(microsecond, CAST(b.received_at % 1000000 AS int),
              DATEADD(second, CAST(b.received_at / 1000000 % 86400 AS int),
              DATEADD(day, CAST(b.received_at / CAST(86400000000 AS bigint) AS int),
                      CAST('1970-01-01' AS datetime2(6))))) END AS received_at,
       room.uri AS room_uri,
       CASE WHEN DATALENGTH(room.name) = 0 THEN COALESCE(room_detail.name, room.name)
            ELSE room.name END AS room_name,
       actor.uri AS actor_uri,
       CASE WHEN DATALENGTH(actor.name) = 0 THEN COALESCE(actor_detail.name, actor.name)
            ELSE actor.name END AS actor_name,
       CASE WHEN DATALENGTH(actor.email) = 0 THEN COALESCE(actor_detail.email, actor.email)
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
FROM dbo.event AS e
JOIN dbo.segment AS s ON s.segment = e.segment
JOIN dbo.lane AS lane ON lane.lane_id = s.lane_id
LEFT JOIN dbo.block AS b ON b.lane_id = s.lane_id AND b.block = e.block
LEFT JOIN dbo.node AS node ON node.node_id = e.node_id
LEFT JOIN dbo.room AS room ON room.room_id = e.room_id
LEFT JOIN dbo.person AS actor ON actor.person_id = e.actor_id
LEFT JOIN dbo.room_detail AS room_detail ON room_detail.room_id = e.room_id
LEFT JOIN dbo.person_detail AS actor_detail ON actor_detail.person_id = e.actor_id;
GO
CREATE VIEW audit.room_detail AS SELECT room_id, name, noted_at FROM dbo.room_detail;
GO
CREATE VIEW audit.person_detail AS SELECT person_id, name, email, noted_at FROM dbo.person_detail;
