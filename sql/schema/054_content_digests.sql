-- Keyed anew when the lake is next opened to be written (pipelines/lake/keyed_hashes.py).
comment on column lake.ledger.content_sha256 is 'HMAC-SHA-256, by a key of the lake, of the SHA-256 of those content_bytes: tells nobody who puts the file together again with a guess in it. [none]';
comment on column lake.context_read.sha256 is 'Fingerprint of the content: HMAC-SHA-256 by a key of the lake. [none]';
comment on column lake.service_read.sha256 is 'HMAC-SHA-256, by a key of the lake, of the SHA-256 of the first size bytes of the file, or of the table''s rows; null where it could not be read. [none]';
