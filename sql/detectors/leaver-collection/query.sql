-- What people who are about to leave have collected in the last seven days, against weeks of their own
-- before notice (before that day nothing told them from others). Explained accesses are left out of both.
with soon as (
    select leaver.*, least(leaver.watched_from, $date - days_a_week() + 1) as cut_on
    from leaver
    where left_on >= $date
),
act as (
    select request.*
    from day_request as request
    semi join soon using (user_id)
    where request.is_personal and request.reason is null
        and request.user_type not in ('customer', 'system') and not request.is_pseudonymous
),
explained as (
    select
        explanation_day.log_date, coalesce(person.usual_id, explanation_day.user_id) as user_id,
        sum(explanation_day.subjects) as subjects,
        sum(explanation_day.accesses) filter (where explanation_day.source = 'export') as exports
    from lake.explanation_day
    left join context_person as person on person.user_id = explanation_day.user_id
    where explanation_day.log_date between $history_from and $date - 1
        and exists (from soon)
    group by all
),
-- A day that is set aside teaches nothing; what was taken on it in the last week was taken all the same.
person_day as (
    select
        log_date, user_id,
        greatest(0, sum(user_day.subjects) - coalesce(any_value(explained.subjects), 0))::double as subjects,
        sum(list_accesses)::double as list_accesses,
        greatest(0, sum(user_day.exports) - coalesce(any_value(explained.exports), 0))::double as exports
    from cached.user_day as user_day
    semi join soon using (user_id)
    left join explained using (log_date, user_id)
    left join aside_day using (log_date, site_id)
    where log_date between $history_from and $date - 1
        and (aside_day.site_id is null or log_date > $date - days_a_week())
    group by log_date, user_id
    union all by name
    select
        $date as log_date, user_id,
        count(distinct (site_id, subject_id)) filter (where resource_kind = 'record')::double
            as subjects,
        count(*) filter (where resource_kind = 'list')::double as list_accesses,
        count(*) filter (where resource_kind = 'export')::double as exports
    from act
    group by user_id
),
counted as (
    unpivot person_day on subjects, list_accesses, exports into name metric value value
),
week as (
    select
        user_id, metric,
        sum(value) as value,
        coalesce(sum(value) filter (where log_date = $date), 0) as today
    from counted
    where log_date > $date - days_a_week()
    group by user_id, metric
),
earlier_week as (
    select
        counted.user_id, counted.metric,
        (soon.cut_on - 1 - counted.log_date) // days_a_week() as number,
        sum(counted.value) as value
    from counted
    inner join soon using (user_id)
    where counted.log_date < soon.cut_on
    group by all
),
own as (
    select user_id, metric, count(*) as weeks, avg(value) as expected,
        greatest($own_ratio * avg(value), max(value)) as upper
    from earlier_week
    group by user_id, metric
    having count(*) >= $min_weeks
),
person as (
    select
        user_id,
        any_value(user_type)::varchar as user_type,
        mode(site_id)::varchar as site_id,
        count(*) as accesses,
        count(distinct (site_id, subject_id)) filter (where subject_id is not null) as subjects,
        max(data_level) as data_level,
        min(time) as first_seen,
        max(time) as last_seen,
        hourly_counts(time) as series,
        first_ten(list(distinct resource_id::varchar)) as resources,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses
    from act
    group by user_id
),
unusual as (
    select
        person.*, soon.left_on, week.metric, week.value, own.weeks, own.expected, own.upper,
        week.value / greatest(own.expected, 1) as ratio
    from week
    inner join own using (user_id, metric)
    inner join person using (user_id)
    inner join soon using (user_id)
    where week.today > 0
        and week.today >= own.expected / days_a_week()
        and week.value > own.upper
        and week.value >= case week.metric when 'exports' then $min_exports else $min_accesses end
    qualify row_number() over (partition by week.user_id order by ratio desc, week.metric) = 1
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    accesses as event_count,
    subjects as subject_count,
    {
        'observed': value,
        'expected': round(expected, 1),
        'upper': round(upper, 1),
        'unit': case metric when 'subjects' then 'records' else 'requests' end,
        'baseline': 'own',
        'baseline_days': weeks * days_a_week(),
        'ratio': round(ratio, 1),
        'reason': case metric when 'subjects' then 'records' when 'list_accesses' then 'lists' else 'exports' end,
        'days_left': left_on - $date,
        'data_level': data_level,
        'user_type': user_type,
        'resources': resources,
        'series': series,
        'addresses': addresses
    } as evidence,
    ratio,
    metric
from unusual
