-- Whose records each user saw, by day: what is collected over weeks is counted without the records.

create table lake.user_subject_day (
    log_date date, site_id varchar, user_id varchar, user_type varchar,
    subjects uinteger[], levels utinyint[]
);
comment on table lake.user_subject_day is 'サイト・利用者・日ごとに一行：一件ずつの表示で見た人の見本。だれの記録かは戻せない / One row per site, user and day with records seen, of customers with those of two people or more: a sample of whose they were, from which the distinct people of any days can be counted. [personal]';
comment on column lake.user_subject_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.user_subject_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.user_subject_day.user_id is 'User. [personal]';
comment on column lake.user_subject_day.user_type is 'customer, staff, franchise, contractor or system; null when unknown. [none]';
comment on column lake.user_subject_day.subjects is 'Keyed hashes of 32 bits of the data subjects, ascending: all of a day with up to 256, else the 256 lowest, which are a fair sample. [pseudonym]';
comment on column lake.user_subject_day.levels is 'The highest management level at which each of them was seen, 0 to 3, in the same order. [none]';
