-- Segments whose time is over. A row says what is removed, by whom, and what it hashed to; the
-- service makes an event of it. Only then the program takes the rows of the segment's events,
-- and puts a body in the place of each of its packs that has the leaves of the ledger where the
-- events were; in one transaction. What hashes, counts and names them stays, and so do the
-- events that say what was done with the record. Nothing that a hold keeps can be removed.
CREATE TABLE removal (
  entry      INTEGER PRIMARY KEY AUTOINCREMENT,
  of_entry   INTEGER CHECK (of_entry IS NULL),
  written_at INTEGER NOT NULL
    DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000),
  db_user    TEXT NOT NULL DEFAULT '',
  os_user    TEXT NOT NULL CHECK (length(CAST(os_user AS BLOB)) <= 1024),
  host       TEXT NOT NULL CHECK (length(CAST(host AS BLOB)) <= 1024),
  command    TEXT NOT NULL CHECK (command = 'segment'),
  details    TEXT NOT NULL CHECK (length(CAST(details AS BLOB)) <= 262144),
  segment    INTEGER NOT NULL REFERENCES segment
) STRICT;
ALTER TABLE segment ADD COLUMN removed_at INTEGER;
