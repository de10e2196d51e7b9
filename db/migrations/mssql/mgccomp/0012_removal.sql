-- Segments whose time is over. A row says what is removed, by whom, and what it hashed to; the
-- service makes an event of it. Only then remove_segment takes the rows of the segment's events,
-- and remove_pack puts a body in the place of each of its packs that has the leaves of the
-- ledger where the events were; in one transaction. What hashes, counts and names them stays,
-- and so do the events that say what was done with the record. Nothing that a hold keeps can be
-- removed.
CREATE TABLE dbo.removal (
  entry bigint IDENTITY(1, 1) NOT NULL CONSTRAINT removal_key PRIMARY KEY,
  of_entry bigint CONSTRAINT removal_of CHECK (of_entry IS NULL),
  written_at bigint NOT NULL CONSTRAINT removal_now DEFAULT
    (CAST(DATEDIFF(day, '1970-01-01', SYSUTCDATETIME()) AS bigint) * 86400000000
      + CAST(DATEDIFF(millisecond, CAST(CAST(SYSUTCDATETIME() AS date) AS datetime2(3)),
                      SYSUTCDATETIME()) AS bigint) * 1000),
  db_user nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT removal_user DEFAULT (ORIGINAL_LOGIN()),
  os_user nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  host nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  command nvarchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT removal_command CHECK (command = N'segment'),
  details nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  segment bigint NOT NULL CONSTRAINT removal_segment REFERENCES dbo.segment (segment),
  CONSTRAINT removal_login CHECK (db_user = ORIGINAL_LOGIN()),
  CONSTRAINT removal_details CHECK (DATALENGTH(details) <= 174762)
);
GO
ALTER TABLE dbo.segment ADD removed_at bigint NULL;
GO
CREATE VIEW audit.removal AS SELECT entry, of_entry, written_at, db_user, os_user, host, command,
  details, segment FROM dbo.removal;
GO
DROP VIEW audit.segment;
GO
CREATE VIEW audit.segment AS SELECT segment, lane_id, state, first_event_id, last_event_id,
  least_occurred_at, greatest_occurred_at, opened_at, sealed_at, removed_at FROM dbo.segment;
GO
-- Runs as its owner does: whoever keeps the record may not change any of it otherwise.
CREATE PROCEDURE dbo.remove_segment @segment bigint WITH EXECUTE AS OWNER AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @lane bigint;
  DECLARE @number nvarchar(20);
  DECLARE @sql nvarchar(max);
  SELECT @lane = lane_id FROM dbo.segment WITH (UPDLOCK)
    WHERE segment = @segment AND state = N'sealed';
  IF @lane IS NULL
  BEGIN
    RAISERROR(N'the segment is not sealed', 16, 1);
    RETURN;
  END
  IF NOT EXISTS (SELECT 1 FROM dbo.removal AS r JOIN dbo.duty_event AS d
                 ON d.kind = 18 AND d.entry = r.entry WHERE r.segment = @segment)
  BEGIN
    RAISERROR(N'its removal is no event of the ledger', 16, 1);
    RETURN;
  END
  IF EXISTS (SELECT 1 FROM dbo.held_event WHERE segment = @segment)
  BEGIN
    RAISERROR(N'a hold keeps events of it', 16, 1);
    RETURN;
  END
  SET @number = CAST(@segment AS nvarchar(20));
  SET @sql = N'DELETE FROM dbo.event_' + @number + N' WHERE event_id NOT IN (SELECT event_id'
    + N' FROM dbo.duty_event WHERE lane_id = ' + CAST(@lane AS nvarchar(20)) + N')';
  EXEC (@sql);
  UPDATE dbo.segment
    SET removed_at = CAST(DATEDIFF(day, '1970-01-01', SYSUTCDATETIME()) AS bigint) * 86400000000
      + CAST(DATEDIFF(millisecond, CAST(CAST(SYSUTCDATETIME() AS date) AS datetime2(3)),
                      SYSUTCDATETIME()) AS bigint) * 1000
    WHERE segment = @segment;
END;
GO
CREATE PROCEDURE dbo.remove_pack @segment bigint, @first_event_id bigint,
  @new_body varbinary(max) WITH EXECUTE AS OWNER AS
BEGIN
  SET NOCOUNT ON;
  UPDATE p SET p.body = @new_body FROM dbo.pack AS p
    JOIN dbo.segment AS s ON s.lane_id = p.lane_id
    WHERE s.segment = @segment AND s.removed_at IS NOT NULL
      AND p.first_event_id = @first_event_id
      AND @first_event_id BETWEEN s.first_event_id AND s.last_event_id
      AND NOT EXISTS (SELECT 1 FROM dbo.duty_event AS d
                      WHERE d.lane_id = p.lane_id AND d.event_id = p.first_event_id);
  IF @@ROWCOUNT = 0 RAISERROR(N'the pack stays', 16, 1);
END;
