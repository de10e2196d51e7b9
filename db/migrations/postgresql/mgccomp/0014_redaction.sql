-- The content of one event can go: somebody asks for it ('request') and somebody else approves
-- it ('approve', which names the request in of_entry). The service makes events of both rows.
-- Only then redact_event puts a body in the place of the event's pack that has its leaf of the
-- ledger where its bytes were, and a notice in the place of its content. Nothing that a hold
-- keeps is redacted.
CREATE TABLE redaction (
  entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  of_entry   bigint REFERENCES redaction,
  written_at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
  db_user    text COLLATE "C" NOT NULL DEFAULT session_user,
  os_user    text COLLATE "C" NOT NULL CHECK (octet_length(os_user) <= 1024),
  host       text COLLATE "C" NOT NULL CHECK (octet_length(host) <= 1024),
  command    text COLLATE "C" NOT NULL CHECK (command IN ('request', 'approve')),
  details    text COLLATE "C" NOT NULL CHECK (octet_length(details) <= 262144),
  lane_id    bigint NOT NULL REFERENCES lane,
  event_id   bigint NOT NULL,
  CHECK ((command = 'approve') = (of_entry IS NOT NULL))
);

DO $$ BEGIN
  EXECUTE format('CREATE VIEW %I.redaction AS SELECT * FROM %I.redaction',
                 current_schema() || '_audit', current_schema());
END $$;

-- Runs as its owner does: whoever keeps the record may not change any of it otherwise.
CREATE FUNCTION redact_event(request bigint, old_body bytea, new_body bytea, notice text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  here   text := current_schema();
  asked  redaction%ROWTYPE;
  number bigint;
BEGIN
  LOCK TABLE hold IN SHARE MODE;
  SELECT r.* INTO asked FROM redaction AS r
    JOIN duty_event AS d ON d.kind = 19 AND d.entry = r.entry
    JOIN lane ON lane.lane_id = r.lane_id
    WHERE r.entry = request AND r.command = 'request'
      AND (r.details::jsonb ->> 'event_id')::bigint = r.event_id
      AND r.details::jsonb ->> 'lane' = lane.name;
  IF asked.entry IS NULL OR NOT EXISTS (
      SELECT FROM redaction AS a JOIN duty_event AS d ON d.kind = 19 AND d.entry = a.entry
      WHERE a.of_entry = asked.entry AND a.db_user <> asked.db_user) THEN
    RAISE EXCEPTION 'request % and its approval by somebody else are no events of the ledger',
      request;
  END IF;
  SELECT s.segment INTO number FROM segment AS s WHERE s.lane_id = asked.lane_id
    AND asked.event_id BETWEEN s.first_event_id AND s.last_event_id
    AND s.state IN ('hot', 'sealed') FOR UPDATE;
  IF number IS NULL THEN
    RAISE EXCEPTION 'the segment of event % is being indexed; try again when it is sealed',
      asked.event_id;
  END IF;
  IF EXISTS (SELECT FROM held_event AS h WHERE h.segment = number
             AND h.event_id = asked.event_id) THEN
    RAISE EXCEPTION 'a hold keeps event %', asked.event_id;
  END IF;
  UPDATE pack AS p SET body = new_body WHERE p.lane_id = asked.lane_id AND p.body = old_body
    AND p.first_event_id = (SELECT max(q.first_event_id) FROM pack AS q
      WHERE q.lane_id = asked.lane_id AND q.first_event_id <= asked.event_id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'somebody changed the pack of event % meanwhile', asked.event_id
      USING ERRCODE = '40001';
  END IF;
  EXECUTE format('UPDATE %I.%I SET content = $1, file_name = NULL, file_sha256 = NULL '
                 'WHERE event_id = $2', here, 'event_' || number) USING notice, asked.event_id;
END $$;
REVOKE ALL ON FUNCTION redact_event FROM PUBLIC;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION redact_event SET search_path = %I, pg_temp', current_schema());
END $$;
