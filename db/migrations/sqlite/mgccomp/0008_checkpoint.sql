-- Signed statements of a lane's ledger, each with a number of its own: `note` is the text with its
-- signature, `edge` the nodes from which the next one goes on. Another program than the service
-- adds them, and writes them to a second place too.
CREATE TABLE checkpoint (
  lane_id   INTEGER NOT NULL REFERENCES lane,
  number    INTEGER NOT NULL CHECK (number > 0),
  note      TEXT NOT NULL,
  edge      BLOB NOT NULL,
  signed_at INTEGER NOT NULL,
  PRIMARY KEY (lane_id, number)
) STRICT, WITHOUT ROWID;
