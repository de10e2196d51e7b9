-- T-SQL of SQL Server 2008 R2. The lines GO part the batches.
--
-- Schema dbo holds the tables; auditors never see it. Schema audit holds a view of the same name
-- for each of them; a user with DEFAULT_SCHEMA = audit and the role mgc_auditor reads them with
-- the same SQL. Both belong to dbo, so that rights on the views are enough. New event tables are
-- made by dbo.add_event_table, which runs as its owner: the writer may not make tables.
-- deploy/mssql/roles.sql grants the roles.
--
-- Times are UTC microseconds since 1970; digests are SHA-256, 32 bytes. Text is UTF-16. T-SQL
-- compares texts as if the shorter one were filled up with spaces; the program's statements compare
-- exactly all the same. Names may be longer than an index key, so they are unique and looked up by
-- digests of SHA-1 and MD5, the two that 2008 R2 has. event_N and pack have no foreign keys beyond
-- what they need to be found: they are loaded in bulk.
CREATE TABLE dbo.node (
  node_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT node_key PRIMARY KEY,
  name nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name_digest AS CAST(HASHBYTES('SHA1', name) AS binary(20)) PERSISTED,
  CONSTRAINT node_name UNIQUE (name_digest),
  CONSTRAINT node_name_size CHECK (DATALENGTH(name) > 0)
);
GO
-- A lane is one queue with one ledger. Whoever holds the lease writes it; fence grows with each
-- change of holder and is checked in every batch's transaction.
CREATE TABLE dbo.lane (
  lane_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT lane_key PRIMARY KEY,
  name nvarchar(255) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name_digest AS CAST(HASHBYTES('SHA1', name) AS binary(20)) PERSISTED,
  holder nvarchar(400) COLLATE Latin1_General_100_BIN2,
  fence bigint NOT NULL CONSTRAINT lane_first_fence DEFAULT 0,
  lease_until bigint NOT NULL CONSTRAINT lane_first_lease DEFAULT 0,
  CONSTRAINT lane_name UNIQUE (name_digest),
  CONSTRAINT lane_name_size CHECK (DATALENGTH(name) > 0)
);
GO
CREATE TABLE dbo.block (
  lane_id bigint NOT NULL CONSTRAINT block_lane REFERENCES dbo.lane (lane_id),
  block bigint NOT NULL CONSTRAINT block_number CHECK (block > 0),
  first_event_id bigint NOT NULL CONSTRAINT block_first CHECK (first_event_id >= 0),
  events bigint NOT NULL CONSTRAINT block_events CHECK (events > 0),
  packs bigint NOT NULL CONSTRAINT block_packs CHECK (packs > 0),
  previous_digest binary(32) NOT NULL,
  root binary(32) NOT NULL,
  digest binary(32) NOT NULL,
  received_at bigint NOT NULL,
  CONSTRAINT block_key PRIMARY KEY (lane_id, block)
);
GO
-- The evidence: body is exactly what was sent. The second key gives the order of the ledger and
-- finds the pack of an event; rows are appended to it, so it is the one that orders the table.
CREATE TABLE dbo.pack (
  node_id bigint NOT NULL CONSTRAINT pack_node REFERENCES dbo.node (node_id),
  epoch bigint NOT NULL CONSTRAINT pack_epoch CHECK (epoch > 0),
  first_sequence bigint NOT NULL CONSTRAINT pack_sequence CHECK (first_sequence > 0),
  event_count bigint NOT NULL CONSTRAINT pack_events CHECK (event_count > 0),
  lane_id bigint NOT NULL CONSTRAINT pack_lane REFERENCES dbo.lane (lane_id),
  block bigint NOT NULL,
  first_event_id bigint NOT NULL,
  body varbinary(max) NOT NULL,
  sha256 binary(32) NOT NULL,
  root binary(32) NOT NULL,
  CONSTRAINT pack_key PRIMARY KEY NONCLUSTERED (node_id, epoch, first_sequence),
  CONSTRAINT pack_order UNIQUE CLUSTERED (lane_id, first_event_id)
);
GO
CREATE TABLE dbo.node_position (
  node_id bigint NOT NULL CONSTRAINT node_position_node REFERENCES dbo.node (node_id),
  epoch bigint NOT NULL CONSTRAINT node_position_epoch CHECK (epoch > 0),
  contiguous_through bigint NOT NULL CONSTRAINT node_position_through
    CHECK (contiguous_through >= 0),
  max_seen bigint NOT NULL,
  last_block bigint NOT NULL,
  updated_at bigint NOT NULL,
  CONSTRAINT node_position_key PRIMARY KEY (node_id, epoch),
  CONSTRAINT node_position_order CHECK (max_seen >= contiguous_through)
);
GO
-- Every sequence that was ever missing is in exactly one row: the part of a gap that arrives later
-- becomes a closed row of its own, and what is still missing stays open.
CREATE TABLE dbo.gap (
  node_id bigint NOT NULL CONSTRAINT gap_node REFERENCES dbo.node (node_id),
  epoch bigint NOT NULL,
  first_sequence bigint NOT NULL CONSTRAINT gap_first CHECK (first_sequence > 0),
  last_sequence bigint NOT NULL,
  first_seen_at bigint NOT NULL,
  closed_at bigint,
  CONSTRAINT gap_key PRIMARY KEY (node_id, epoch, first_sequence),
  CONSTRAINT gap_order CHECK (last_sequence >= first_sequence)
);
GO
CREATE INDEX gap_open ON dbo.gap (node_id, epoch, last_sequence) WHERE closed_at IS NULL;
GO
-- As known when an event happened: one row for each distinct tuple.
CREATE TABLE dbo.room (
  room_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT room_key PRIMARY KEY,
  uri nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  uri_digest AS CAST(HASHBYTES('SHA1', uri) AS binary(20)) PERSISTED,
  tuple_sha1 AS CAST(HASHBYTES('SHA1', HASHBYTES('SHA1', uri) + HASHBYTES('SHA1', name))
    AS binary(20)) PERSISTED,
  tuple_md5 AS CAST(HASHBYTES('MD5', HASHBYTES('MD5', uri) + HASHBYTES('MD5', name))
    AS binary(16)) PERSISTED,
  CONSTRAINT room_tuple UNIQUE (tuple_sha1, tuple_md5)
);
GO
CREATE INDEX room_uri ON dbo.room (uri_digest);
GO
CREATE TABLE dbo.person (
  person_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT person_key PRIMARY KEY,
  uri nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  email nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  "external" bigint NOT NULL CONSTRAINT person_external CHECK ("external" IN (0, 1)),
  uri_digest AS CAST(HASHBYTES('SHA1', uri) AS binary(20)) PERSISTED,
  tuple_sha1 AS CAST(HASHBYTES('SHA1', HASHBYTES('SHA1', uri) + HASHBYTES('SHA1', name)
    + HASHBYTES('SHA1', email)) AS binary(20)) PERSISTED,
  tuple_md5 AS CAST(HASHBYTES('MD5', HASHBYTES('MD5', uri) + HASHBYTES('MD5', name)
    + HASHBYTES('MD5', email)) AS binary(16)) PERSISTED,
  CONSTRAINT person_tuple UNIQUE (tuple_sha1, tuple_md5, "external")
);
GO
CREATE INDEX person_uri ON dbo.person (uri_digest);
GO
-- Bytes that can never be stored as events. The unique key makes the replay of a batch a no-op.
CREATE TABLE dbo.dead_letter (
  dead_letter_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT dead_letter_key PRIMARY KEY,
  lane_id bigint NOT NULL CONSTRAINT dead_letter_lane REFERENCES dbo.lane (lane_id),
  received_at bigint NOT NULL,
  message_id nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  message_digest AS CAST(HASHBYTES('SHA1', CAST(message_id AS nvarchar(4000))) AS binary(20))
    PERSISTED,
  reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  raw varbinary(max) NOT NULL,
  sha256 binary(32) NOT NULL,
  node_id bigint CONSTRAINT dead_letter_node REFERENCES dbo.node (node_id),
  epoch bigint,
  first_sequence bigint,
  CONSTRAINT dead_letter_once UNIQUE (lane_id, sha256, message_digest)
);
GO
CREATE TABLE dbo.segment (
  segment bigint NOT NULL CONSTRAINT segment_key PRIMARY KEY,
  lane_id bigint NOT NULL CONSTRAINT segment_lane REFERENCES dbo.lane (lane_id),
  state nvarchar(6) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT segment_state CHECK (state IN (N'hot', N'sealed')),
  first_event_id bigint NOT NULL,
  last_event_id bigint,
  least_occurred_at bigint,
  greatest_occurred_at bigint,
  opened_at bigint NOT NULL
);
GO
CREATE SCHEMA audit AUTHORIZATION dbo;
GO
-- Makes event_<segment>, the projection of the packs of a segment, its view for auditors, and the
-- views over all segments. event_id is the event's leaf index in its lane's ledger. Rows are
-- appended in its order.
CREATE PROCEDURE dbo.add_event_table @segment bigint WITH EXECUTE AS OWNER AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @number nvarchar(20);
  DECLARE @sql nvarchar(max);
  DECLARE @all nvarchar(max);
  DECLARE @verb nvarchar(6);
  SET @number = CAST(@segment AS nvarchar(20));
  SET @sql = N'CREATE TABLE dbo.event_' + @number + N' (
    event_id bigint NOT NULL CONSTRAINT event_' + @number + N'_key PRIMARY KEY,
    kind int NOT NULL,
    occurred_at bigint NOT NULL,
    room_id bigint,
    actor_id bigint,
    target_id bigint,
    content nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    chat_id bigint NOT NULL,
    file_name nvarchar(max) COLLATE Latin1_General_100_BIN2,
    file_sha256 varbinary(max),
    node_id bigint NOT NULL,
    epoch bigint NOT NULL,
    sequence bigint NOT NULL,
    block bigint NOT NULL)';
  EXEC (@sql);
  SET @sql = N'CREATE VIEW audit.event_' + @number + N' AS SELECT event_id, kind, occurred_at,
    room_id, actor_id, target_id, content, chat_id, file_name, file_sha256, node_id, epoch,
    sequence, block FROM dbo.event_' + @number;
  EXEC (@sql);
  SELECT @all = COALESCE(@all + N' UNION ALL ', N'') + N'SELECT CAST(' + SUBSTRING(name, 7, 20)
    + N' AS bigint) AS segment, event_id, kind, occurred_at, room_id, actor_id, target_id, content,'
    + N' chat_id, file_name, file_sha256, node_id, epoch, sequence, block FROM dbo.' + name
    FROM sys.tables WHERE schema_id = SCHEMA_ID(N'dbo') AND name LIKE N'event[_][0-9]%';
  SET @verb = CASE WHEN @segment = 1 THEN N'CREATE' ELSE N'ALTER' END;
  SET @sql = @verb + N' VIEW dbo.event AS ' + @all;
  EXEC (@sql);
  SET @sql = @verb + N' VIEW audit.event AS ' + @all;
  EXEC (@sql);
  IF DATABASE_PRINCIPAL_ID(N'mgc_writer') IS NOT NULL
  BEGIN
    SET @sql = N'GRANT SELECT, INSERT ON dbo.event_' + @number + N' TO mgc_writer';
    EXEC (@sql);
  END
END;
GO
EXEC dbo.add_event_table @segment = 1;
GO
-- What auditors see. A time out of the range of datetime2 is NULL; event_N has it as it came. The
-- parts of a time before 1970 are all negative, which DATEADD takes.
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
FROM dbo.event AS e
JOIN dbo.segment AS s ON s.segment = e.segment
JOIN dbo.lane AS lane ON lane.lane_id = s.lane_id
LEFT JOIN dbo.block AS b ON b.lane_id = s.lane_id AND b.block = e.block
LEFT JOIN dbo.node AS node ON node.node_id = e.node_id
LEFT JOIN dbo.room AS room ON room.room_id = e.room_id
LEFT JOIN dbo.person AS actor ON actor.person_id = e.actor_id;
GO
CREATE VIEW audit.compliance_event AS SELECT lane, event_id, kind, occurred_at, received_at,
  room_uri, room_name, actor_uri, actor_name, actor_email, content, chat_id, file_name, file_sha256,
  node, epoch, sequence, block, segment FROM dbo.compliance_event;
GO
CREATE VIEW audit.node AS SELECT node_id, name FROM dbo.node;
GO
CREATE VIEW audit.lane AS SELECT lane_id, name, holder, fence, lease_until FROM dbo.lane;
GO
CREATE VIEW audit.block AS SELECT lane_id, block, first_event_id, events, packs, previous_digest,
  root, digest, received_at FROM dbo.block;
GO
CREATE VIEW audit.pack AS SELECT node_id, epoch, first_sequence, event_count, lane_id, block,
  first_event_id, body, sha256, root FROM dbo.pack;
GO
CREATE VIEW audit.node_position AS SELECT node_id, epoch, contiguous_through, max_seen, last_block,
  updated_at FROM dbo.node_position;
GO
CREATE VIEW audit.gap AS SELECT node_id, epoch, first_sequence, last_sequence, first_seen_at,
  closed_at FROM dbo.gap;
GO
CREATE VIEW audit.room AS SELECT room_id, uri, name, uri_digest FROM dbo.room;
GO
CREATE VIEW audit.person AS SELECT person_id, uri, name, email, "external", uri_digest
  FROM dbo.person;
GO
CREATE VIEW audit.dead_letter AS SELECT dead_letter_id, lane_id, received_at, message_id, reason,
  raw, sha256, node_id, epoch, first_sequence FROM dbo.dead_letter;
GO
CREATE VIEW audit.dead_letter_status AS SELECT dead_letter_id, lane_id, received_at, message_id,
  reason, sha256, node_id, epoch, first_sequence FROM dbo.dead_letter;
GO
CREATE VIEW audit.segment AS SELECT segment, lane_id, state, first_event_id, last_event_id,
  least_occurred_at, greatest_occurred_at, opened_at FROM dbo.segment;
GO
CREATE VIEW audit.schema_migration AS SELECT schema_name, version, name, checksum, applied_at
  FROM dbo.schema_migration;
