-- One row for each start of a node, of those whose nodes say watermarks. `session` is the node's
-- random number of that start; 0 = of a node that does not say. `heard_at` is the last watermark's
-- time by the node's clock, `received_at` when it was stored. A crashed session is closed when a
-- PART of the service is stored for each person whom it left joined; in order of room and person,
-- it is for the first `closed_people` of them.
CREATE TABLE IF NOT EXISTS node_session (
  node_id          BIGINT NOT NULL REFERENCES node (node_id),
  epoch            BIGINT NOT NULL CHECK (epoch > 0),
  session          BIGINT NOT NULL CHECK (session >= 0),
  first_sequence   BIGINT,
  started_at       BIGINT,
  last_sequence    BIGINT NOT NULL,
  heard_at         BIGINT NOT NULL,
  received_at      BIGINT NOT NULL,
  ending           VARCHAR(8) CHECK (ending IN ('stopped', 'crashed')),
  ended_at         BIGINT,
  through_sequence BIGINT,
  closed_people    BIGINT NOT NULL DEFAULT 0,
  closed_at        BIGINT,
  PRIMARY KEY (node_id, epoch, session),
  KEY node_session_open (closed_at, node_id, epoch)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CALL show_to_auditors('node_session');
