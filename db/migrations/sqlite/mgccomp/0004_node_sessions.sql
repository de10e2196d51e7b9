-- One row for each start of a node, of those whose nodes say watermarks. `session` is the node's
-- random number of that start; 0 = of a node that does not say. `heard_at` is the last watermark's
-- time by the node's clock, `received_at` when it was stored. A crashed session is closed when a
-- PART of the service is stored for each person whom it left joined; in order of room and person,
-- it is for the first `closed_people` of them.
CREATE TABLE node_session (
  node_id          INTEGER NOT NULL REFERENCES node,
  epoch            INTEGER NOT NULL CHECK (epoch > 0),
  session          INTEGER NOT NULL CHECK (session >= 0),
  first_sequence   INTEGER,
  started_at       INTEGER,
  last_sequence    INTEGER NOT NULL,
  heard_at         INTEGER NOT NULL,
  received_at      INTEGER NOT NULL,
  ending           TEXT CHECK (ending IN ('stopped', 'crashed')),
  ended_at         INTEGER,
  through_sequence INTEGER,
  closed_people    INTEGER NOT NULL DEFAULT 0,
  closed_at        INTEGER,
  PRIMARY KEY (node_id, epoch, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX node_session_open ON node_session (node_id, epoch) WHERE closed_at IS NULL;
