-- A site that has once sent lines stays expected until somebody closes it.

alter table lake.site add column first_read_at timestamptz;
comment on table lake.site is 'One row per site that the settings or the landing folder name now, or that has ever sent a line. Used by views, checks, detectors and reports. [none]';
comment on column lake.site.site_id is 'Site id from the settings; for a template, with its placeholder filled in. [none]';
comment on column lake.site.seen_at is 'Instant of the ingest that wrote the row: the last one that found anything about the sites changed. [none]';
comment on column lake.site.first_read_at is 'Instant of the first reading that brought a line; null while there was none. [none]';

create table lake.site_closure (
    site_id varchar, closed_on date, reason varchar, author varchar, decided_at timestamptz
);
comment on table lake.site_closure is 'One row per decision that a site is closed, or open again; the last one counts. Never changed and never deleted. [personal]';
comment on column lake.site_closure.site_id is 'Site, see lake.site. [none]';
comment on column lake.site_closure.closed_on is 'Its last day: lines are expected before it, and reported as unexpected after it. Null for a site that is open again. [none]';
comment on column lake.site_closure.reason is 'Why. [none]';
comment on column lake.site_closure.author is 'Who decided it. [personal]';
comment on column lake.site_closure.decided_at is 'Instant of the decision. [none]';

comment on column lake.stage_run.stage is 'ingest, aggregate, check, detect, report, upkeep or audit. [none]';
comment on column lake.stage_run.log_date is 'Day that was worked on; of ingest, upkeep and audit the day on which they ran. [none]';
