-- What the detectors of web attacks learn from earlier days.

create table lake.script_day (
    log_date date, site_id varchar, url_path varchar,
    requests ubigint, addresses ubigint, posts ubigint
);
comment on table lake.script_day is 'One row per site, day and script (a path that ends as programs do) that answered with 2xx; the 2,000 most asked of a site and day. Tells which scripts are new. [none]';
comment on column lake.script_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.script_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.script_day.url_path is 'Path as logged. [none]';
comment on column lake.script_day.requests is 'Requests answered with 2xx. [none]';
comment on column lake.script_day.addresses is 'Distinct client addresses in these. [none]';
comment on column lake.script_day.posts is 'Of these, POST. [none]';

create table lake.peak_day (
    log_date date, site_id varchar, addresses ubigint,
    busiest_minute ubigint, busiest_day ubigint
);
comment on table lake.peak_day is 'One row per site and day: the most requests that one address made in a minute and in the day, crawlers and other bots left out. Tells a flood. [none]';
comment on column lake.peak_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.peak_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.peak_day.addresses is 'Distinct client addresses. [none]';
comment on column lake.peak_day.busiest_minute is 'Most requests of one address in one minute. [none]';
comment on column lake.peak_day.busiest_day is 'Most requests of one address. [none]';

-- The aggregates of all days have to be computed with the new tables.
delete from lake.stage_run where stage = 'aggregate';
