-- Who signed that a day's report was read, and which version of it.

create table lake.review (
    date date, author varchar, note varchar, version varchar,
    reported_at timestamptz, signed_at timestamptz
);
comment on table lake.review is 'One row per signature under a day''s report: somebody says that it was read. Never changed and never deleted; signing again adds a row. [personal]';
comment on column lake.review.date is 'Day whose report was read. [none]';
comment on column lake.review.author is 'Who signed. [personal]';
comment on column lake.review.note is 'What the person wrote. [personal]';
comment on column lake.review.version is 'Fingerprint of what the report rests on: its findings as they were found and its lines. Differs from the present one when the day has changed since. [none]';
comment on column lake.review.reported_at is 'Instant at which the report that was read had been made. [none]';
comment on column lake.review.signed_at is 'Instant of the signature. [none]';

comment on column lake.stage_run.stage is 'aggregate, check, detect, report, upkeep or audit. [none]';
