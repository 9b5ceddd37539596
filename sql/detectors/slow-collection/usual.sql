-- One row per person, length of window and what is counted: the level of a day in earlier windows, without
-- those of open cases and the week just before, in which whoever takes ever more has begun. excess over square
-- is how windows differ from it, what counting brings and what all of the group had in common taken out;
-- mix_excess over mix_square the same beside the other work, by which both swing. One window differs from nothing.
with past as (
    select
        amount.*, member.peers,
        sum(value) over own / sum(days) over own as level,
        level * days as usual,
        nullif(count(*) over own, 1) as windows
    from amount
    inner join member using (user_id)
    where back > 0 and weeks * back > 1
        and not exists (
            select 1
            from excluded_days
            where excluded_days.actor_kind = 'user' and excluded_days.actor = amount.user_id
                and excluded_days.category in ('personal_data', 'authentication')
                and excluded_days.from_day <= $date - (weeks * back * days_a_week())::int
                and excluded_days.to_day > $date - (weeks * (back + 1) * days_a_week())::int
        )
    window own as (partition by amount.user_id, weeks, metric)
),
fitted as (
    select
        *,
        usual * case
            when count(*) filter (where usual >= $least_expected) over team > few_colleagues()
                then least(largest_common_factor(), greatest(
                    least_common_factor(), median(value / usual) filter (where usual >= $least_expected) over team
                ))
            else 1.0
        end as expected
    from past
    window team as (partition by peers, weeks, back, metric)
),
mixed as (
    select
        fitted.*,
        fitted.expected * beside.value / beside.expected as mix_expected,
        1 / greatest(1, beside.value) as mix_dispersion
    from fitted
    left join fitted as beside
        on beside.user_id = fitted.user_id and beside.weeks = fitted.weeks and beside.back = fitted.back
        and beside.metric = beside_of(fitted.metric) and beside.expected > 0
)
select
    user_id, weeks, metric, peers, level, windows,
    sum(days) as days,
    avg(days) as usual_days,
    max(value) as highest,
    sum(beside_excess(value, expected, 0, windows)) as excess,
    sum(expected ** 2) as square,
    sum(beside_excess(value, mix_expected, mix_dispersion, windows)) as mix_excess,
    sum(mix_expected ** 2) as mix_square
from mixed
group by all
