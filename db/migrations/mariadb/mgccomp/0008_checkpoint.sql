-- Signed statements of a lane's ledger, each with a number of its own: `note` is the text with its
-- signature, `edge` the nodes from which the next one goes on. Another program than the service
-- adds them, and writes them to a second place too.
CREATE TABLE IF NOT EXISTS checkpoint (
  lane_id   BIGINT NOT NULL REFERENCES lane (lane_id),
  number    BIGINT NOT NULL CHECK (number > 0),
  note      TEXT NOT NULL,
  edge      VARBINARY(2048) NOT NULL,
  signed_at BIGINT NOT NULL,
  PRIMARY KEY (lane_id, number)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CALL show_to_auditors('checkpoint');
