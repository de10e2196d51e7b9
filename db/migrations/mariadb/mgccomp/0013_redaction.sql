-- The content of one event can go: somebody asks for it ('request') and somebody else approves
-- it ('approve', which names the request in of_entry). The service makes events of both rows.
-- Only then redact_event puts a body in the place of the event's pack that has its leaf of the
-- ledger where its bytes were, and a notice in the place of its content. Nothing that a hold
-- keeps is redacted.
CREATE TABLE IF NOT EXISTS redaction (
  entry      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  of_entry   BIGINT REFERENCES redaction (entry),
  written_at BIGINT NOT NULL DEFAULT
    (TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(6))),
  db_user    VARCHAR(255) NOT NULL DEFAULT
    (LEFT(USER(), CHAR_LENGTH(USER()) - CHAR_LENGTH(SUBSTRING_INDEX(USER(), '@', -1)) - 1)),
  os_user    TEXT NOT NULL CHECK (LENGTH(os_user) <= 1024),
  host       TEXT NOT NULL CHECK (LENGTH(host) <= 1024),
  command    VARCHAR(16) NOT NULL CHECK (command IN ('request', 'approve')),
  details    MEDIUMTEXT NOT NULL CHECK (LENGTH(details) <= 262144),
  lane_id    BIGINT NOT NULL REFERENCES lane (lane_id),
  event_id   BIGINT NOT NULL,
  CHECK ((command = 'approve') = (of_entry IS NOT NULL))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
CALL show_to_auditors('redaction');

-- Runs as its owner does: whoever keeps the record may not change any of it otherwise.
CREATE OR REPLACE PROCEDURE redact_event(IN request BIGINT, IN old_body LONGBLOB,
  IN new_body LONGBLOB, IN notice TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE lane_of BIGINT;
  DECLARE redacted BIGINT;
  DECLARE first_id BIGINT;
  DECLARE number BIGINT;
  DECLARE is_sealed INT;
  SELECT r.lane_id, r.event_id INTO lane_of, redacted FROM redaction AS r
    JOIN duty_event AS d ON d.kind = 19 AND d.entry = r.entry
    JOIN lane ON lane.lane_id = r.lane_id
    WHERE r.entry = request AND r.command = 'request'
      AND JSON_VALUE(r.details, '$.event_id') = r.event_id
      AND CAST(JSON_VALUE(r.details, '$.lane') AS BINARY) = CAST(lane.name AS BINARY) AND EXISTS (
      SELECT 1 FROM redaction AS a JOIN duty_event AS e ON e.kind = 19 AND e.entry = a.entry
      WHERE a.of_entry = r.entry AND a.db_user <> r.db_user);
  IF lane_of IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'the request and its approval by somebody else are no events of the ledger';
  END IF;
  SELECT s.segment, s.state = 'sealed' INTO number, is_sealed FROM segment AS s
    WHERE s.lane_id = lane_of AND redacted BETWEEN s.first_event_id AND s.last_event_id
      AND s.state IN ('hot', 'sealed') FOR UPDATE;
  IF number IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'the segment of the event is being indexed; try again when it is sealed';
  END IF;
  IF EXISTS (SELECT 1 FROM held_event AS h WHERE h.segment = number
             AND h.event_id = redacted) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a hold keeps the event';
  END IF;
  SELECT MAX(q.first_event_id) INTO first_id FROM pack AS q
    WHERE q.lane_id = lane_of AND q.first_event_id <= redacted;
  UPDATE pack AS p SET p.body = new_body WHERE p.lane_id = lane_of AND p.body = old_body
    AND p.first_event_id = first_id;
  IF ROW_COUNT() = 0 THEN
    SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213,
      MESSAGE_TEXT = 'somebody changed the pack of the event meanwhile';
  END IF;
  EXECUTE IMMEDIATE CONCAT('UPDATE event_', number, ' SET content = ?, file_name = NULL,',
    ' file_sha256 = NULL WHERE event_id = ', redacted) USING notice;
  IF is_sealed = 1 THEN
    EXECUTE IMMEDIATE CONCAT('UPDATE words_', number, ' SET words = REGEXP_REPLACE(?,',
      ' ''[^a-zA-Z0-9]*([a-zA-Z0-9]{1,64})[a-zA-Z0-9]*[^a-zA-Z0-9]*'', ''mgc\1 '')',
      ' WHERE event_id = ', redacted)
      USING notice;
  END IF;
END;
