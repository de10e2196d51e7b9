-- One row for each start of a node, of those whose nodes say watermarks. `session` is the node's
-- random number of that start; 0 = of a node that does not say. `heard_at` is the last watermark's
-- time by the node's clock, `received_at` when it was stored. A crashed session is closed when a
-- PART of the service is stored for each person whom it left joined; in order of room and person,
-- it is for the first `closed_people` of them.
CREATE TABLE node_session (
  node_id          bigint NOT NULL REFERENCES node,
  epoch            bigint NOT NULL CHECK (epoch > 0),
  session          bigint NOT NULL CHECK (session >= 0),
  first_sequence   bigint,
  started_at       bigint,
  last_sequence    bigint NOT NULL,
  heard_at         bigint NOT NULL,
  received_at      bigint NOT NULL,
  ending           text CHECK (ending IN ('stopped', 'crashed')),
  ended_at         bigint,
  through_sequence bigint,
  closed_people    bigint NOT NULL DEFAULT 0,
  closed_at        bigint,
  PRIMARY KEY (node_id, epoch, session)
) WITH (fillfactor = 50);
CREATE INDEX node_session_open ON node_session (node_id, epoch) WHERE closed_at IS NULL;

DO $$ BEGIN
  EXECUTE format('CREATE VIEW %I.node_session AS SELECT * FROM %I.node_session',
                 current_schema() || '_audit', current_schema());
END $$;
