-- Signed statements of a lane's ledger, each with a number of its own: `note` is the text with its
-- signature, `edge` the nodes from which the next one goes on. Another program than the service
-- adds them, and writes them to a second place too.
CREATE TABLE checkpoint (
  lane_id   bigint NOT NULL REFERENCES lane,
  number    bigint NOT NULL CHECK (number > 0),
  note      text COLLATE "C" NOT NULL,
  edge      bytea NOT NULL,
  signed_at bigint NOT NULL,
  PRIMARY KEY (lane_id, number)
);

DO $$
BEGIN
  EXECUTE format('CREATE VIEW %I.checkpoint AS SELECT * FROM %I.checkpoint',
                 current_schema() || '_audit', current_schema());
END $$;
