-- Legal holds. What a row with the command 'add' names may not be removed or redacted until another
-- one with 'release' names it in of_entry; rows are never changed. A hold is of what happened in
-- `room` (its address or a name that it had), of what `person` did or what was done to him (by
-- address, name or e-mail), from since_at to before until_at; what is NULL does not narrow it.
CREATE TABLE hold (
  entry      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  of_entry   bigint REFERENCES hold,
  written_at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
  db_user    text COLLATE "C" NOT NULL DEFAULT session_user,
  os_user    text COLLATE "C" NOT NULL CHECK (octet_length(os_user) <= 1024),
  host       text COLLATE "C" NOT NULL CHECK (octet_length(host) <= 1024),
  command    text COLLATE "C" NOT NULL CHECK (command IN ('add', 'release')),
  details    text COLLATE "C" NOT NULL CHECK (octet_length(details) <= 262144),
  room       text COLLATE "C",
  person     text COLLATE "C",
  since_at   bigint,
  until_at   bigint,
  CHECK ((command = 'release') = (of_entry IS NOT NULL))
);

-- The events that holds keep, one row for each hold of each. Names are looked up first: an event
-- has ids, and a hold has words. A name leads to an address, and that to all that was ever recorded
-- under it, as in a search.
CREATE VIEW open_hold AS
SELECT h.entry AS hold, h.room, h.person, h.since_at, h.until_at FROM hold AS h
WHERE h.command = 'add' AND NOT EXISTS
  (SELECT 1 FROM hold AS r WHERE r.command = 'release' AND r.of_entry = h.entry);
CREATE VIEW held_room AS
SELECT h.hold, room.room_id FROM open_hold AS h
JOIN room AS named ON named.uri = h.room OR named.name = h.room
JOIN room AS room ON room.uri = named.uri
UNION
SELECT h.hold, room.room_id FROM open_hold AS h
JOIN room_detail AS detail ON detail.name = h.room
JOIN room AS named ON named.room_id = detail.room_id
JOIN room AS room ON room.uri = named.uri;
CREATE VIEW held_person AS
SELECT h.hold, person.person_id FROM open_hold AS h
JOIN person AS named ON named.uri = h.person OR named.name = h.person OR named.email = h.person
JOIN person AS person ON person.uri = named.uri
UNION
SELECT h.hold, person.person_id FROM open_hold AS h
JOIN person_detail AS detail ON detail.name = h.person OR detail.email = h.person
JOIN person AS named ON named.person_id = detail.person_id
JOIN person AS person ON person.uri = named.uri;
CREATE VIEW held_event AS
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

DO $$
DECLARE source text;
BEGIN
  FOREACH source IN ARRAY ARRAY['hold', 'open_hold', 'held_event'] LOOP
    EXECUTE format('CREATE VIEW %I.%I AS SELECT * FROM %I.%I', current_schema() || '_audit', source,
                   current_schema(), source);
  END LOOP;
END $$;
