-- The content of one event can go: somebody asks for it ('request') and somebody else approves
-- it ('approve', which names the request in of_entry). The service makes events of both rows.
-- Only then the program puts a body in the place of the event's pack that has its leaf of the
-- ledger where its bytes were, and a notice in the place of its content. Nothing that a hold
-- keeps is redacted.
CREATE TABLE redaction (
  entry      INTEGER PRIMARY KEY AUTOINCREMENT,
  of_entry   INTEGER REFERENCES redaction,
  written_at INTEGER NOT NULL
    DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000),
  db_user    TEXT NOT NULL DEFAULT '',
  os_user    TEXT NOT NULL CHECK (length(CAST(os_user AS BLOB)) <= 1024),
  host       TEXT NOT NULL CHECK (length(CAST(host AS BLOB)) <= 1024),
  command    TEXT NOT NULL CHECK (command IN ('request', 'approve')),
  details    TEXT NOT NULL CHECK (length(CAST(details AS BLOB)) <= 262144),
  lane_id    INTEGER NOT NULL REFERENCES lane,
  event_id   INTEGER NOT NULL,
  CHECK ((command = 'approve') = (of_entry IS NOT NULL))
) STRICT;
