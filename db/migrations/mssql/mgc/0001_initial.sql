-- The chat database as a chat server keeps it, in T-SQL of SQL Server 2008 R2. The lines GO part
-- the batches. Times are UTC microseconds since 1970. The names begin with mgc_, so that both
-- schemas can live in one database. Uris are unique and looked up by their digest, because they may
-- be longer than an index key.
CREATE TABLE dbo.mgc_room (
  room_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT mgc_room_key PRIMARY KEY,
  uri nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  uri_digest AS CAST(HASHBYTES('SHA1', uri) AS binary(20)) PERSISTED,
  CONSTRAINT mgc_room_uri UNIQUE (uri_digest)
);
GO
CREATE TABLE dbo.mgc_person (
  person_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT mgc_person_key PRIMARY KEY,
  uri nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  name nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  email nvarchar(1024) COLLATE Latin1_General_100_BIN2 NOT NULL,
  "external" bigint NOT NULL CONSTRAINT mgc_person_external CHECK ("external" IN (0, 1)),
  uri_digest AS CAST(HASHBYTES('SHA1', uri) AS binary(20)) PERSISTED,
  CONSTRAINT mgc_person_uri UNIQUE (uri_digest)
);
GO
-- joined_at is NULL when the person was in the room before the record begins; parted_at is NULL
-- while the person is there. The keys are the entries that said so.
CREATE TABLE dbo.mgc_membership (
  membership_id bigint IDENTITY(1, 1) NOT NULL CONSTRAINT mgc_membership_key PRIMARY KEY,
  room_id bigint NOT NULL CONSTRAINT mgc_membership_room REFERENCES dbo.mgc_room (room_id),
  person_id bigint NOT NULL CONSTRAINT mgc_membership_person REFERENCES dbo.mgc_person (person_id),
  joined_at bigint,
  parted_at bigint,
  joined_key nvarchar(400) COLLATE Latin1_General_100_BIN2,
  parted_key nvarchar(400) COLLATE Latin1_General_100_BIN2
);
GO
CREATE UNIQUE INDEX mgc_membership_joined ON dbo.mgc_membership (joined_key)
  WHERE joined_key IS NOT NULL;
GO
CREATE INDEX mgc_membership_parted ON dbo.mgc_membership (parted_key);
GO
CREATE INDEX mgc_membership_open ON dbo.mgc_membership (room_id, person_id)
  WHERE parted_at IS NULL;
GO
-- The history. chat_id is 1, 2, 3 ... within its room, given by this database.
CREATE TABLE dbo.mgc_chat (
  room_id bigint NOT NULL CONSTRAINT mgc_chat_room REFERENCES dbo.mgc_room (room_id),
  chat_id bigint NOT NULL CONSTRAINT mgc_chat_number CHECK (chat_id > 0),
  person_id bigint CONSTRAINT mgc_chat_person REFERENCES dbo.mgc_person (person_id),
  occurred_at bigint NOT NULL,
  content nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  is_action bigint NOT NULL CONSTRAINT mgc_chat_action CHECK (is_action IN (0, 1)),
  source_key nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
  CONSTRAINT mgc_chat_key PRIMARY KEY (room_id, chat_id),
  CONSTRAINT mgc_chat_source UNIQUE (source_key)
);
