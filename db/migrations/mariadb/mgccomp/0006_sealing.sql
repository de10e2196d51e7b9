-- A segment is 'next' while it is empty and waits for its turn, 'hot' while rows are added, 'full'
-- when the next one has taken over and its indexes are not all there, and 'sealed' when they are.
ALTER TABLE segment
  MODIFY state VARCHAR(8) NOT NULL CHECK (state IN ('next', 'hot', 'full', 'sealed'));
ALTER TABLE segment ADD COLUMN IF NOT EXISTS sealed_at BIGINT;
CALL show_to_auditors('segment');

-- As before, without the indexes that event_1 has got since.
CREATE OR REPLACE PROCEDURE add_event_table(IN added BIGINT)
  SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE all_segments LONGTEXT;
  IF added > 1 THEN
    EXECUTE IMMEDIATE CONCAT('CREATE TABLE IF NOT EXISTS event_', added, ' (',
      'event_id BIGINT NOT NULL PRIMARY KEY, kind INT NOT NULL, occurred_at BIGINT NOT NULL,',
      'room_id BIGINT, actor_id BIGINT, target_id BIGINT, content MEDIUMTEXT NOT NULL,',
      'chat_id BIGINT NOT NULL, file_name TEXT, file_sha256 VARBINARY(255),',
      'node_id BIGINT NOT NULL, epoch BIGINT NOT NULL, sequence BIGINT NOT NULL,',
      'block BIGINT NOT NULL',
      ') ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin');
  END IF;
  SELECT GROUP_CONCAT('SELECT ', SUBSTR(table_name, 7), ' AS segment, ', table_name, '.* FROM ',
      table_name ORDER BY CAST(SUBSTR(table_name, 7) AS SIGNED) SEPARATOR ' UNION ALL ')
    INTO all_segments FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name REGEXP '^event_[0-9]+$';
  EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE VIEW event AS ', all_segments);
  CALL show_to_auditors(CONCAT('event_', added));
  CALL show_to_auditors('event');
END;

-- Builds one more of the indexes of a full segment; `more` is 0 when all are there. Runs as its
-- owner does, and commits. The words are in a table of their own, so that the events are not
-- written again: each run of ASCII letters and digits with "mgc" in front, since InnoDB leaves out
-- words below innodb_ft_min_token_size and takes "_" for a letter.
CREATE OR REPLACE PROCEDURE seal_segment(IN number BIGINT, OUT more INT)
  SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE missing VARCHAR(64);
  DECLARE missing_columns VARCHAR(64);
  IF NOT EXISTS (SELECT 1 FROM segment AS s WHERE s.segment = number AND s.state = 'full') THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the segment is not full';
  END IF;
  IF @@innodb_ft_min_token_size > 4 OR @@innodb_ft_max_token_size < 67 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'set innodb_ft_min_token_size to 4 at most and innodb_ft_max_token_size to 67 at least';
  END IF;
  SET more = 1;
  SET missing = (SELECT w.name FROM (
      SELECT 1 AS place, 'room_time' AS name UNION ALL SELECT 2, 'actor_time'
      UNION ALL SELECT 3, 'target_time' UNION ALL SELECT 4, 'event_time'
      UNION ALL SELECT 5, 'words') AS w
    WHERE NOT EXISTS (SELECT 1 FROM information_schema.statistics AS i
      WHERE i.table_schema = DATABASE() AND i.index_name = w.name
        AND i.table_name = CONCAT(IF(w.name = 'words', 'words_', 'event_'), number))
    ORDER BY w.place LIMIT 1);
  IF missing IS NULL THEN
    CALL show_to_auditors(CONCAT('words_', number));
    SET more = 0;
  ELSEIF missing = 'words' THEN
    EXECUTE IMMEDIATE CONCAT('CREATE OR REPLACE TABLE words_', number, ' (',
      'event_id BIGINT NOT NULL PRIMARY KEY,',
      'words MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL',
      ') ENGINE=InnoDB AS SELECT event_id, IF(content REGEXP ''[a-zA-Z0-9]'', REGEXP_REPLACE(',
      'content, ''[^a-zA-Z0-9]*([a-zA-Z0-9]+)[^a-zA-Z0-9]*'', ''mgc\1 ''), '''') AS words',
      ' FROM event_', number);
    SET SESSION innodb_ft_enable_stopword = OFF;
    EXECUTE IMMEDIATE CONCAT('ALTER TABLE words_', number, ' ADD FULLTEXT KEY words (words)');
  ELSE
    SET missing_columns = CASE missing WHEN 'room_time' THEN 'room_id, occurred_at'
      WHEN 'actor_time' THEN 'actor_id, occurred_at'
      WHEN 'target_time' THEN 'target_id, occurred_at' ELSE 'occurred_at' END;
    EXECUTE IMMEDIATE CONCAT('ALTER TABLE event_', number, ' ADD INDEX IF NOT EXISTS ', missing,
      ' (', missing_columns, '), ALGORITHM=INPLACE, LOCK=NONE');
  END IF;
END;
