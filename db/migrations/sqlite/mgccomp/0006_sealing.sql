-- A segment is 'next' while it is empty and waits for its turn, 'hot' while rows are added, 'full'
-- when the next one has taken over and its indexes are not all there, and 'sealed' when they are.
-- A check can only be changed with its table; the views look for `segment` by its name.
CREATE TEMP TABLE segment_before AS SELECT * FROM segment;
DROP TABLE segment;
CREATE TABLE segment (
  segment              INTEGER PRIMARY KEY,
  lane_id              INTEGER NOT NULL REFERENCES lane,
  state                TEXT NOT NULL CHECK (state IN ('next', 'hot', 'full', 'sealed')),
  first_event_id       INTEGER NOT NULL,
  last_event_id        INTEGER,
  least_occurred_at    INTEGER,
  greatest_occurred_at INTEGER,
  opened_at            INTEGER NOT NULL,
  sealed_at            INTEGER
) STRICT;
INSERT INTO segment (segment, lane_id, state, first_event_id, last_event_id, least_occurred_at,
                     greatest_occurred_at, opened_at)
  SELECT segment, lane_id, state, first_event_id, last_event_id, least_occurred_at,
         greatest_occurred_at, opened_at FROM temp.segment_before;
DROP TABLE temp.segment_before;
