-- Segments whose time is over. A row says what is removed, by whom, and what it hashed to; the
-- service makes an event of it. Only then remove_segment takes the rows of the segment's events,
-- and remove_pack puts a body in the place of each of its packs that has the leaves of the
-- ledger where the events were; in one transaction. What hashes, counts and names them stays,
-- and so do the events that say what was done with the record. Nothing that a hold keeps can be
-- removed.
CREATE TABLE IF NOT EXISTS removal (
  entry      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  of_entry   BIGINT CHECK (of_entry IS NULL),
  written_at BIGINT NOT NULL DEFAULT
    (TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(6))),
  db_user    VARCHAR(255) NOT NULL DEFAULT
    (LEFT(USER(), CHAR_LENGTH(USER()) - CHAR_LENGTH(SUBSTRING_INDEX(USER(), '@', -1)) - 1)),
  os_user    TEXT NOT NULL CHECK (LENGTH(os_user) <= 1024),
  host       TEXT NOT NULL CHECK (LENGTH(host) <= 1024),
  command    VARCHAR(16) NOT NULL CHECK (command = 'segment'),
  details    MEDIUMTEXT NOT NULL CHECK (LENGTH(details) <= 262144),
  segment    BIGINT NOT NULL REFERENCES segment (segment)
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
ALTER TABLE segment ADD COLUMN IF NOT EXISTS removed_at BIGINT;
CALL show_to_auditors('removal');
CALL show_to_auditors('segment');

-- Runs as its owner does: whoever keeps the record may not change any of it otherwise.
CREATE OR REPLACE PROCEDURE remove_segment(IN number BIGINT)
  SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE lane_of BIGINT;
  SELECT s.lane_id INTO lane_of FROM segment AS s
    WHERE s.segment = number AND s.state = 'sealed' FOR UPDATE;
  IF lane_of IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the segment is not sealed';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM removal AS r JOIN duty_event AS d
                 ON d.kind = 18 AND d.entry = r.entry
                 JOIN segment AS s ON s.segment = r.segment
                 JOIN lane ON lane.lane_id = s.lane_id
                 WHERE r.segment = number
                   AND JSON_VALUE(r.details, '$.first_event_id') = s.first_event_id
                   AND JSON_VALUE(r.details, '$.last_event_id') = s.last_event_id
                   AND CAST(JSON_VALUE(r.details, '$.lane') AS BINARY) = CAST(lane.name AS BINARY))
  THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'its removal is no event of the ledger';
  END IF;
  IF EXISTS (SELECT 1 FROM held_event AS h WHERE h.segment = number) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a hold keeps events of it';
  END IF;
  EXECUTE IMMEDIATE CONCAT('DELETE w FROM words_', number, ' AS w WHERE NOT EXISTS (SELECT 1 FROM',
    ' duty_event AS d WHERE d.lane_id = ', lane_of, ' AND d.event_id = w.event_id)');
  EXECUTE IMMEDIATE CONCAT('DELETE e FROM event_', number, ' AS e WHERE NOT EXISTS (SELECT 1 FROM',
    ' duty_event AS d WHERE d.lane_id = ', lane_of, ' AND d.event_id = e.event_id)');
  UPDATE segment AS s SET s.removed_at =
    TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(6))
    WHERE s.segment = number;
END;
CREATE OR REPLACE PROCEDURE remove_pack(IN number BIGINT, IN first_id BIGINT, IN new_body LONGBLOB)
  SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE lane_of BIGINT;
  SELECT s.lane_id INTO lane_of FROM segment AS s WHERE s.segment = number
    AND s.removed_at IS NOT NULL AND first_id BETWEEN s.first_event_id AND s.last_event_id
    AND NOT EXISTS (SELECT 1 FROM duty_event AS d
                    WHERE d.lane_id = s.lane_id AND d.event_id = first_id);
  IF lane_of IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the pack stays';
  END IF;
  UPDATE pack AS p SET p.body = new_body WHERE p.lane_id = lane_of AND p.first_event_id = first_id;
END;
