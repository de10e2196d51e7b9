-- One row for each start of a node, of those whose nodes say watermarks. `session` is the node's
-- random number of that start; 0 = of a node that does not say. `heard_at` is the last watermark's
-- time by the node's clock, `received_at` when it was stored. A crashed session is closed when a
-- PART of the service is stored for each person whom it left joined; in order of room and person,
-- it is for the first `closed_people` of them.
CREATE TABLE dbo.node_session (
  node_id bigint NOT NULL CONSTRAINT node_session_node REFERENCES dbo.node (node_id),
  epoch bigint NOT NULL CONSTRAINT node_session_epoch CHECK (epoch > 0),
  session bigint NOT NULL CONSTRAINT node_session_number CHECK (session >= 0),
  first_sequence bigint,
  started_at bigint,
  last_sequence bigint NOT NULL,
  heard_at bigint NOT NULL,
  received_at bigint NOT NULL,
  ending nvarchar(8) COLLATE Latin1_General_100_BIN2
    CONSTRAINT node_session_ending CHECK (ending IN (N'stopped', N'crashed')),
  ended_at bigint,
  through_sequence bigint,
  closed_people bigint NOT NULL CONSTRAINT node_session_first_close DEFAULT 0,
  closed_at bigint,
  CONSTRAINT node_session_key PRIMARY KEY (node_id, epoch, session)
);
GO
CREATE INDEX node_session_open ON dbo.node_session (node_id, epoch) WHERE closed_at IS NULL;
GO
CREATE VIEW audit.node_session AS SELECT node_id, epoch, session, first_sequence, started_at,
  last_sequence, heard_at, received_at, ending, ended_at, through_sequence, closed_people,
  closed_at FROM dbo.node_session;
