-- Legal holds. What a row with the command 'add' names may not be removed or redacted until another
-- one with 'release' names it in of_entry; rows are never changed. A hold is of what happened in
-- `room` (its address or a name that it had), of what `person` did or what was done to him (by
-- address, name or e-mail), from since_at to before until_at; what is NULL does not narrow it.
CREATE TABLE dbo.hold (
  entry bigint IDENTITY(1, 1) NOT NULL CONSTRAINT hold_key PRIMARY KEY,
  of_entry bigint CONSTRAINT hold_of REFERENCES dbo.hold (entry),
  written_at bigint NOT NULL CONSTRAINT hold_now DEFAULT
    (CAST(DATEDIFF(day, '1970-01-01', SYSUTCDATETIME()) AS bigint) * 86400000000
      + CAST(DATEDIFF(millisecond, CAST(CAST(SYSUTCDATETIME() AS date) AS datetime2(3)),
                      SYSUTCDATETIME()) AS bigint) * 1000),
  db_user nvarchar(128) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT hold_user DEFAULT (ORIGINAL_LOGIN()),
  os_user nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  host nvarchar(341) COLLATE Latin1_General_100_BIN2 NOT NULL,
  command nvarchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL
    CONSTRAINT hold_command CHECK (command IN (N'add', N'release')),
  details nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
  room nvarchar(1024) COLLATE Latin1_General_100_BIN2,
  person nvarchar(1024) COLLATE Latin1_General_100_BIN2,
  since_at bigint,
  until_at bigint,
  CONSTRAINT hold_login CHECK (db_user = ORIGINAL_LOGIN()),
  CONSTRAINT hold_details CHECK (DATALENGTH(details) <= 174762),
  CONSTRAINT hold_release CHECK ((command = N'add' AND of_entry IS NULL)
    OR (command = N'release' AND of_entry IS NOT NULL))
);
GO
-- The events that holds keep, one row for each hold of each. Names are looked up first: an event
-- has ids, and a hold has words. A name leads to an address, and that to all that was ever recorded
-- under it, as in a search.
CREATE VIEW dbo.open_hold AS
SELECT h.entry AS hold, h.room, h.person, h.since_at, h.until_at FROM dbo.hold AS h
WHERE h.command = N'add' AND NOT EXISTS
  (SELECT 1 FROM dbo.hold AS r WHERE r.command = N'release' AND r.of_entry = h.entry);
GO
CREATE VIEW dbo.held_room AS
SELECT h.hold, room.room_id FROM dbo.open_hold AS h
JOIN dbo.room AS named ON named.uri = h.room OR named.name = h.room
JOIN dbo.room AS room ON room.uri = named.uri
UNION
SELECT h.hold, room.room_id FROM dbo.open_hold AS h
JOIN dbo.room_detail AS detail ON detail.name = h.room
JOIN dbo.room AS named ON named.room_id = detail.room_id
JOIN dbo.room AS room ON room.uri = named.uri;
GO
CREATE VIEW dbo.held_person AS
SELECT h.hold, person.person_id FROM dbo.open_hold AS h
JOIN dbo.person AS named ON named.uri = h.person OR named.name = h.person OR named.email = h.person
JOIN dbo.person AS person ON person.uri = named.uri
UNION
SELECT h.hold, person.person_id FROM dbo.open_hold AS h
JOIN dbo.person_detail AS detail ON detail.name = h.person OR detail.email = h.person
JOIN dbo.person AS named ON named.person_id = detail.person_id
JOIN dbo.person AS person ON person.uri = named.uri;
GO
CREATE VIEW dbo.held_event AS
SELECT e.segment, e.event_id, h.hold
FROM dbo.open_hold AS h
JOIN dbo.event AS e ON (h.since_at IS NULL OR e.occurred_at >= h.since_at)
  AND (h.until_at IS NULL OR e.occurred_at < h.until_at)
LEFT JOIN dbo.held_room AS in_room ON in_room.hold = h.hold AND in_room.room_id = e.room_id
LEFT JOIN dbo.held_person AS by_person
  ON by_person.hold = h.hold AND by_person.person_id = e.actor_id
LEFT JOIN dbo.held_person AS to_person
  ON to_person.hold = h.hold AND to_person.person_id = e.target_id
WHERE (h.room IS NULL OR in_room.hold IS NOT NULL)
  AND (h.person IS NULL OR by_person.hold IS NOT NULL OR to_person.hold IS NOT NULL);
GO
CREATE VIEW audit.hold AS SELECT entry, of_entry, written_at, db_user, os_user, host, command,
  details, room, person, since_at, until_at FROM dbo.hold;
GO
CREATE VIEW audit.open_hold AS SELECT hold, room, person, since_at, until_at FROM dbo.open_hold;
GO
CREATE VIEW audit.held_event AS SELECT segment, event_id, hold FROM dbo.held_event;
