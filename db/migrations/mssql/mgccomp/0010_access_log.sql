-- What auditors do with the record. A row is written when a command begins, and a second one with
-- its counts when it ends: none is ever changed. Who wrote it and when, the database says; the
-- rest is what the program says. The service makes an event of the ledger of each row, once:
-- duty_event names it, so that verify can hold both against each other. `details` is a JSON
-- document.
CREATE TABLE dbo.access_log (
  entry bigint IDENTITY(1, 1) NOT NULL CONSTRAINT access_log_key PRIMARY KEY,
  of_entry bigint,
  written_at bigint NOT NULL CONSTRAINT access_log_now DEFAULT
    (CAST(DATEDIFF(day, '1970-01-01', SYSUTCDATETIME()) AS bigint) * 86400000000
      + CAST(DATEDIFF(millisecond, CAST(CAST(SYSUTCDATETIME() AS date) AS datetime2(3)),
                      SYSUTCDATETIME()) AS bigint) * 1000),
  db_user nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT access_log_user DEFAULT (ORIGINAL_LOGIN()),
  os_user nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  host nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  command nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  details nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT access_log_login CHECK (db_user = ORIGINAL_LOGIN()),
  CONSTRAINT access_log_command CHECK (DATALENGTH(command) > 0),
  CONSTRAINT access_log_details CHECK (DATALENGTH(details) <= 174762)
);
GO
CREATE VIEW dbo.access_log_size AS SELECT COUNT_BIG(*) AS entries FROM dbo.access_log;
GO
CREATE TABLE dbo.duty_event (
  kind int NOT NULL,
  entry bigint NOT NULL,
  lane_id bigint NOT NULL CONSTRAINT duty_event_lane REFERENCES dbo.lane (lane_id),
  event_id bigint NOT NULL,
  CONSTRAINT duty_event_key PRIMARY KEY (kind, entry),
  CONSTRAINT duty_of_event UNIQUE (lane_id, event_id)
);
GO
-- Whether a command may read without a row in access_log where none can be written, on a read-only
-- replica for instance. The newest row counts; without one every access has to be noted.
CREATE TABLE dbo.access_policy (
  entry bigint IDENTITY(1, 1) NOT NULL CONSTRAINT access_policy_key PRIMARY KEY,
  optional smallint NOT NULL CONSTRAINT access_policy_optional CHECK (optional IN (0, 1)),
  written_at bigint NOT NULL CONSTRAINT access_policy_now DEFAULT
    (CAST(DATEDIFF(day, '1970-01-01', SYSUTCDATETIME()) AS bigint) * 86400000000
      + CAST(DATEDIFF(millisecond, CAST(CAST(SYSUTCDATETIME() AS date) AS datetime2(3)),
                      SYSUTCDATETIME()) AS bigint) * 1000),
  db_user nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT access_policy_user DEFAULT (ORIGINAL_LOGIN())
);
GO
-- As before, with the kinds that say what was done with the record itself.
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
         WHEN 16 THEN N'ACCESS' WHEN 17 THEN N'HOLD' WHEN 18 THEN N'REMOVAL'
         WHEN 19 THEN N'REDACTION'
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
CREATE VIEW audit.access_log_size AS SELECT entries FROM dbo.access_log_size;
GO
CREATE VIEW audit.duty_event AS SELECT kind, entry, lane_id, event_id FROM dbo.duty_event;
GO
CREATE VIEW audit.access_policy AS SELECT entry, optional, written_at, db_user
  FROM dbo.access_policy;
GO
-- Of access_log each auditor sees his own rows; whoever may read the table itself sees all.
CREATE VIEW audit.access_log AS SELECT entry, of_entry, written_at, db_user, os_user, host, command,
  details FROM dbo.access_log
  WHERE db_user = ORIGINAL_LOGIN()
     OR HAS_PERMS_BY_NAME(N'dbo.access_log', N'OBJECT', N'SELECT') = 1;
