-- Words are found by how they begin too, which an array's index does not do, and files by their
-- hash. Segments that are sealed get the new indexes when there is time; until then they are read.
UPDATE segment SET state = 'full', sealed_at = NULL WHERE state = 'sealed';
DO $$
DECLARE held record;
BEGIN
  FOR held IN SELECT relname FROM pg_class
    WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind = 'i'
      AND relname ~ '^event_[0-9]+_words$' LOOP
    EXECUTE format('DROP INDEX %I', held.relname);
  END LOOP;
END $$;

-- As before. The words are a tsvector of the same runs of ASCII letters and digits; none of them is
-- longer than it takes.
CREATE OR REPLACE FUNCTION seal_segment(number bigint) RETURNS boolean
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
    ('file', 'CREATE INDEX %I ON %I.%I (file_sha256) WHERE file_sha256 IS NOT NULL'),
    ('time', 'CREATE INDEX %I ON %I.%I USING brin (occurred_at)'),
    ('words', $index$CREATE INDEX %I ON %I.%I USING gin (array_to_tsvector(
       CASE WHEN octet_length(content) > 2000 AND content ~ '[a-zA-Z0-9]{255}' THEN ARRAY['LONG']
       ELSE array_remove(string_to_array(lower(
         regexp_replace(content, '[^a-zA-Z0-9]+', ' ', 'g')), ' '), '') END
       ))$index$)) AS indexes (suffix, statement)
  LOOP
    CONTINUE WHEN to_regclass(format('%I.%I', here, events || '_' || wanted.suffix)) IS NOT NULL;
    EXECUTE format(wanted.statement, events || '_' || wanted.suffix, here, events);
    RETURN true;
  END LOOP;
  EXECUTE format('ANALYZE %I.%I', here, events);
  RETURN false;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION seal_segment SET search_path = %I, pg_temp', current_schema());
END $$;
-- One core of the server is for the batches.
ALTER FUNCTION seal_segment SET max_parallel_maintenance_workers = 0;
