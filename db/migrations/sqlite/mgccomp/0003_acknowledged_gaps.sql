-- Receipts stay before a gap, so that what is missing can still be sent. They go past one that
-- nobody can send any more, or whose pack is kept as a dead letter, when `acknowledged` says why.
-- The gap stays open all the same until its events are stored.
ALTER TABLE gap ADD COLUMN acknowledged TEXT;

-- A pack that follows one of another history is known by the digest of that one.
CREATE INDEX dead_letter_sha256 ON dead_letter (sha256);
