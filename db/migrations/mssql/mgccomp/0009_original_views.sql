-- The record under the names of Lync Server 2013 and Skype for Business 2015, so that queries that
-- were written for those run here: tblComplianceData and tblComplianceParticipant as in mgccomp
-- there, and of mgc there what its documented sample queries read and the record knows. Times are
-- in ticks: 100 ns since the year 1, UTC; entryDate is to the minute. In the first lane cmplEventID
-- is event_id. Nothing leaves these views as it left those tables: chats that were deleted later
-- and people who have gone are among the rows. Kinds of events that the original had no number for
-- are in compliance_event alone.
CREATE VIEW dbo.tblComplianceData AS
SELECT (s.lane_id - 1) * CAST(281474976710656 AS bigint) + e.event_id AS cmplEventID,
       CAST(DATEADD(minute, CAST((b.received_at + 30000000) / 60000000 AS int),
                    CAST('1970-01-01' AS datetime2(0))) AS smalldatetime)
         AS entryDate,
       CASE e.kind WHEN 3 THEN 1 WHEN 4 THEN 2 WHEN 6 THEN 3 WHEN 5 THEN 4 WHEN 8 THEN 10
                   ELSE 11 END AS cmplType,
       (e.occurred_at + CAST(62135596800000000 AS bigint)) * 10 AS cmplTime,
       COALESCE(room.uri, N'') AS cmplChannelUri,
       e.chat_id AS cmplChatID,
       COALESCE(e.actor_id, 0) AS cmplUserID,
       COALESCE(actor.uri, N'') AS cmplUserUri,
       CASE WHEN e.kind IN (5, 6) THEN e.file_name ELSE e.content END AS cmplMessage
FROM dbo.event AS e
JOIN dbo.segment AS s ON s.segment = e.segment
JOIN dbo.block AS b ON b.lane_id = s.lane_id AND b.block = e.block
LEFT JOIN dbo.room AS room ON room.room_id = e.room_id
LEFT JOIN dbo.person AS actor ON actor.person_id = e.actor_id
WHERE e.kind IN (3, 4, 5, 6, 8, 9);
GO
-- Each JOIN with the PART that came next for the same person in the same room. A JOIN that is the
-- n-th of both kinds and the k-th JOIN has n - k PARTs before it: so the next one is found by
-- its number, in one sort, whatever indexes there are.
CREATE VIEW dbo.tblComplianceParticipant AS
WITH moved AS (
  SELECT s.lane_id, e.kind, e.occurred_at, e.node_id, e.epoch, e.sequence, e.actor_id,
         room.uri AS room_uri, actor.uri AS actor_uri,
         ROW_NUMBER() OVER (PARTITION BY s.lane_id, room.uri, actor.uri ORDER BY e.event_id)
           AS number_of_both,
         ROW_NUMBER() OVER (PARTITION BY s.lane_id, room.uri, actor.uri, e.kind
                            ORDER BY e.event_id) AS number_of_kind
  FROM dbo.event AS e
  JOIN dbo.segment AS s ON s.segment = e.segment
  JOIN dbo.room AS room ON room.room_id = e.room_id
  JOIN dbo.person AS actor ON actor.person_id = e.actor_id
  WHERE e.kind IN (1, 2))
SELECT j.room_uri AS channelUri,
       j.actor_id AS userId,
       (j.occurred_at + CAST(62135596800000000 AS bigint)) * 10 AS joinedAt,
       (p.occurred_at + CAST(62135596800000000 AS bigint)) * 10 AS partedAt,  -- NULL: still there
       j.actor_uri AS userUri,
       j.node_id AS serverID,
       -- The start of the node that recorded it; 0 where its nodes do not say.
       COALESCE((SELECT MAX(n.session) FROM dbo.node_session AS n
                 WHERE n.node_id = j.node_id AND n.epoch = j.epoch AND n.first_sequence =
                   (SELECT MAX(f.first_sequence) FROM dbo.node_session AS f
                    WHERE f.node_id = j.node_id AND f.epoch = j.epoch
                      AND f.first_sequence <= j.sequence)), 0) AS sessionId
FROM moved AS j
LEFT JOIN moved AS p ON p.kind = 2 AND p.lane_id = j.lane_id AND p.room_uri = j.room_uri
  AND p.actor_uri = j.actor_uri
  AND p.number_of_kind = j.number_of_both - j.number_of_kind + 1
WHERE j.kind = 1;
GO
CREATE VIEW dbo.tblChat AS
SELECT e.room_id AS channelId, e.chat_id AS chatId,
       (e.occurred_at + CAST(62135596800000000 AS bigint)) * 10 AS chatDate, e.actor_id AS userId,
       0 AS isAlert, e.content AS content
FROM dbo.event AS e WHERE e.kind = 3;
GO
-- One row for each name that a room had, and for each name and address of a person.
CREATE VIEW dbo.tblNode AS
SELECT room.room_id AS nodeID,
       COALESCE(NULLIF(room.name, N''), NULLIF(detail.name, N''), room.uri) AS nodeName
FROM dbo.room AS room LEFT JOIN dbo.room_detail AS detail ON detail.room_id = room.room_id;
GO
CREATE VIEW dbo.tblPrincipal AS
SELECT person.person_id AS prinID, person.uri AS prinUri,
       COALESCE(NULLIF(person.name, N''), NULLIF(detail.name, N''), person.uri) AS prinName,
       COALESCE(NULLIF(person.email, N''), detail.email, N'') AS prinEmail
FROM dbo.person AS person LEFT JOIN dbo.person_detail AS detail
  ON detail.person_id = person.person_id;
GO
CREATE VIEW dbo.tblPrincipalInvites AS
SELECT e.target_id AS prinID, e.event_id AS invID, e.room_id AS nodeID,
       DATEADD(second, CAST(e.occurred_at / 1000000 % 86400 AS int),
         DATEADD(day, CAST(e.occurred_at / CAST(86400000000 AS bigint) AS int),
                 CAST('1970-01-01' AS datetime2(0)))) AS createdOn
FROM dbo.event AS e WHERE e.kind = 10 AND e.target_id IS NOT NULL;
GO
CREATE VIEW audit.tblComplianceData AS SELECT cmplEventID, entryDate, cmplType, cmplTime,
  cmplChannelUri, cmplChatID, cmplUserID, cmplUserUri, cmplMessage
  FROM dbo.tblComplianceData;
GO
CREATE VIEW audit.tblComplianceParticipant AS SELECT channelUri, userId, joinedAt,
  partedAt, userUri, serverID, sessionId
  FROM dbo.tblComplianceParticipant;
GO
CREATE VIEW audit.tblChat AS SELECT channelId, chatId, chatDate, userId, isAlert, content
  FROM dbo.tblChat;
GO
CREATE VIEW audit.tblNode AS SELECT nodeID, nodeName
  FROM dbo.tblNode;
GO
CREATE VIEW audit.tblPrincipal AS SELECT prinID, prinUri, prinName, prinEmail
  FROM dbo.tblPrincipal;
GO
CREATE VIEW audit.tblPrincipalInvites AS SELECT prinID, invID, nodeID, createdOn
  FROM dbo.tblPrincipalInvites;
GO
CREATE FUNCTION dbo.fnTicksToDate (@ticks bigint) RETURNS datetime2(7) AS
BEGIN
  RETURN DATEADD(nanosecond, CAST(@ticks % 10000000 * 100 AS int),
         DATEADD(second, CAST(@ticks / 10000000 % 86400 AS int),
         DATEADD(day, CAST(@ticks / CAST(864000000000 AS bigint) AS int),
                 CAST('0001-01-01' AS datetime2(7)))));
END;
