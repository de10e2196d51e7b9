-- The record under the names of Lync Server 2013 and Skype for Business 2015, so that queries that
-- were written for those run here: tblComplianceData and tblComplianceParticipant as in mgccomp
-- there, and of mgc there what its documented sample queries read and the record knows. Times are
-- in ticks: 100 ns since the year 1, UTC; entryDate is to the minute. In the first lane cmplEventID
-- is event_id. Nothing leaves these views as it left those tables: chats that were deleted later
-- and people who have gone are among the rows. Kinds of events that the original had no number for
-- are in compliance_event alone.
CREATE OR REPLACE VIEW tblComplianceData AS
SELECT (s.lane_id - 1) * 281474976710656 + e.event_id AS cmplEventID,
       TIMESTAMP'1970-01-01 00:00:00' + INTERVAL (b.received_at + 30000000) DIV 60000000 MINUTE
         AS entryDate,
       CASE e.kind WHEN 3 THEN 1 WHEN 4 THEN 2 WHEN 6 THEN 3 WHEN 5 THEN 4 WHEN 8 THEN 10
                   ELSE 11 END AS cmplType,
       (e.occurred_at + 62135596800000000) * 10 AS cmplTime,
       COALESCE(room.uri, '') AS cmplChannelUri,
       e.chat_id AS cmplChatID,
       COALESCE(e.actor_id, 0) AS cmplUserID,
       COALESCE(actor.uri, '') AS cmplUserUri,
       CASE WHEN e.kind IN (5, 6) THEN e.file_name ELSE e.content END AS cmplMessage
FROM event AS e
JOIN segment AS s ON s.segment = e.segment
JOIN block AS b ON b.lane_id = s.lane_id AND b.block = e.block
LEFT JOIN room AS room ON room.room_id = e.room_id
LEFT JOIN person AS actor ON actor.person_id = e.actor_id
WHERE e.kind IN (3, 4, 5, 6, 8, 9);

-- Each JOIN with the PART that came next for the same person in the same room. A JOIN that is the
-- n-th of both kinds and the k-th JOIN has n - k PARTs before it: so the next one is found by
-- its number, in one sort, whatever indexes there are.
CREATE OR REPLACE VIEW tblComplianceParticipant AS
WITH moved AS (
  SELECT s.lane_id, e.kind, e.occurred_at, e.node_id, e.epoch, e.sequence, e.actor_id,
         room.uri AS room_uri, actor.uri AS actor_uri,
         ROW_NUMBER() OVER (PARTITION BY s.lane_id, room.uri, actor.uri ORDER BY e.event_id)
           AS number_of_both,
         ROW_NUMBER() OVER (PARTITION BY s.lane_id, room.uri, actor.uri, e.kind
                            ORDER BY e.event_id) AS number_of_kind
  FROM event AS e
  JOIN segment AS s ON s.segment = e.segment
  JOIN room AS room ON room.room_id = e.room_id
  JOIN person AS actor ON actor.person_id = e.actor_id
  WHERE e.kind IN (1, 2))
SELECT j.room_uri AS channelUri,
       j.actor_id AS userId,
       (j.occurred_at + 62135596800000000) * 10 AS joinedAt,
       (p.occurred_at + 62135596800000000) * 10 AS partedAt,  -- NULL: still there
       j.actor_uri AS userUri,
       j.node_id AS serverID,
       -- The start of the node that recorded it; 0 where its nodes do not say.
       COALESCE((SELECT MAX(n.session) FROM node_session AS n
                 WHERE n.node_id = j.node_id AND n.epoch = j.epoch AND n.first_sequence =
                   (SELECT MAX(f.first_sequence) FROM node_session AS f
                    WHERE f.node_id = j.node_id AND f.epoch = j.epoch
                      AND f.first_sequence <= j.sequence)), 0) AS sessionId
FROM moved AS j
LEFT JOIN moved AS p ON p.kind = 2 AND p.lane_id = j.lane_id AND p.room_uri = j.room_uri
  AND p.actor_uri = j.actor_uri
  AND p.number_of_kind = j.number_of_both - j.number_of_kind + 1
WHERE j.kind = 1;

CREATE OR REPLACE VIEW tblChat AS
SELECT e.room_id AS channelId, e.chat_id AS chatId,
       (e.occurred_at + 62135596800000000) * 10 AS chatDate, e.actor_id AS userId,
       0 AS isAlert, e.content AS content
FROM event AS e WHERE e.kind = 3;
-- One row for each name that a room had, and for each name and address of a person.
CREATE OR REPLACE VIEW tblNode AS
SELECT room.room_id AS nodeID,
       COALESCE(NULLIF(room.name, ''), NULLIF(detail.name, ''), room.uri) AS nodeName
FROM room AS room LEFT JOIN room_detail AS detail ON detail.room_id = room.room_id;
CREATE OR REPLACE VIEW tblPrincipal AS
SELECT person.person_id AS prinID, person.uri AS prinUri,
       COALESCE(NULLIF(person.name, ''), NULLIF(detail.name, ''), person.uri) AS prinName,
       COALESCE(NULLIF(person.email, ''), detail.email, '') AS prinEmail
FROM person AS person LEFT JOIN person_detail AS detail
  ON detail.person_id = person.person_id;
CREATE OR REPLACE VIEW tblPrincipalInvites AS
SELECT e.target_id AS prinID, e.event_id AS invID, e.room_id AS nodeID,
       TIMESTAMP'1970-01-01 00:00:00' + INTERVAL e.occurred_at DIV 1000000 SECOND AS createdOn
FROM event AS e WHERE e.kind = 10 AND e.target_id IS NOT NULL;

CALL show_to_auditors('tblComplianceData');
CALL show_to_auditors('tblComplianceParticipant');
CALL show_to_auditors('tblChat');
CALL show_to_auditors('tblNode');
CALL show_to_auditors('tblPrincipal');
CALL show_to_auditors('tblPrincipalInvites');
