-- What people who saw more than usual on $date, and than all did, saw over the last days on which they were active, against
-- what they usually saw before: who takes a part every day stays below what is unusual in a day. A
-- cumulative sum over up to seven active days within three weeks; the level is that of the days before
-- these, so that a slow drain does not become its own measure. Runs after volume_expected.sql;
-- formulas are in docs/volume-model.md.
-- One row per person and site, of the window that tells most; p_value is corrected for the choice among
-- six. [personal]
create or replace table expected_week as
with numbered as (
    select
        volume.*, raised.dispersion, raised.common_factor, season.factor as season,
        row_number() over (
            partition by volume.site_id, volume.user_id order by volume.log_date desc
        ) as number
    from person_volume as volume
    inner join expected_volume as raised
        on raised.site_id = volume.site_id and raised.peer_type = volume.user_type
        and raised.user_id = volume.user_id and raised.metric = volume.metric
    inner join team_season as season
        on season.team = raised.team and season.user_type = volume.user_type
        and season.metric = volume.metric and season.day_class = volume.day_class
    where raised.metric = 'subjects' and raised.value >= raised_ratio() * raised.expected
        and raised.days >= few_days()
),
level_before as (
    select site_id, user_id, count(*) as days,
        sum(value) / sum(season) as level
    from numbered
    where number > window_days() and not is_aside
    group by site_id, user_id
    having count(*) >= days_of_a_level() and level > 0
),
summed as (
    select
        numbered.site_id, numbered.user_id, numbered.metric, numbered.number as window_days,
        numbered.dispersion, before.days, before.level,
        sum(numbered.value) over up_to as value,
        -- What is busy today for all was so on the days before, as a season or a colleague's absence is.
        before.level * numbered.season * numbered.common_factor as expected_on_day,
        sum(expected_on_day) over up_to as expected,
        sum(numbered.dispersion * expected_on_day ** 2) over up_to as excess
    from numbered
    inner join level_before as before using (site_id, user_id)
    where numbered.number <= window_days() and numbered.log_date >= $date - window_reach_days()
    window up_to as (partition by numbered.site_id, numbered.user_id order by numbered.number)
),
-- The most that the person saw before in as many active days: who closes the week on one day always did.
high_before as (
    select site_id, user_id, window_days, max(value) as value
    from (
        select
            numbered.site_id, numbered.user_id, length.window_days,
            sum(numbered.value) over (
                partition by numbered.site_id, numbered.user_id, length.window_days
                order by numbered.number
                range between current row and length.window_days - 1 following
            ) as value
        from numbered
        cross join (select unnest(range(least_window_days(), window_days() + 1)) as window_days) as length
        where numbered.number > window_days() and not numbered.is_aside
    )
    group by site_id, user_id, window_days
)
select
    summed.site_id, summed.user_id, summed.metric, summed.window_days, summed.value,
    high_before.value as value_before,
    summed.expected,
    summed.value / summed.expected as ratio,
    least(1.0, (window_days() - 1) * nb_tail(summed.value, summed.expected, with_doubt(
        summed.excess / summed.expected ** 2,
        (summed.dispersion + 1.0 / greatest(summed.level, least_level())) / summed.days
    ))) as p_value
from summed
inner join high_before using (site_id, user_id, window_days)
qualify row_number() over (
    partition by summed.site_id, summed.user_id order by p_value, ratio desc, summed.window_days
) = 1;
