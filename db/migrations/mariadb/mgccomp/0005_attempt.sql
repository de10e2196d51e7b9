-- A message that was delivered before the service started may be what ended the one before. It is
-- tried alone, and marked here before it is looked into. `attempts` counts those that came to no
-- end; 0: the last one did. It is no evidence: an owner who sets it to 0 has it tried again.
CREATE TABLE IF NOT EXISTS attempt (
  lane_id    BIGINT NOT NULL REFERENCES lane (lane_id),
  sha256     VARBINARY(32) NOT NULL CHECK (LENGTH(sha256) = 32),
  message_id TEXT NOT NULL,
  attempts   BIGINT NOT NULL CHECK (attempts >= 0),
  first_at   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  PRIMARY KEY (lane_id, sha256)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CALL show_to_auditors('attempt');
