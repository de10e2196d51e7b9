-- A segment is 'next' while it is empty and waits for its turn, 'hot' while rows are added, 'full'
-- when the next one has taken over and its indexes are not all there, and 'sealed' when they are.
ALTER TABLE dbo.segment DROP CONSTRAINT segment_state;
GO
ALTER TABLE dbo.segment ADD CONSTRAINT segment_state
  CHECK (state IN (N'next', N'hot', N'full', N'sealed'));
GO
ALTER TABLE dbo.segment ADD sealed_at bigint NULL;
GO
DROP VIEW audit.segment;
GO
CREATE VIEW audit.segment AS SELECT segment, lane_id, state, first_event_id, last_event_id,
  least_occurred_at, greatest_occurred_at, opened_at, sealed_at FROM dbo.segment;
GO
-- Builds one more of the indexes of a full segment, and answers 1, or 0 when all are there. The
-- words of a text are not indexed: full-text search is a part of SQL Server that need not be there.
CREATE PROCEDURE dbo.seal_segment @segment bigint WITH EXECUTE AS OWNER AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @table nvarchar(30);
  DECLARE @missing nvarchar(10);
  DECLARE @sql nvarchar(max);
  IF NOT EXISTS (SELECT 1 FROM dbo.segment WHERE segment = @segment AND state = N'full')
  BEGIN
    RAISERROR(N'the segment is not full', 16, 1);
    RETURN;
  END
  SET @table = N'event_' + CAST(@segment AS nvarchar(20));
  SELECT TOP (1) @missing = w.suffix
    FROM (SELECT 1 AS place, N'room' AS suffix UNION ALL SELECT 2, N'actor'
          UNION ALL SELECT 3, N'target' UNION ALL SELECT 4, N'time') AS w
    WHERE NOT EXISTS (SELECT 1 FROM sys.indexes AS i
      WHERE i.object_id = OBJECT_ID(N'dbo.' + @table) AND i.name = @table + N'_' + w.suffix)
    ORDER BY w.place;
  IF @missing IS NOT NULL
  BEGIN
    SET @sql = N'CREATE INDEX ' + @table + N'_' + @missing + N' ON dbo.' + @table
      + CASE @missing WHEN N'room' THEN N' (room_id, occurred_at)'
                      WHEN N'actor' THEN N' (actor_id, occurred_at)'
                      WHEN N'target' THEN N' (target_id, occurred_at) WHERE target_id IS NOT NULL'
                      ELSE N' (occurred_at)' END;
    EXEC (@sql);
  END
  SELECT CAST(CASE WHEN @missing IS NULL THEN 0 ELSE 1 END AS bigint) AS more;
END;
