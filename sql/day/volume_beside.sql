-- What people who saw more than usual on $date saw, against what the rest of their day leads to expect: whoever has
-- more to do searches and lists more too, and whoever takes records one after the other does not. Runs after
-- volume_raised.sql; formulas are in docs/volume-model.md.
-- One row per person and site with enough days. [personal]
create or replace table expected_beside as
with past as (
    select
        volume.site_id, volume.user_type, volume.user_id, volume.value,
        coalesce(beside.value, 0)::double as beside,
        season.factor as season,
        1 / raised.dispersion as own_shape
    from person_volume as volume
    inner join raised_person as raised using (site_id, user_type, user_id, metric)
    inner join group_season as season
        on season.team = raised.team and season.user_type = volume.user_type
        and season.metric = volume.metric and season.day_class = volume.day_class
    left join beside_day as beside
        on beside.log_date = volume.log_date and beside.site_id = volume.site_id
        and beside.user_id = volume.user_id
    where volume.log_date < $date and not volume.is_aside
),
own as (
    select
        site_id, user_type, user_id,
        count(*) as days,
        sum(value) as value,
        sum(beside) as beside,
        sum(value) / sum(season) as level
    from past
    group by site_id, user_type, user_id
    having count(*) >= few_days() and sum(beside) > 0
),
-- How far the person's days were from this: a page that asks for many others tells little of the work.
fitted as (
    select
        past.site_id, past.user_type, past.user_id, past.value, own.days,
        own.level * past.season
        * beside_step(past.own_shape, past.beside, own.level * past.season * own.beside / own.value)
            as expected,
        1 / (past.own_shape + past.beside) as dispersion
    from past
    inner join own using (site_id, user_type, user_id)
),
residual as (
    select
        site_id, user_type, user_id,
        sum(
            days / (days - 1.0) * (value - expected) ** 2 - expected - dispersion * expected ** 2
        ) / sum(expected ** 2) as dispersion
    from fitted
    group by site_id, user_type, user_id
),
-- Where a site's pages have changed, all of its people have less of other requests than before.
everybody as (
    select
        site_id, user_type,
        sum(subjects) filter (where log_date = $date) as value,
        sum(requests - record_accesses) filter (where log_date = $date) as beside,
        count(*) filter (where log_date = $date) as people,
        sum(subjects) filter (where log_date < $date) as value_before,
        sum(requests - record_accesses) filter (where log_date < $date) as beside_before
    from cached.user_day
    where log_date between $history_from and $date
        and site_id in (select site_id::varchar from raised_person)
    group by site_id, user_type
),
today as (
    select
        raised.*, own.days, own.level, own.value as value_before, own.beside as beside_before,
        coalesce(beside.value, 0)::double as beside,
        1 / raised.dispersion as own_shape,
        (
            person_days_of_variation() * usual_beside_dispersion()
            + own.days * least(largest_dispersion(), greatest(0, residual.dispersion))
        ) / (person_days_of_variation() + own.days) as step_dispersion,
        case
            when everybody.people > few_colleagues()
                then least(1.0, coalesce(
                    (everybody.beside - coalesce(beside.value, 0))
                    / nullif(everybody.value - raised.value, 0)
                    / nullif(everybody.beside_before / nullif(everybody.value_before, 0), 0), 1.0
                ))
            else 1.0
        end as common_share,
        raised.expected * own.beside / own.value * common_share as beside_expected
    from raised_person as raised
    inner join own using (site_id, user_type, user_id)
    inner join residual using (site_id, user_type, user_id)
    left join beside_day as beside
        on beside.log_date = $date and beside.site_id = raised.site_id
        and beside.user_id = raised.user_id
    left join everybody
        on everybody.site_id = raised.site_id and everybody.user_type = raised.user_type
),
compared as (
    select
        today.*,
        today.expected * beside_step(own_shape, beside, beside_expected) as expected_beside,
        with_doubt(
            step_dispersion + 1 / (own_shape + beside),
            (step_dispersion + 1 / (value_before / days) + 1 / (beside_before / days)) / days
        ) as dispersion_beside
    from today
)
select
    site_id, user_type, user_id, metric, days, value, beside, beside_expected, common_share,
    step_dispersion,
    expected_beside as expected,
    value / expected_beside as ratio,
    nb_tail(value, expected_beside, dispersion_beside) as p_value
from compared;
