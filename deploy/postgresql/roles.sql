-- Who may do what in a database of mgccomp. Run it as an administrator, in that database, after
-- `mgc db init` and again after `mgc db upgrade`; doing it twice changes nothing:
--
--   psql -d mgccomp -v ON_ERROR_STOP=1 -f roles.sql                    (tables in schema public)
--   psql -d mgccomp -v ON_ERROR_STOP=1 -v schema=hr -f roles.sql      (DSN with schema=hr)
--
-- The roles cannot log in. Give each program or person a login of its own in one of them:
--
--   CREATE ROLE mgc_consume LOGIN PASSWORD '...' IN ROLE mgc_writer;
--   CREATE ROLE anna LOGIN PASSWORD '...' IN ROLE mgc_auditor;
--
--   mgc_owner     owns everything: mgc db init and upgrade
--   mgc_writer    mgc consume: adds evidence, never changes or removes it
--   mgc_signer    mgc audit checkpoint: reads the ledger, adds checkpoints
--   mgc_auditor   mgc audit: reads the views of the schema for auditors, nothing else
--   mgc_operator  mgc db status, monitoring: reads how far the service is, no content
--   mgc_node      mgc node: writes the chat database, where the chat's tables are in this schema
\if :{?schema} \else \set schema public \endif
BEGIN;
SELECT format('CREATE ROLE %I NOLOGIN', name)
  FROM unnest(ARRAY['mgc_owner', 'mgc_writer', 'mgc_signer', 'mgc_auditor', 'mgc_operator',
                    'mgc_node']) AS name
  WHERE to_regrole(name) IS NULL \gexec

-- Ours in both schemas belongs to mgc_owner, whoever made it, and to nobody else.
SELECT set_config('mgc.schema', :'schema', true) \g /dev/null
DO $$
DECLARE
  here  text := current_setting('mgc.schema');
  audit text := current_setting('mgc.schema') || '_audit';
  place text;
  ours  record;
BEGIN
  FOREACH place IN ARRAY ARRAY[here, audit] LOOP
    CONTINUE WHEN to_regnamespace(quote_ident(place)) IS NULL;
    EXECUTE format('ALTER SCHEMA %I OWNER TO mgc_owner', place);
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC, mgc_writer, mgc_signer, mgc_auditor, '
                   'mgc_operator, mgc_node', place);
    FOR ours IN SELECT relname, relkind FROM pg_class
      WHERE relnamespace = quote_ident(place)::regnamespace AND relkind IN ('r', 'v')
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e') LOOP
      EXECUTE format('ALTER %s %I.%I OWNER TO mgc_owner',
                     CASE ours.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, place, ours.relname);
      EXECUTE format('REVOKE ALL ON %I.%I FROM PUBLIC, mgc_writer, mgc_signer, mgc_auditor, '
                     'mgc_operator, mgc_node', place, ours.relname);
    END LOOP;
  END LOOP;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO mgc_writer, mgc_signer, mgc_operator, mgc_node',
                 here);
  EXECUTE format('GRANT SELECT ON %I.schema_migration TO mgc_writer, mgc_signer, mgc_operator, '
                 'mgc_node', here);
END $$;

DO $$
DECLARE
  here   text := current_setting('mgc.schema');
  audit  text := current_setting('mgc.schema') || '_audit';
  source text;
BEGIN
  IF to_regclass(format('%I.pack', here)) IS NULL THEN RETURN; END IF;
  FOREACH source IN ARRAY ARRAY['add_event_table', 'seal_segment'] LOOP
    EXECUTE format('ALTER FUNCTION %I.%I OWNER TO mgc_owner', here, source);
    EXECUTE format('REVOKE ALL ON FUNCTION %I.%I FROM PUBLIC', here, source);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %I.%I TO mgc_writer', here, source);
  END LOOP;
  -- Evidence is added. event_1 is the model: further segments get its rights.
  FOR source IN SELECT relname FROM pg_class
    WHERE relnamespace = quote_ident(here)::regnamespace AND relkind = 'r'
      AND (relname IN ('node', 'room', 'room_detail', 'person', 'person_detail', 'pack', 'block',
                       'dead_letter', 'lane', 'segment', 'node_position', 'node_session', 'gap',
                       'attempt')
           OR relname ~ '^event_[0-9]+$') LOOP
    EXECUTE format('GRANT SELECT, INSERT ON %I.%I TO mgc_writer', here, source);
  END LOOP;
  -- New names are copied in with their ids.
  EXECUTE format('GRANT USAGE ON SEQUENCE %s, %s TO mgc_writer',
                 pg_get_serial_sequence(format('%I.room', here), 'room_id'),
                 pg_get_serial_sequence(format('%I.person', here), 'person_id'));
  -- How far the service is, is changed.
  FOREACH source IN ARRAY ARRAY['lane', 'segment', 'node_position', 'node_session', 'gap',
                                'attempt'] LOOP
    EXECUTE format('GRANT UPDATE ON %I.%I TO mgc_writer', here, source);
  END LOOP;
  FOREACH source IN ARRAY ARRAY['lane', 'segment', 'node', 'node_position', 'node_session', 'gap',
                                'attempt', 'block'] LOOP
    EXECUTE format('GRANT SELECT ON %I.%I TO mgc_operator', here, source);
  END LOOP;
  -- The service is not to sign what it writes.
  FOREACH source IN ARRAY ARRAY['node', 'lane', 'block', 'pack', 'dead_letter', 'checkpoint'] LOOP
    EXECUTE format('GRANT SELECT ON %I.%I TO mgc_signer', here, source);
  END LOOP;
  EXECUTE format('GRANT INSERT ON %I.checkpoint TO mgc_signer', here);
  EXECUTE format('GRANT SELECT ON %I.checkpoint TO mgc_operator', here);
  EXECUTE format('GRANT SELECT (dead_letter_id, lane_id, received_at, message_id, reason, sha256, '
                 'node_id, epoch, first_sequence) ON %I.dead_letter TO mgc_operator', here);
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO mgc_auditor', audit);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO mgc_auditor', audit);
END $$;

DO $$
DECLARE here text := current_setting('mgc.schema');
BEGIN
  IF to_regclass(format('%I.mgc_chat', here)) IS NULL THEN RETURN; END IF;
  EXECUTE format('GRANT SELECT, INSERT ON %1$I.mgc_room, %1$I.mgc_person, %1$I.mgc_membership, '
                 '%1$I.mgc_chat TO mgc_node', here);
  EXECUTE format('GRANT UPDATE ON %1$I.mgc_room, %1$I.mgc_person, %1$I.mgc_membership TO mgc_node',
                 here);
  -- mgc consume --mgc takes names and addresses from here.
  EXECUTE format('GRANT SELECT ON %1$I.mgc_room, %1$I.mgc_person TO mgc_writer', here);
END $$;
COMMIT;
