-- Who is who: one person under several spellings of a user name, lines of a session that name nobody,
-- and which records are a person's stock.

create table lake.user_spelling (
    user_id varchar, usual_id varchar, user_type varchar, seen_on date
);
comment on table lake.user_spelling is 'One row per spelling of a user name beside the usual one: other case, or with or without the domain before a backslash. [personal]';
comment on column lake.user_spelling.user_id is 'User as logged. [personal]';
comment on column lake.user_spelling.usual_id is 'The spelling under which aggregates and findings have the user. [personal]';
comment on column lake.user_spelling.user_type is 'Type of the user under the usual spelling. [none]';
comment on column lake.user_spelling.seen_on is 'Day in the configured zone on which the spelling was first seen. [none]';

create table lake.session_user (
    log_date date, site_id varchar, session_id varchar, user_id varchar, user_type varchar
);
comment on table lake.session_user is 'One row per day, site and session whose lines name one user, and nobody on some that touch personal data: those are counted as the user''s. [personal]';
comment on column lake.session_user.log_date is 'Day in the configured zone. [none]';
comment on column lake.session_user.site_id is 'Site, see lake.site. [none]';
comment on column lake.session_user.session_id is 'Session. [pseudonym]';
comment on column lake.session_user.user_id is 'The user that its other lines name, under the usual spelling. [personal]';
comment on column lake.session_user.user_type is 'Type of the user. [none]';

alter table lake.user_day add column subject_bits_low ubigint;
alter table lake.user_day add column subject_bits_high ubigint;
comment on column lake.user_day.subject_bits_low is 'Which data subjects the records were of: of 128 bits, each set by a hash of some of them, the first 64. [pseudonym]';
comment on column lake.user_day.subject_bits_high is 'The other 64. [pseudonym]';

-- The aggregates of all days have to be computed with the new columns and names.
delete from lake.stage_run where stage = 'aggregate';
