-- One row per day of $days (date[]) and site: what the suite `site_day` judges. A figure is null
-- where it is not judged: too little history, too few lines, or a site that is closed
-- ($closed_ids). A site's habits are those of the $history_days days up to its last day
-- with records, so that a long silence does not become a habit; a silence of more than
-- $silence_days is an end. Public holidays ($holidays, date[]) count as Sundays. [none]
with day as (
    select distinct unnest($days::date[]) as log_date
),

past_day as (
    select
        kept.log_date, kept.site_id, kept.records, kept.users, kept.agent_missing,
        kept.hours_with_records,
        case
            when list_contains($holidays::date[], kept.log_date) then 0
            else dayofweek(kept.log_date)
        end as weekday
    from lake.site_day as kept
    where kept.log_date < (select max(day.log_date) from day)
        and kept.log_date
        >= (select min(day.log_date) from day) - ($silence_days + $history_days)::integer
),

last_active as (
    select day.log_date, past_day.site_id, max(past_day.log_date) as last_on
    from day
    inner join past_day
        on past_day.log_date < day.log_date
        and past_day.log_date >= day.log_date - $silence_days::integer
    where past_day.records > 0
    group by day.log_date, past_day.site_id
),

first_active as (
    select last_active.log_date, last_active.site_id, last_active.last_on,
        min(past_day.log_date) as first_on
    from last_active
    inner join past_day
        on past_day.site_id = last_active.site_id
        and past_day.log_date between last_active.last_on - $history_days::integer + 1
        and last_active.last_on
    where past_day.records > 0
    group by last_active.log_date, last_active.site_id, last_active.last_on
),

weekday_habit as (
    select
        first_active.log_date,
        first_active.site_id,
        past_day.weekday,
        count(*) as days,
        count(*) filter (where past_day.records > 0) as days_with_records,
        count(*) filter (where past_day.users > 0) as days_with_users,
        sum(past_day.records) as records,
        sum(past_day.agent_missing) as agent_missing,
        min(past_day.hours_with_records) filter (where past_day.records > 0) as hours_least
    from first_active
    inner join past_day
        on past_day.site_id = first_active.site_id
        and past_day.log_date between first_active.first_on and first_active.last_on
    group by first_active.log_date, first_active.site_id, past_day.weekday
),

-- How far the days of a weekday agree on whether there were records (users): 1 is a fixed rhythm
habit as (
    select
        weekday_habit.log_date,
        weekday_habit.site_id,
        sum(weekday_habit.days) as days,
        sum(greatest(
            weekday_habit.days_with_records, weekday_habit.days - weekday_habit.days_with_records
        )) / sum(weekday_habit.days) as records_rhythm,
        sum(greatest(
            weekday_habit.days_with_users, weekday_habit.days - weekday_habit.days_with_users
        )) / sum(weekday_habit.days) as users_rhythm,
        list(weekday_habit.weekday)
        filter (where 2 * weekday_habit.days_with_records > weekday_habit.days) as open_weekdays,
        list(weekday_habit.weekday)
        filter (where 2 * weekday_habit.days_with_users > weekday_habit.days) as user_weekdays,
        sum(weekday_habit.agent_missing) / sum(weekday_habit.records) as agent_missing_usual
    from weekday_habit
    group by weekday_habit.log_date, weekday_habit.site_id
),

-- The limits in force: what the site's past had taught by then.
learnt as (
    select
        day.log_date, kept.site_id,
        max_by(columns(kept.* exclude (learnt_on, site_id)), kept.learnt_on)
    from day
    inner join lake.site_limit as kept on kept.learnt_on <= day.log_date
    group by day.log_date, kept.site_id
),

profile as (
    select
        kept.*,
        case
            when list_contains($holidays::date[], kept.log_date) then 0
            else dayofweek(kept.log_date)
        end as weekday
    from lake.site_day as kept
    inner join day on day.log_date = kept.log_date
),

judged_profile as (
    select
        profile.*,
        weekday_habit.hours_least as hours_usual,
        habit.agent_missing_usual,
        coalesce(
            habit.days >= $history_needed_days
            and habit.records_rhythm >= $rhythm_needed
            and list_contains(habit.open_weekdays, profile.weekday),
            false
        ) as records_usual,
        coalesce(
            habit.days >= $history_needed_days
            and habit.users_rhythm >= $rhythm_needed
            and list_contains(habit.user_weekdays, profile.weekday),
            false
        ) as users_usual
    from profile
    left join habit
        on habit.log_date = profile.log_date and habit.site_id = profile.site_id
    left join weekday_habit
        on weekday_habit.log_date = profile.log_date
        and weekday_habit.site_id = profile.site_id
        and weekday_habit.weekday = profile.weekday
),

judged as (
    select
        judged_profile.log_date,
        judged_profile.site_id,
        judged_profile.lines,
        judged_profile.records,
        judged_profile.rejects,
        judged_profile.users,
        judged_profile.hours_with_records,
        judged_profile.hours_usual,
        judged_profile.ip_missing,
        judged_profile.agent_missing,
        judged_profile.status_missing,
        judged_profile.request_missing,
        judged_profile.domain_foreign,
        case
            when judged_profile.records_usual
                and not list_contains($closed_ids::varchar[], judged_profile.site_id)
                then judged_profile.records
        end as records_where_usual,
        case
            when judged_profile.users_usual and judged_profile.records > 0 then judged_profile.users
        end as users_where_usual,
        case
            when judged_profile.records_usual and judged_profile.records > 0
                then judged_profile.hours_with_records / nullif(judged_profile.hours_usual, 0)
        end as hours_share,
        case
            when judged_profile.rejects = 0
                or judged_profile.rejects >= least($few_lines, judged_profile.lines)
                then judged_profile.rejects / nullif(judged_profile.lines, 0)
        end as reject_share,
        case
            when judged_profile.ip_missing = 0
                or judged_profile.ip_missing >= least($few_lines, judged_profile.records)
                then judged_profile.ip_missing / nullif(judged_profile.records, 0)
        end as ip_missing_share,
        case
            when judged_profile.agent_missing_usual <= $agent_missing_usual_at_most
                and (
                    judged_profile.agent_missing = 0
                    or judged_profile.agent_missing >= least($few_lines, judged_profile.records)
                )
                then judged_profile.agent_missing / nullif(judged_profile.records, 0)
        end as agent_missing_share,
        case
            when judged_profile.status_missing = 0
                or judged_profile.status_missing >= least($few_lines, judged_profile.records)
                then judged_profile.status_missing / nullif(judged_profile.records, 0)
        end as status_missing_share,
        case
            when judged_profile.request_missing = 0
                or judged_profile.request_missing >= least($few_lines, judged_profile.records)
                then judged_profile.request_missing / nullif(judged_profile.records, 0)
        end as request_missing_share,
        case
            when judged_profile.domain_foreign = 0
                or judged_profile.domain_foreign >= least($few_lines, judged_profile.records)
                then judged_profile.domain_foreign / nullif(judged_profile.records, 0)
        end as domain_foreign_share
    from judged_profile
),

-- Each share above what its site's past allows, as the report shows it. Of one above the limit for
-- all sites ($upper_limits) its own check tells.
unusual as (
    select
        judged.log_date, judged.site_id,
        list_aggregate(
            list_transform(
                list_filter(
                    [
                        {
                            'name': 'reject_share', 'share': judged.reject_share, 'most': learnt.reject_share,
                            'limit': ($upper_limits).reject_share
                        },
                        {
                            'name': 'ip_missing_share', 'share': judged.ip_missing_share, 'most': learnt.ip_missing_share,
                            'limit': ($upper_limits).ip_missing_share
                        },
                        {
                            'name': 'status_missing_share', 'share': judged.status_missing_share, 'most': learnt.status_missing_share,
                            'limit': ($upper_limits).status_missing_share
                        },
                        {
                            'name': 'request_missing_share', 'share': judged.request_missing_share, 'most': learnt.request_missing_share,
                            'limit': ($upper_limits).request_missing_share
                        },
                        {
                            'name': 'agent_missing_share', 'share': judged.agent_missing_share, 'most': learnt.agent_missing_share,
                            'limit': ($upper_limits).agent_missing_share
                        },
                        {
                            'name': 'domain_foreign_share', 'share': judged.domain_foreign_share, 'most': learnt.domain_foreign_share,
                            'limit': ($upper_limits).domain_foreign_share
                        }
                    ],
                    lambda one : one.share > one.most and one.share <= one.limit
                ),
                lambda one : format('{} {:.3g}>{:.3g}', one.name, one.share, one.most)
            ),
            'string_agg', ', '
        ) as shares
    from judged
    inner join learnt on learnt.log_date = judged.log_date and learnt.site_id = judged.site_id
)

select judged.*, unusual.shares as shares_unusual
from judged
left join unusual on unusual.log_date = judged.log_date and unusual.site_id = judged.site_id
