-- What people who saw more than usual on $date, and than all did, saw over the last days on which they were active, against
-- what they usually saw before: who takes a part every day stays below what is unusual in a day. A
-- cumulative sum over up to seven active days within three weeks; the level is that of the days before
-- these, so that a slow drain does not become its own measure. Runs after volume_raised.sql;
-- formulas are in docs/volume-model.md.
-- One row per person and site, of the window that tells most; p_value is corrected for the choice among
-- six. beside_factor is how many times the usual the other work of these days is, 1 at least. [personal]
create or replace table expected_week as
with numbered as (
    select
        raised_day.*,
        row_number() over (
            partition by site_id, user_id order by log_date desc
        ) as number
    from raised_day
),
level_before as (
    select site_id, user_id, count(*) as days, sum(value) / sum(season) as level,
        sum(beside) / sum(season) as beside_level
    from numbered
    where number > window_days() and not is_aside
    group by site_id, user_id
    having count(*) >= days_of_a_level()
),
-- How busy all were on these days, themselves left as they are.
busy as (
    select volume.log_date, volume.user_type, volume.metric,
        case
            when count(*) >= enough_peers()
                then least(largest_common_factor(), greatest(1.0, median(volume.value / level.level)))
            else 1.0
        end as factor
    from person_volume as volume
    inner join person_level as level using (site_id, user_type, user_id, metric)
    where volume.metric = 'subjects' and volume.site_id <> '*'
        and volume.log_date between $date - window_reach_days() and $date
        and exists (select 1 from raised_person)
    group by volume.log_date, volume.user_type, volume.metric
),
window_day as (
    select
        numbered.*,
        level_before.days as days_before,
        level_before.level,
        -- Of $date it is also known how busy the others at the site are.
        numbered.season * greatest(
            coalesce(busy.factor, 1.0),
            case when numbered.log_date = $date then numbered.busy_today else 1.0 end
        ) as day_factor,  -- another name than that of busy, which would be taken for it
        level_before.level * day_factor as expected,
        level_before.beside_level * day_factor as beside_expected
    from numbered
    inner join level_before using (site_id, user_id)
    left join busy using (log_date, user_type, metric)
    where numbered.number <= window_days() and numbered.log_date >= $date - window_reach_days()
),
summed as (
    select
        site_id, user_type, user_id, metric, number as window_days, days_before, level, dispersion,
        sum(value) over up_to as value,
        sum(expected) over up_to as expected,
        sum(dispersion * expected ** 2) over up_to as excess,
        sum(beside) over up_to as beside,
        sum(beside_expected) over up_to as beside_expected
    from window_day
    window up_to as (partition by site_id, user_id order by number)
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
),
tested as (
    select
        summed.*,
        high_before.value as value_before,
        summed.value / summed.expected as ratio,
        -- Of little other work its usual amount is the better guess.
        least(largest_common_factor(), greatest(
            1.0, beside_step(1.0 / (excess / summed.expected ** 2), beside, beside_expected)
        )) as beside_factor,
        least(1.0, (window_days() - 1) * nb_tail(summed.value, summed.expected, with_doubt(
            excess / summed.expected ** 2, (dispersion + 1.0 / greatest(level, least_level())) / days_before
        ))) as p_value
    from summed
    inner join high_before using (site_id, user_id, window_days)
    where summed.expected > 0
)
select
    site_id, user_type, user_id, metric, window_days, days_before, value, value_before, expected,
    beside_factor, ratio, p_value
from tested
qualify row_number() over (
    partition by site_id, user_id order by p_value, ratio desc, window_days
) = 1;
