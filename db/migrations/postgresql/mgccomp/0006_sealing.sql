-- A segment is 'next' while it is empty and waits for its turn, 'hot' while rows are added, 'full'
-- when the next one has taken over and its indexes are not all there, and 'sealed' when they are.
ALTER TABLE segment DROP CONSTRAINT segment_state_check;
ALTER TABLE segment ADD CONSTRAINT segment_state_check
  CHECK (state IN ('next', 'hot', 'full', 'sealed'));
ALTER TABLE segment ADD COLUMN sealed_at bigint;
DO $$ BEGIN
  EXECUTE format('CREATE OR REPLACE VIEW %I.segment AS SELECT * FROM %I.segment',
                 current_schema() || '_audit', current_schema());
END $$;

-- A key that is kept up to date costs half of what COPY loads. Rows are appended in the order of
-- event_id, so the least and greatest of each megabyte find a range of them; the key is built in
-- one go when the segment is sealed. Until then pack's key alone keeps events from coming twice.
DO $$
DECLARE held record;
BEGIN
  FOR held IN SELECT relname, conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE relnamespace = quote_ident(current_schema())::regnamespace AND contype = 'p'
      AND relname ~ '^event_[0-9]+$' LOOP
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', held.relname, held.conname);
    EXECUTE format('CREATE INDEX %I ON %I USING brin (event_id) WITH (autosummarize = on)',
                   held.relname || '_range', held.relname);
  END LOOP;
END $$;

-- As before, of event_1 without the indexes that it has got since.
CREATE OR REPLACE FUNCTION add_event_table(number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  here     text := current_schema();
  audit    text := current_schema() || '_audit';
  added    text := 'event_' || number;
  segments text;
  place    text;
  held     record;
BEGIN
  IF number < 2 THEN RAISE EXCEPTION 'event_% is not to be added', number; END IF;
  EXECUTE format('CREATE TABLE %I.%I (LIKE %I.event_1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
                 'INCLUDING STORAGE)', here, added, here);
  EXECUTE format('CREATE INDEX %I ON %I.%I USING brin (event_id) WITH (autosummarize = on)',
                 added || '_range', here, added);
  EXECUTE format('CREATE VIEW %I.%I AS SELECT * FROM %I.%I', audit, added, here, added);
  SELECT string_agg(format('SELECT %s::bigint AS segment, * FROM %I.%I', substr(relname, 7), here,
                           relname), ' UNION ALL ' ORDER BY substr(relname, 7)::bigint)
    INTO segments FROM pg_class
    WHERE relnamespace = quote_ident(here)::regnamespace AND relkind = 'r'
      AND relname ~ '^event_[0-9]+$';
  EXECUTE format('CREATE OR REPLACE VIEW %I.event AS %s', here, segments);
  FOREACH place IN ARRAY ARRAY[here, audit] LOOP
    FOR held IN
      SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee,
             acl.privilege_type
        FROM pg_class, aclexplode(relacl) AS acl
        WHERE pg_class.oid = format('%I.event_1', place)::regclass AND acl.grantee <> relowner
    LOOP
      EXECUTE format('GRANT %s ON %I.%I TO %s', held.privilege_type, place, added, held.grantee);
    END LOOP;
  END LOOP;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION add_event_table SET search_path = %I, pg_temp', current_schema());
END $$;

-- Builds one more of the indexes of a full segment; false when all are there. An index alone locks
-- nobody out who reads, which a primary key would. The words are runs of ASCII letters and digits:
-- an array, because the parser of to_tsvector() cuts words of its own ("1e5x" is two to it). A text
-- with a run that is longer than an index takes is a hit for every word. Runs as its owner does.
CREATE FUNCTION seal_segment(number bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  here   text := current_schema();
  events text := 'event_' || number;
  wanted record;
BEGIN
  IF NOT EXISTS (SELECT FROM segment WHERE segment = number AND state = 'full') THEN
    RAISE EXCEPTION 'segment % is not full', number;
  END IF;
  FOR wanted IN SELECT * FROM (VALUES
    ('key', 'CREATE UNIQUE INDEX %I ON %I.%I (event_id)'),
    ('room', 'CREATE INDEX %I ON %I.%I (room_id, occurred_at)'),
    ('actor', 'CREATE INDEX %I ON %I.%I (actor_id, occurred_at)'),
    ('target', 'CREATE INDEX %I ON %I.%I (target_id, occurred_at) WHERE target_id IS NOT NULL'),
    ('time', 'CREATE INDEX %I ON %I.%I USING brin (occurred_at)'),
    ('words', $index$CREATE INDEX %I ON %I.%I USING gin ((
       CASE WHEN octet_length(content) > 2000 AND content ~ '[a-zA-Z0-9]{255}' THEN ARRAY['LONG']
       ELSE string_to_array(lower(regexp_replace(content, '[^a-zA-Z0-9]+', ' ', 'g')), ' ') END
       ))$index$)) AS indexes (suffix, statement)
  LOOP
    CONTINUE WHEN to_regclass(format('%I.%I', here, events || '_' || wanted.suffix)) IS NOT NULL;
    EXECUTE format(wanted.statement, events || '_' || wanted.suffix, here, events);
    RETURN true;
  END LOOP;
  EXECUTE format('ANALYZE %I.%I', here, events);
  RETURN false;
END $$;
REVOKE ALL ON FUNCTION seal_segment FROM PUBLIC;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION seal_segment SET search_path = %I, pg_temp', current_schema());
END $$;
-- One core of the server is for the batches.
ALTER FUNCTION seal_segment SET max_parallel_maintenance_workers = 0;
