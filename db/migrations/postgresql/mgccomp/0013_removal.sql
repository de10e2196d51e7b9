-- Segments whose time is over. A row says what is removed, by whom, and what it hashed to; the
-- service makes an event of it. Only then remove_segment takes the rows of the segment's events,
-- and remove_pack puts a body in the place of each of its packs that has the leaves of the
-- ledger where the events were; in one transaction. What hashes, counts and names them stays,
-- and so do the events that say what was done with the record. Nothing that a hold keeps can be
-- removed.
CREATE TABLE removal (
  entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  of_entry   bigint CHECK (of_entry IS NULL),
  written_at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
  db_user    text COLLATE "C" NOT NULL DEFAULT session_user,
  os_user    text COLLATE "C" NOT NULL CHECK (octet_length(os_user) <= 1024),
  host       text COLLATE "C" NOT NULL CHECK (octet_length(host) <= 1024),
  command    text COLLATE "C" NOT NULL CHECK (command = 'segment'),
  details    text COLLATE "C" NOT NULL CHECK (octet_length(details) <= 262144),
  segment    bigint NOT NULL REFERENCES segment
);
ALTER TABLE segment ADD COLUMN removed_at bigint;

DO $$ BEGIN
  EXECUTE format('CREATE VIEW %I.removal AS SELECT * FROM %I.removal',
                 current_schema() || '_audit', current_schema());
  EXECUTE format('CREATE OR REPLACE VIEW %I.segment AS SELECT * FROM %I.segment',
                 current_schema() || '_audit', current_schema());
END $$;

-- Runs as its owner does: whoever keeps the record may not change any of it otherwise.
CREATE FUNCTION remove_segment(number bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  here text := current_schema();
  s    segment%ROWTYPE;
BEGIN
  LOCK TABLE hold IN SHARE MODE;  -- a hold that is being added waits, and is told that it was late
  SELECT * INTO s FROM segment WHERE segment = number FOR UPDATE;
  IF s.state IS DISTINCT FROM 'sealed' THEN
    RAISE EXCEPTION 'segment % is not sealed', number;
  END IF;
  IF NOT EXISTS (SELECT FROM removal AS r JOIN duty_event AS d ON d.kind = 18 AND d.entry = r.entry
                 WHERE r.segment = number
                   AND (r.details::jsonb ->> 'first_event_id')::bigint = s.first_event_id
                   AND (r.details::jsonb ->> 'last_event_id')::bigint = s.last_event_id
                   AND r.details::jsonb ->> 'lane' =
                     (SELECT name FROM lane WHERE lane.lane_id = s.lane_id)) THEN
    RAISE EXCEPTION 'the removal of segment % is no event of the ledger', number;
  END IF;
  IF EXISTS (SELECT FROM held_event WHERE segment = number) THEN
    RAISE EXCEPTION 'a hold keeps events of segment %', number;
  END IF;
  EXECUTE format('DELETE FROM %I.%I AS e WHERE NOT EXISTS (SELECT FROM %I.duty_event AS d '
                 'WHERE d.lane_id = $1 AND d.event_id = e.event_id)',
                 here, 'event_' || number, here)
    USING s.lane_id;
  UPDATE segment SET removed_at = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
    WHERE segment = number;
END $$;
CREATE FUNCTION remove_pack(number bigint, first_id bigint, new_body bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  UPDATE pack AS p SET body = new_body FROM segment AS s
    WHERE s.segment = number AND s.removed_at IS NOT NULL AND p.lane_id = s.lane_id
      AND p.first_event_id = first_id
      AND first_id BETWEEN s.first_event_id AND s.last_event_id
      AND NOT EXISTS (SELECT FROM duty_event AS d
                      WHERE d.lane_id = p.lane_id AND d.event_id = p.first_event_id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the pack of event % stays', first_id;
  END IF;
END $$;
REVOKE ALL ON FUNCTION remove_segment, remove_pack FROM PUBLIC;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION remove_segment SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION remove_pack SET search_path = %I, pg_temp', current_schema());
END $$;
