-- A file is found by its hash: segments that are sealed get one more index, when there is time.
UPDATE segment SET state = 'full', sealed_at = NULL WHERE state = 'sealed';
