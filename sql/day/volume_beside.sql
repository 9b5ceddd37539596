-- What people who saw more than usual on $date saw, against what the rest of their day leads to expect: whoever has
-- more to do searches and lists more too, and whoever takes records one after the other does not. Runs after
-- volume_raised.sql; formulas are in docs/volume-model.md.
-- One row per person at work and site, with enough days in the present post. [personal]
create or replace table expected_beside as
with past as (
    select
        site_id, user_type, user_id, value, season,
        beside::double as beside,
        1 / dispersion as own_shape
    from raised_day
    where log_date < $date and not is_aside and baseline = 'own' and user_type <> 'customer'
),
-- A page that is left open and asks by itself is no work, be it on a past day or on this one: so many requests beside
-- each person seen, and no more, are.
most as (
    select
        site_id, user_type, user_id,
        largest_step() * median(beside / value) as most_share
    from past
    where value > 0
    group by site_id, user_type, user_id
),
own as (
    select
        past.site_id, past.user_type, past.user_id,
        count(*) as days,
        sum(past.value) as value,
        sum(least(past.beside, most.most_share * past.value)) as beside,
        sum(past.value) / sum(past.season) as level,
        any_value(most.most_share) as most_share
    from past
    inner join most using (site_id, user_type, user_id)
    group by past.site_id, past.user_type, past.user_id
    having sum(least(past.beside, most.most_share * past.value)) > 0
),
-- How far the person's days were from this.
fitted as (
    select
        past.site_id, past.user_type, past.user_id, past.value, own.days,
        own.level * past.season as usual,
        least(past.beside, own.most_share * past.value) as work,
        usual * beside_step(past.own_shape, work, usual * own.beside / own.value) as expected,
        1 / (past.own_shape + work) as dispersion
    from past
    inner join own using (site_id, user_type, user_id)
),
residual as (
    select
        site_id, user_type, user_id,
        sum(beside_excess(value, expected, dispersion, days)) / sum(expected ** 2) as excess
    from fitted
    group by site_id, user_type, user_id
),
-- Where a site's pages have changed, most of its people have less of other requests than before.
colleague as (
    select
        site_id, user_id,
        sum(subjects) filter (where log_date = $date)::double as value,
        sum(requests) filter (where log_date = $date)::double
        - sum(record_accesses) filter (where log_date = $date)::double as beside,
        sum(subjects) filter (where log_date < $date)::double as value_before,
        sum(requests) filter (where log_date < $date)::double
        - sum(record_accesses) filter (where log_date < $date)::double as beside_before
    from cached.user_day
    where log_date between $history_from and $date
        and site_id in (select site_id::varchar from raised_person)
        and user_type is distinct from 'customer'
    group by site_id, user_id
),
site_share as (
    select site_id, median((beside / value) / (beside_before / value_before)) as share
    from colleague
    where value > 0 and value_before > 0 and beside_before > 0
    group by site_id
    having count(*) > few_colleagues()
),
-- Over all sites it is that of the site of the person on which it is least.
common as (
    select coalesce(place.site_id, '*') as site_id, place.user_id, min(site_share.share) as share
    from beside_day as place
    inner join site_share using (site_id)
    where place.log_date = $date
    group by grouping sets ((place.user_id, place.site_id), (place.user_id))
),
today as (
    select
        raised.*, own.days, own.value as value_before, own.beside as beside_before,
        least(day.beside, own.most_share * raised.value)::double as beside,
        1 / raised.dispersion as own_shape,
        beside_dispersion(residual.excess, own.days) as step_dispersion,
        raised.expected * own.beside / own.value * least(1.0, coalesce(common.share, 1.0))
            as beside_expected
    from raised_person as raised
    inner join own using (site_id, user_type, user_id)
    inner join residual using (site_id, user_type, user_id)
    inner join raised_day as day
        on day.log_date = $date and day.site_id = raised.site_id
        and day.user_type = raised.user_type and day.user_id = raised.user_id
    left join common on common.site_id = raised.site_id and common.user_id = raised.user_id
),
compared as (
    select
        today.*,
        today.expected
        * greatest(least_beside_step(), beside_step(own_shape, beside, beside_expected))
            as expected_beside,
        with_doubt(
            step_dispersion + 1 / (own_shape + beside),
            (step_dispersion + days / value_before + days / beside_before) / days
        ) as dispersion_beside
    from today
)
select
    site_id, user_type, user_id, metric, value,
    expected_beside as expected,
    value / expected_beside as ratio,
    nb_tail(value, expected_beside, dispersion_beside) as p_value
from compared;
