-- Signed statements of a lane's ledger, each with a number of its own: `note` is the text with its
-- signature, `edge` the nodes from which the next one goes on. Another program than the service
-- adds them, and writes them to a second place too.
CREATE TABLE dbo.[checkpoint] (
  lane_id bigint NOT NULL CONSTRAINT checkpoint_lane REFERENCES dbo.lane (lane_id),
  number bigint NOT NULL CONSTRAINT checkpoint_number CHECK (number > 0),
  note nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  edge varbinary(2048) NOT NULL,
  signed_at bigint NOT NULL,
  CONSTRAINT checkpoint_key PRIMARY KEY (lane_id, number)
);
GO
CREATE VIEW audit.[checkpoint] AS
SELECT lane_id, number, note, edge, signed_at FROM dbo.[checkpoint];
