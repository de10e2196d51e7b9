-- The roles of mgc on Microsoft SQL Server, 2008 R2 or newer. Run it as a member of db_owner in the
-- database, after `mgc db init` and whenever a schema was upgraded; twice does no harm:
--
--   sqlcmd -S HOST -d mgccomp -E -N -i deploy/mssql/roles.sql
--
-- mgc_owner    runs mgc db init and mgc db upgrade
-- mgc_writer   runs mgc consume: it adds evidence and changes only leases, positions, gaps and
--              segments
-- mgc_node     writes the chats, when the database holds mgc, and no evidence
-- mgc_signer   runs mgc audit checkpoint: it reads the ledger and adds checkpoints
-- mgc_auditor  reads the views of schema audit, nothing else
-- mgc_operator reads the status tables, without any content
--
-- Then give each user a role, the auditor with the schema audit as the default:
--
--   CREATE USER [EXAMPLE\consumer] FOR LOGIN [EXAMPLE\consumer];
--   EXEC sp_addrolemember N'mgc_writer', N'EXAMPLE\consumer';
--   CREATE USER auditor FOR LOGIN auditor WITH DEFAULT_SCHEMA = audit;
--   EXEC sp_addrolemember N'mgc_auditor', N'auditor';
--
-- A user whose default schema is audit may not be a Windows group: SQL Server 2008 R2 gives groups
-- no default schema.
IF DATABASE_PRINCIPAL_ID(N'mgc_owner') IS NULL CREATE ROLE mgc_owner;
GO
IF DATABASE_PRINCIPAL_ID(N'mgc_writer') IS NULL CREATE ROLE mgc_writer;
GO
IF DATABASE_PRINCIPAL_ID(N'mgc_node') IS NULL CREATE ROLE mgc_node;
GO
IF DATABASE_PRINCIPAL_ID(N'mgc_signer') IS NULL CREATE ROLE mgc_signer;
GO
IF DATABASE_PRINCIPAL_ID(N'mgc_auditor') IS NULL CREATE ROLE mgc_auditor;
GO
IF DATABASE_PRINCIPAL_ID(N'mgc_operator') IS NULL CREATE ROLE mgc_operator;
GO
EXEC sp_addrolemember N'db_owner', N'mgc_owner';
GO
-- The mgccomp schema.
IF OBJECT_ID(N'dbo.pack') IS NOT NULL
BEGIN
  GRANT SELECT, INSERT ON dbo.node TO mgc_writer;
  GRANT SELECT, INSERT ON dbo.room TO mgc_writer;
  GRANT SELECT, INSERT ON dbo.person TO mgc_writer;
  GRANT SELECT, INSERT ON dbo.room_detail TO mgc_writer;
  GRANT SELECT, INSERT ON dbo.person_detail TO mgc_writer;
  GRANT SELECT, INSERT ON dbo.pack TO mgc_writer;
  GRANT SELECT, INSERT ON dbo.block TO mgc_writer;
  GRANT SELECT, INSERT ON dbo.dead_letter TO mgc_writer;
  GRANT SELECT, INSERT, UPDATE ON dbo.lane TO mgc_writer;
  GRANT SELECT, INSERT, UPDATE ON dbo.segment TO mgc_writer;
  GRANT SELECT, INSERT, UPDATE ON dbo.node_position TO mgc_writer;
  GRANT SELECT, INSERT, UPDATE ON dbo.node_session TO mgc_writer;
  GRANT SELECT, INSERT, UPDATE ON dbo.gap TO mgc_writer;
  GRANT SELECT, INSERT, UPDATE ON dbo.attempt TO mgc_writer;
  GRANT SELECT ON dbo.event TO mgc_writer;
  GRANT SELECT ON dbo.schema_migration TO mgc_writer;
  GRANT EXECUTE ON dbo.add_event_table TO mgc_writer;
  GRANT EXECUTE ON dbo.seal_segment TO mgc_writer;
  GRANT SELECT ON dbo.schema_migration TO mgc_signer;
  GRANT SELECT ON dbo.node TO mgc_signer;
  GRANT SELECT ON dbo.lane TO mgc_signer;
  GRANT SELECT ON dbo.block TO mgc_signer;
  GRANT SELECT ON dbo.pack TO mgc_signer;
  GRANT SELECT ON dbo.dead_letter TO mgc_signer;
  GRANT SELECT, INSERT ON dbo.[checkpoint] TO mgc_signer;
  GRANT SELECT ON SCHEMA::audit TO mgc_auditor;
  GRANT SELECT ON dbo.node TO mgc_operator;
  GRANT SELECT ON dbo.lane TO mgc_operator;
  GRANT SELECT ON dbo.node_position TO mgc_operator;
  GRANT SELECT ON dbo.node_session TO mgc_operator;
  GRANT SELECT ON dbo.gap TO mgc_operator;
  GRANT SELECT ON dbo.attempt TO mgc_operator;
  GRANT SELECT ON dbo.block TO mgc_operator;
  GRANT SELECT ON dbo.segment TO mgc_operator;
  GRANT SELECT ON dbo.[checkpoint] TO mgc_operator;
  GRANT SELECT ON dbo.schema_migration TO mgc_operator;
  GRANT SELECT ON audit.dead_letter_status TO mgc_operator;
END;
GO
-- The event tables that are there; add_event_table grants for those to come.
DECLARE @sql nvarchar(max);
SELECT @sql = COALESCE(@sql, N'') + N'GRANT SELECT, INSERT ON dbo.' + name + N' TO mgc_writer; '
  FROM sys.tables WHERE schema_id = SCHEMA_ID(N'dbo') AND name LIKE N'event[_][0-9]%';
IF @sql IS NOT NULL EXEC (@sql);
GO
-- The mgc schema: the chat server writes it, the consumer reads names from it.
IF OBJECT_ID(N'dbo.mgc_chat') IS NOT NULL
BEGIN
  GRANT SELECT, INSERT, UPDATE ON dbo.mgc_room TO mgc_node;
  GRANT SELECT, INSERT, UPDATE ON dbo.mgc_person TO mgc_node;
  GRANT SELECT, INSERT, UPDATE ON dbo.mgc_membership TO mgc_node;
  GRANT SELECT, INSERT ON dbo.mgc_chat TO mgc_node;
  GRANT SELECT ON dbo.schema_migration TO mgc_node;
  GRANT SELECT ON dbo.mgc_room TO mgc_writer;
  GRANT SELECT ON dbo.mgc_person TO mgc_writer;
  GRANT SELECT ON dbo.schema_migration TO mgc_writer;
END;
