-- Words are found by how they begin too, so that those which are longer than an index takes have to
-- be there as far as it takes them; and files are found by their hash. Segments that are sealed get
-- the new indexes when there is time; until then they are read.
UPDATE segment SET state = 'full', sealed_at = NULL WHERE state = 'sealed';
CREATE OR REPLACE PROCEDURE drop_words()
  MODIFIES SQL DATA
BEGIN
  FOR held IN (SELECT table_name AS name FROM information_schema.tables
               WHERE table_schema = DATABASE() AND table_name REGEXP '^words_[0-9]+$') DO
    EXECUTE IMMEDIATE CONCAT('DROP VIEW IF EXISTS `', DATABASE(), '_audit`.`', held.name, '`');
    EXECUTE IMMEDIATE CONCAT('DROP TABLE `', held.name, '`');
  END FOR;
END;
CALL drop_words();
DROP PROCEDURE drop_words;

-- As before, with the first 64 characters of each run.
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
      UNION ALL SELECT 5, 'file_hash' UNION ALL SELECT 6, 'words') AS w
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
      'content, ''[^a-zA-Z0-9]*([a-zA-Z0-9]{1,64})[a-zA-Z0-9]*[^a-zA-Z0-9]*'', ''mgc\1 ''), '''')',
      ' AS words FROM event_', number);
    SET SESSION innodb_ft_enable_stopword = OFF;
    EXECUTE IMMEDIATE CONCAT('ALTER TABLE words_', number, ' ADD FULLTEXT KEY words (words)');
  ELSE
    SET missing_columns = CASE missing WHEN 'room_time' THEN 'room_id, occurred_at'
      WHEN 'actor_time' THEN 'actor_id, occurred_at'
      WHEN 'target_time' THEN 'target_id, occurred_at'
      WHEN 'file_hash' THEN 'file_sha256' ELSE 'occurred_at' END;
    EXECUTE IMMEDIATE CONCAT('ALTER TABLE event_', number, ' ADD INDEX IF NOT EXISTS ', missing,
      ' (', missing_columns, '), ALGORITHM=INPLACE, LOCK=NONE');
  END IF;
END;
