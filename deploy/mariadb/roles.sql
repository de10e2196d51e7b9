-- The roles of those who use mgccomp, and their rights. Run it as the administrator after
-- `mgc db init` (see databases.sql) and again after `mgc db upgrade`:
--
--   sudo mariadb < deploy/mariadb/roles.sql
--
-- Then give each person and each service an account of its own, for instance
--
--   CREATE USER consumer_1 IDENTIFIED BY '...' REQUIRE SSL;
--   GRANT mgc_writer TO consumer_1;
--   SET DEFAULT ROLE mgc_writer FOR consumer_1;
--
-- Where the service takes names from a chat database of its own (mgc consume --mgc):
--
--   GRANT SELECT ON mgc.schema_migration TO mgc_writer;
--   GRANT SELECT ON mgc.mgc_room TO mgc_writer;
--   GRANT SELECT ON mgc.mgc_person TO mgc_writer;
--
-- The logins of chat nodes need no right here; a chat database is one of its own:
--
--   GRANT SELECT, INSERT, UPDATE ON mgc.* TO chat_1;
--
-- Auditors name the second database: mysql://host=... db=mgccomp_audit user=...

CREATE ROLE IF NOT EXISTS mgc_writer;
CREATE ROLE IF NOT EXISTS mgc_signer;
CREATE ROLE IF NOT EXISTS mgc_auditor;
CREATE ROLE IF NOT EXISTS mgc_operator;

-- The service adds rows and never changes or removes evidence. INSERT is for the whole database,
-- because a table of events is made for each new segment and MariaDB knows no patterns of table
-- names; of the tables there, only schema_migration is none that the service adds to. A row there
-- would keep everybody out until it is removed; it changes no evidence.
GRANT SELECT, INSERT ON `mgccomp`.* TO mgc_writer;
GRANT UPDATE ON mgccomp.lane TO mgc_writer;
GRANT UPDATE ON mgccomp.segment TO mgc_writer;
GRANT UPDATE ON mgccomp.node_position TO mgc_writer;
GRANT UPDATE ON mgccomp.node_session TO mgc_writer;
GRANT UPDATE ON mgccomp.gap TO mgc_writer;
GRANT UPDATE ON mgccomp.attempt TO mgc_writer;
-- These two alone: show_to_auditors decides what auditors see.
GRANT EXECUTE ON PROCEDURE mgccomp.add_event_table TO mgc_writer;
GRANT EXECUTE ON PROCEDURE mgccomp.seal_segment TO mgc_writer;

-- mgc audit checkpoint reads the ledger and adds checkpoints. The service could add a row there
-- too; it has no key, so that it would be found.
GRANT SELECT ON mgccomp.schema_migration TO mgc_signer;
GRANT SELECT ON mgccomp.node TO mgc_signer;
GRANT SELECT ON mgccomp.lane TO mgc_signer;
GRANT SELECT ON mgccomp.block TO mgc_signer;
GRANT SELECT ON mgccomp.pack TO mgc_signer;
GRANT SELECT ON mgccomp.dead_letter TO mgc_signer;
GRANT SELECT, INSERT ON mgccomp.checkpoint TO mgc_signer;

-- Auditors read the views and nothing else.
GRANT SELECT ON `mgccomp\_audit`.* TO mgc_auditor;

-- Operators see how far everything is, and nothing of what was said.
GRANT SELECT ON mgccomp.schema_migration TO mgc_operator;
GRANT SELECT ON mgccomp.node TO mgc_operator;
GRANT SELECT ON mgccomp.lane TO mgc_operator;
GRANT SELECT ON mgccomp.segment TO mgc_operator;
GRANT SELECT ON mgccomp.block TO mgc_operator;
GRANT SELECT ON mgccomp.node_position TO mgc_operator;
GRANT SELECT ON mgccomp.node_session TO mgc_operator;
GRANT SELECT ON mgccomp.gap TO mgc_operator;
GRANT SELECT ON mgccomp.attempt TO mgc_operator;
GRANT SELECT ON mgccomp.checkpoint TO mgc_operator;
GRANT SELECT (dead_letter_id, lane_id, received_at, message_id, reason, sha256, node_id, epoch,
  first_sequence) ON mgccomp.dead_letter TO mgc_operator;
