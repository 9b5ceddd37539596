-- One row per person: the sum over the last few working days that is least likely beside the other work of these
-- days, each of which had more than that leads to expect. Formulas are in docs/volume-model.md, section 7.
with day as (
    select
        worked_day.user_id, worked_day.log_date, worked_day.week, worked_day.is_aside,
        worked_day.subjects::double - worked_day.explained_subjects as value,
        worked_day.beside_records::double as beside,
        row_number() over (partition by worked_day.user_id order by worked_day.log_date desc) as number
    from worked_day
    semi join (select * from member where user_type <> 'customer' and not is_new) as worker
        using (user_id)
    anti join told_day
        on told_day.user_id = worked_day.user_id and told_day.log_date = worked_day.log_date
    where worked_day.subjects > worked_day.explained_subjects
),
at_work as (
    select user_id from day where log_date = $date
),
past as (
    select day.*
    from day
    semi join at_work using (user_id)
    where day.number > $work_days and day.log_date < $date - days_a_week() and not day.is_aside
        and not exists (
            select 1
            from excluded_days
            where excluded_days.actor_kind = 'user' and excluded_days.actor = day.user_id
                and excluded_days.category in ('personal_data', 'authentication')
                and day.log_date between excluded_days.from_day and excluded_days.to_day
        )
),
-- A page that is left open and asks by itself is no work: so many requests beside each person seen, and no more, are.
most as (
    select user_id, largest_step() * median(beside / value) as most_share
    from past
    group by user_id
),
own as (
    select
        past.user_id,
        any_value(most.most_share) as most_share,
        count(*) as days,
        avg(past.value) as level,
        avg(least(past.beside, most.most_share * past.value)) as beside_level
    from past
    inner join most using (user_id)
    group by past.user_id
    having count(*) >= few_days() and sum(least(past.beside, most.most_share * past.value)) > 0
),
fitted as (
    select
        day.user_id, day.log_date, day.week, day.number, day.value, own.days as days_before,
        own.level, own.beside_level,
        least(day.beside, own.most_share * day.value) as work,
        own.level * greatest(
            least_beside_step(), beside_step(1 / usual_dispersion(), work, own.beside_level)
        ) as expected,
        1 / (1 / usual_dispersion() + work) as dispersion,
        past.user_id is not null as is_past
    from day
    inner join own using (user_id)
    left join past on past.user_id = day.user_id and past.log_date = day.log_date
),
residual as (
    select
        user_id,
        greatest(least_dispersion(), beside_dispersion(
            sum(beside_excess(value, expected, dispersion, days_before)) / sum(expected ** 2), count(*)
        )) as step_dispersion
    from fitted
    where is_past
    group by user_id
),
-- Where pages have changed, or a site is new to all, most of a group have more records beside their other work.
common as (
    select member.peers,
        case
            when count(*) > few_colleagues()
                and median(fitted.value / fitted.expected) >= $common_work_ratio
                then median(fitted.value / fitted.expected)
            else 1.0
        end as factor
    from fitted
    inner join member using (user_id)
    where fitted.log_date = $date
    group by member.peers
),
last_day as (
    select
        fitted.*, residual.step_dispersion, common.factor,
        fitted.value >= $work_day_ratio * fitted.expected * common.factor as is_more
    from fitted
    inner join residual using (user_id)
    inner join member using (user_id)
    inner join common using (peers)
    where fitted.number <= $work_days and fitted.week <= 1
),
-- Sums from this day back, as long as each day had more.
summed as (
    select
        user_id, number as days, log_date as first_on, days_before, level, beside_level,
        step_dispersion, factor,
        sum(value) over up_to as value,
        sum(work) over up_to as work,
        bool_and(is_more) over up_to as is_more
    from last_day
    window up_to as (partition by user_id order by number)
),
tested as (
    select
        summed.*,
        days * level * factor * greatest(
            least_beside_step(), beside_step(days / usual_dispersion(), work, days * beside_level)
        ) as expected
    from summed
    where is_more and days >= $least_work_days
)
select
    user_id, 'beyond_work' as metric, days, first_on, days_before, level, value, expected,
    least(1.0, ($work_days - $least_work_days + 1) * nb_tail(value, expected, with_doubt(
        step_dispersion / days + 1 / (days / usual_dispersion() + work),
        (step_dispersion + 1 / level + 1 / beside_level) / days_before
    ))) as p_value
from tested
where value >= $min_work_ratio * expected and value - expected >= $min_work_subjects
qualify row_number() over (partition by user_id order by p_value, days) = 1
