-- Who saw more people than usual on $date, and than all did, and what else they asked for. Runs after
-- volume_expected.sql; read by volume_week.sql, whose formulas are in
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

-- Each day of a raised_person with its people, how busy the group is on days of that class, and the other work: one
-- row per day, site and person, $date too.
create or replace table raised_day as
select
    volume.log_date, volume.site_id, volume.user_type, volume.user_id, volume.metric, volume.value,
    volume.is_aside,
    season.factor as season,
    coalesce(beside.value, 0) as beside,
    raised.dispersion,
    raised.busy_factor as busy_today,
    raised.baseline
from person_volume as volume
inner join raised_person as raised using (site_id, user_type, user_id, metric)
inner join group_season as season
    on season.team = raised.team and season.user_type = volume.user_type
    and season.metric = volume.metric and season.day_class = volume.day_class
left join beside_day as beside
    on beside.log_date = volume.log_date and beside.site_id = volume.site_id
    and beside.user_id = volume.user_id;
