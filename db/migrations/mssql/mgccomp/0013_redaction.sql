-- The content of one event can go: somebody asks for it ('request') and somebody else approves
-- it ('approve', which names the request in of_entry). The service makes events of both rows.
-- Only then redact_event puts a body in the place of the event's pack that has its leaf of the
-- ledger where its bytes were, and a notice in the place of its content. Nothing that a hold
-- keeps is redacted.
CREATE TABLE dbo.redaction (
  entry bigint IDENTITY(1, 1) NOT NULL CONSTRAINT redaction_key PRIMARY KEY,
  of_entry bigint CONSTRAINT redaction_of REFERENCES dbo.redaction (entry),
  written_at bigint NOT NULL CONSTRAINT redaction_now DEFAULT
    (CAST(DATEDIFF(day, '1970-01-01', SYSUTCDATETIME()) AS bigint) * 86400000000
      + CAST(DATEDIFF(millisecond, CAST(CAST(SYSUTCDATETIME() AS date) AS datetime2(3)),
                      SYSUTCDATETIME()) AS bigint) * 1000),
  db_user nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT redaction_user DEFAULT (ORIGINAL_LOGIN()),
  os_user nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  host nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  command nvarchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT redaction_command CHECK (command IN (N'request', N'approve')),
  details nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  lane_id bigint NOT NULL CONSTRAINT redaction_lane REFERENCES dbo.lane (lane_id),
  event_id bigint NOT NULL,
  CONSTRAINT redaction_login CHECK (db_user = ORIGINAL_LOGIN()),
  CONSTRAINT redaction_details CHECK (DATALENGTH(details) <= 174762),
  CONSTRAINT redaction_approval CHECK ((command = N'request' AND of_entry IS NULL)
    OR (command = N'approve' AND of_entry IS NOT NULL))
);
GO
CREATE VIEW audit.redaction AS SELECT entry, of_entry, written_at, db_user, os_user, host, command,
  details, lane_id, event_id FROM dbo.redaction;
GO
-- Runs as its owner does: whoever keeps the record may not change any of it otherwise.
CREATE PROCEDURE dbo.redact_event @request bigint, @old_body varbinary(max),
  @new_body varbinary(max), @notice nvarchar(max) WITH EXECUTE AS OWNER AS
BEGIN
  SET NOCOUNT ON;
  DECLARE @lane bigint;
  DECLARE @event bigint;
  DECLARE @segment bigint;
  DECLARE @first bigint;
  DECLARE @number nvarchar(20);
  DECLARE @sql nvarchar(max);
  SELECT @lane = r.lane_id, @event = r.event_id FROM dbo.redaction AS r
    JOIN dbo.duty_event AS d ON d.kind = 19 AND d.entry = r.entry
    WHERE r.entry = @request AND r.command = N'request' AND EXISTS (
      SELECT 1 FROM dbo.redaction AS a JOIN dbo.duty_event AS e
        ON e.kind = 19 AND e.entry = a.entry
      WHERE a.of_entry = r.entry AND a.db_user <> r.db_user);
  IF @lane IS NULL
  BEGIN
    RAISERROR(N'the request and its approval by somebody else are no events of the ledger', 16, 1);
    RETURN;
  END
  SELECT @segment = segment FROM dbo.segment WITH (UPDLOCK) WHERE lane_id = @lane
    AND @event BETWEEN first_event_id AND last_event_id AND state IN (N'hot', N'sealed');
  IF @segment IS NULL
  BEGIN
    RAISERROR(N'the segment of the event is being indexed; try again when it is sealed', 16, 1);
    RETURN;
  END
  IF EXISTS (SELECT 1 FROM dbo.held_event WHERE segment = @segment AND event_id = @event)
  BEGIN
    RAISERROR(N'a hold keeps the event', 16, 1);
    RETURN;
  END
  SELECT @first = MAX(first_event_id) FROM dbo.pack
    WHERE lane_id = @lane AND first_event_id <= @event;
  UPDATE dbo.pack SET body = @new_body
    WHERE lane_id = @lane AND first_event_id = @first AND body = @old_body;
  IF @@ROWCOUNT = 0
  BEGIN
    RAISERROR(N'somebody changed the pack of the event meanwhile', 16, 1);
    RETURN;
  END
  SET @number = CAST(@segment AS nvarchar(20));
  SET @sql = N'UPDATE dbo.event_' + @number + N' SET content = @notice, file_name = NULL,'
    + N' file_sha256 = NULL WHERE event_id = @event';
  EXEC sp_executesql @sql, N'@notice nvarchar(max), @event bigint', @notice = @notice,
    @event = @event;
END;
