-- One row per person, length of window and what is counted: the level of a day in earlier windows, without
-- those of open cases and the week just before, in which whoever takes ever more has begun. excess over square
-- is how windows differ from it, what counting brings and what all of the group had in common taken out.
with past as (
    select amount.*
    from amount
    where amount.back > 0 and amount.weeks * amount.back > $gap_weeks
        and not exists (
            select 1
            from excluded_days
            where excluded_days.actor_kind = 'user' and excluded_days.actor = amount.user_id
                and excluded_days.category in ('personal_data', 'authentication')
                and excluded_days.from_day
                <= $date - (amount.weeks * amount.back * days_a_week())::int
                and excluded_days.to_day
                > $date - (amount.weeks * (amount.back + 1) * days_a_week())::int
        )
),
level as (
    select
        past.user_id, past.weeks, past.metric,
        any_value(member.peers) as peers,
        count(*) as windows,
        sum(past.days) as days,
        sum(past.value) / sum(past.days) as level,
        max(past.value) as highest
    from past
    inner join member using (user_id)
    group by past.user_id, past.weeks, past.metric
),
common as (
    select
        level.peers, past.weeks, past.back, past.metric,
        case
            when count(*) > few_colleagues()
                then least(largest_common_factor(), greatest(
                    least_common_factor(), median(past.value / (level.level * past.days))
                ))
            else 1.0
        end as factor
    from past
    inner join level using (user_id, weeks, metric)
    where level.level * past.days >= $least_expected
    group by level.peers, past.weeks, past.back, past.metric
),
fitted as (
    select
        past.user_id, past.weeks, past.back, past.metric, past.value,
        level.level * past.days * coalesce(common.factor, 1.0) as expected
    from past
    inner join level using (user_id, weeks, metric)
    left join common
        on common.peers = level.peers and common.weeks = past.weeks and common.back = past.back
        and common.metric = past.metric
),
-- The same beside the other work of the window: what both swing by is no variation of the share.
mixed as (
    select
        fitted.user_id, fitted.weeks, fitted.metric,
        fitted.value,
        fitted.expected * beside.value / beside.expected as expected,
        beside.value as beside
    from fitted
    inner join fitted as beside
        on beside.user_id = fitted.user_id and beside.weeks = fitted.weeks
        and beside.back = fitted.back and beside.metric = beside_of(fitted.metric)
    where beside.expected > 0
),
mix as (
    select
        mixed.user_id, mixed.weeks, mixed.metric,
        sum(
            level.windows / nullif(level.windows - 1.0, 0)
            * (least(mixed.value, largest_step() * mixed.expected) - mixed.expected) ** 2
            - mixed.expected - mixed.expected ** 2 / greatest(1, mixed.beside)
        ) as excess,
        sum(mixed.expected ** 2) as square
    from mixed
    inner join level using (user_id, weeks, metric)
    group by mixed.user_id, mixed.weeks, mixed.metric
)
select
    level.*,
    level.days / level.windows as usual_days,
    any_value(mix.excess) as mix_excess,
    any_value(mix.square) as mix_square,
    sum(
        level.windows / nullif(level.windows - 1.0, 0)
        * (least(fitted.value, largest_step() * fitted.expected) - fitted.expected) ** 2
        - fitted.expected
    ) as excess,
    sum(fitted.expected ** 2) as square
from level
inner join fitted using (user_id, weeks, metric)
left join mix using (user_id, weeks, metric)
group by all
