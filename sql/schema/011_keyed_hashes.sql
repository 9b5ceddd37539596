-- Hashes of values that could be found by trying are keyed. Those that stand in the lake already are
-- keyed by the first start of this release (pipelines/keyed_hashes.py).

create table lake.keyed_hash (purpose varchar, key_print varchar, since timestamptz);
comment on table lake.keyed_hash is 'One row per use that the lake makes of its hash key: a start without that key is refused. [none]';
comment on column lake.keyed_hash.purpose is 'session, client, first-line or subject-bits. [none]';
comment on column lake.keyed_hash.key_print is 'What tells the key from another: a hash made with it, which does not give it away. [none]';
comment on column lake.keyed_hash.since is 'Instant from which the hashes of this purpose are made with the key; session ids always were. [none]';

comment on column lake.client.client_id is 'Keyed hash of address, host name and GeoIP edition; key of lake.request. Rows of a release before keyed hashes keep the plain hash. [pseudonym]';
comment on column lake.ledger.first_line_sha256 is 'HMAC-SHA-256, by a key of the lake, of the SHA-256 of the first line that is no directive: finds a file again whatever its name, and tells nobody who has a line in mind. [none]';
comment on column lake.user_day.subject_bits_low is 'Which data subjects the records were of: of 128 bits, each set by a keyed hash of some of them, the first 64. [pseudonym]';

-- The bits of all days have to be computed with the key.
delete from lake.stage_run where stage = 'aggregate';
