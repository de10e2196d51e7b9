-- A message that was delivered before the service started may be what ended the one before. It is
-- tried alone, and marked here before it is looked into. `attempts` counts those that came to no
-- end; 0: the last one did. It is no evidence: an owner who sets it to 0 has it tried again.
CREATE TABLE dbo.attempt (
  lane_id bigint NOT NULL CONSTRAINT attempt_lane REFERENCES dbo.lane (lane_id),
  sha256 binary(32) NOT NULL,
  message_id nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  attempts bigint NOT NULL CONSTRAINT attempt_counted CHECK (attempts >= 0),
  first_at bigint NOT NULL,
  last_at bigint NOT NULL,
  CONSTRAINT attempt_key PRIMARY KEY (lane_id, sha256)
);
GO
CREATE VIEW audit.attempt AS
SELECT lane_id, sha256, message_id, attempts, first_at, last_at FROM dbo.attempt;
