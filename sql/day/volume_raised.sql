-- Who saw more people than usual on $date, and than all did, and what else they asked for. Runs after
-- volume_expected.sql; read by volume_week.sql and volume_beside.sql, whose formulas are in
-- docs/volume-model.md. [personal]

-- Who saw more people than usual, and than all did: one row per person and site, with enough days before.
create or replace table raised_person as
select
    site_id, peer_type as user_type, user_id, metric, team, value, usual, expected, dispersion, busy_factor,
    baseline
from expected_volume
where metric = 'subjects' and value >= raised_ratio() * usual * busy_factor and days >= few_days();

-- What a raised_person asked for beside records: one row per day, site (`*` for all of them) and person.
create or replace table beside_day as
select
    log_date, coalesce(site_id, '*') as site_id, user_id,
    sum(requests) - sum(record_accesses) as value
from cached.user_day
where log_date between $history_from and $date
    and user_id in (select user_id from raised_person)
group by grouping sets ((log_date, user_id, site_id), (log_date, user_id));
