-- A message that was delivered before the service started may be what ended the one before. It is
-- tried alone, and marked here before it is looked into. `attempts` counts those that came to no
-- end; 0: the last one did. It is no evidence: an owner who sets it to 0 has it tried again.
CREATE TABLE attempt (
  lane_id    bigint NOT NULL REFERENCES lane,
  sha256     bytea NOT NULL CHECK (length(sha256) = 32),
  message_id text COLLATE "C" NOT NULL,
  attempts   bigint NOT NULL CHECK (attempts >= 0),
  first_at   bigint NOT NULL,
  last_at    bigint NOT NULL,
  PRIMARY KEY (lane_id, sha256)
);

DO $$
BEGIN
  EXECUTE format('CREATE VIEW %I.attempt AS SELECT * FROM %I.attempt', current_schema() || '_audit',
                 current_schema());
END $$;
