-- A message that was delivered before the service started may be what ended the one before. It is
-- tried alone, and marked here before it is looked into. `attempts` counts those that came to no
-- end; 0: the last one did. It is no evidence: an owner who sets it to 0 has it tried again.
CREATE TABLE attempt (
  lane_id    INTEGER NOT NULL REFERENCES lane,
  sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
  message_id TEXT NOT NULL,
  attempts   INTEGER NOT NULL CHECK (attempts >= 0),
  first_at   INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  PRIMARY KEY (lane_id, sha256)
) STRICT, WITHOUT ROWID;
