-- Legal holds. What a row with the command 'add' names may not be removed or redacted until another
-- one with 'release' names it in of_entry; rows are never changed. A hold is of what happened in
-- `room` (its address or a name that it had), of what `person` did or what was done to him (by
-- address, name or e-mail), from since_at to before until_at; what is NULL does not narrow it.
CREATE TABLE IF NOT EXISTS hold (
  entry      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  of_entry   BIGINT REFERENCES hold (entry),
  written_at BIGINT NOT NULL DEFAULT
    (TIMESTAMPDIFF(MICROSECOND, TIMESTAMP'1970-01-01 00:00:00', UTC_TIMESTAMP(6))),
  db_user    VARCHAR(255) NOT NULL DEFAULT
    (LEFT(USER(), CHAR_LENGTH(USER()) - CHAR_LENGTH(SUBSTRING_INDEX(USER(), '@', -1)) - 1)),
  os_user    TEXT NOT NULL CHECK (LENGTH(os_user) <= 1024),
  host       TEXT NOT NULL CHECK (LENGTH(host) <= 1024),
  command    VARCHAR(16) NOT NULL CHECK (command IN ('add', 'release')),
  details    MEDIUMTEXT NOT NULL CHECK (LENGTH(details) <= 262144),
  room       VARCHAR(1024),
  person     VARCHAR(1024),
  since_at   BIGINT,
  until_at   BIGINT,
  CHECK ((command = 'release') = (of_entry IS NOT NULL))
) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The events that holds keep, one row for each hold of each. Names are looked up first: an event
-- has ids, and a hold has words. A name leads to an address, and that to all that was ever recorded
-- under it, as in a search.
CREATE OR REPLACE VIEW open_hold AS
SELECT h.entry AS hold, h.room, h.person, h.since_at, h.until_at FROM hold AS h
WHERE h.command = 'add' AND NOT EXISTS
  (SELECT 1 FROM hold AS r WHERE r.command = 'release' AND r.of_entry = h.entry);
CREATE OR REPLACE VIEW held_room AS
SELECT h.hold, room.room_id FROM open_hold AS h
JOIN room AS named ON named.uri = h.room OR named.name = h.room
JOIN room AS room ON room.uri = named.uri
UNION
SELECT h.hold, room.room_id FROM open_hold AS h
JOIN room_detail AS detail ON detail.name = h.room
JOIN room AS named ON named.room_id = detail.room_id
JOIN room AS room ON room.uri = named.uri;
CREATE OR REPLACE VIEW held_person AS
SELECT h.hold, person.person_id FROM open_hold AS h
JOIN person AS named ON named.uri = h.person OR named.name = h.person OR named.email = h.person
JOIN person AS person ON person.uri = named.uri
UNION
SELECT h.hold, person.person_id FROM open_hold AS h
JOIN person_detail AS detail ON detail.name = h.person OR detail.email = h.person
JOIN person AS named ON named.person_id = detail.person_id
JOIN person AS person ON person.uri = named.uri;
CREATE OR REPLACE VIEW held_event AS
SELECT e.segment, e.event_id, h.hold
FROM open_hold AS h
JOIN event AS e ON (h.since_at IS NULL OR e.occurred_at >= h.since_at)
  AND (h.until_at IS NULL OR e.occurred_at < h.until_at)
LEFT JOIN held_room AS in_room ON in_room.hold = h.hold AND in_room.room_id = e.room_id
LEFT JOIN held_person AS by_person
  ON by_person.hold = h.hold AND by_person.person_id = e.actor_id
LEFT JOIN held_person AS to_person
  ON to_person.hold = h.hold AND to_person.person_id = e.target_id
WHERE (h.room IS NULL OR in_room.hold IS NOT NULL)
  AND (h.person IS NULL OR by_person.hold IS NOT NULL OR to_person.hold IS NOT NULL);

CALL show_to_auditors('hold');
CALL show_to_auditors('open_hold');
CALL show_to_auditors('held_event');
