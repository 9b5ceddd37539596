-- What people who are about to leave have collected in the last seven days, against weeks of their own
-- before notice (before that day nothing told them from others). A week in which all colleagues see more
-- raises what is expected, be they all of the kind or those of the person's site, whose season it may be.
-- Explained accesses are left out of both.
with soon as (
    select leaver.*, least(leaver.watched_from, $date - $week_days::int + 1) as cut_on
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
counted_day as (
    select user_day.*
    from cached.user_day as user_day
    left join aside_day using (log_date, site_id)
    where user_day.log_date between $history_from and $date
        and (aside_day.site_id is null or user_day.log_date > $date - $week_days::int)
),
person_day as (
    select
        user_day.log_date, user_day.user_id,
        sum(user_day.subjects)::double as subjects,
        sum(user_day.list_accesses)::double as list_accesses,
        sum(user_day.exports)::double as exports
    from counted_day as user_day
    semi join soon using (user_id)
    where user_day.log_date < $date
    group by user_day.log_date, user_day.user_id
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
    select
        person_day.log_date, person_day.user_id, metric.name as metric,
        greatest(metric.value, 0) as value
    from person_day
    left join explained using (log_date, user_id),
    unnest([
        {'name': 'subjects', 'value': person_day.subjects - coalesce(explained.subjects, 0)},
        {'name': 'list_accesses', 'value': person_day.list_accesses},
        {'name': 'exports', 'value': person_day.exports - coalesce(explained.exports, 0)}
    ]) as one(metric)
),
week as (
    select
        user_id, metric,
        sum(value) as value,
        coalesce(sum(value) filter (where log_date = $date), 0) as today
    from counted
    where log_date > $date - $week_days::int
    group by user_id, metric
),
earlier_week as (
    select
        counted.user_id, counted.metric,
        (soon.cut_on - 1 - counted.log_date) // $week_days::int as number,
        sum(counted.value) as value
    from counted
    inner join soon using (user_id)
    where counted.log_date < soon.cut_on
    group by all
),
own as (
    select user_id, metric, count(*) as weeks, avg(value) as mean, max(value) as high
    from earlier_week
    group by user_id, metric
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
peer_week as (
    select
        user_day.user_type, user_day.user_id,
        mode(user_day.site_id) as site_id,
        ($date - user_day.log_date) // $week_days::int as number,
        sum(user_day.subjects) as subjects
    from counted_day as user_day
    where user_day.user_type in (select person.user_type from person)
        and user_day.user_id not in (select soon.user_id from soon)
    group by all
),
peer as (
    select
        user_type, user_id, mode(site_id) as site_id,
        coalesce(max(subjects) filter (where number = 0), 0) as latest,
        avg(subjects) filter (where number > 0) as usual
    from peer_week
    group by user_type, user_id
    having count(*) filter (where number > 0) >= $min_weeks and usual > 0
),
busy as (
    select
        user_type, site_id,
        least(largest_common_factor(), greatest(1.0, median(latest / usual))) as factor
    from peer
    group by grouping sets ((user_type), (user_type, site_id))
    having count(*) >= enough_peers()
),
looked_at as (
    select
        week.*, person.* exclude (user_id),
        coalesce(greatest(site_busy.factor, type_busy.factor), 1.0) as factor
    from week
    inner join person using (user_id)
    left join busy as site_busy using (user_type, site_id)
    left join busy as type_busy
        on type_busy.user_type = person.user_type and type_busy.site_id is null
),
judged as (
    select
        week.*, soon.left_on, own.weeks,
        own.mean * factor as expected,
        factor * greatest($own_ratio * own.mean, $habit_margin * own.high) as upper,
        week.value / greatest(own.mean * factor, 1) as ratio
    from looked_at as week
    inner join soon using (user_id)
    inner join own using (user_id, metric)
    where own.weeks >= $min_weeks
        and week.today > 0
        and week.today >= own.mean / $week_days
),
unusual as (
    select *
    from judged
    where value > upper
        and case metric
            when 'subjects' then value >= $min_subjects
            when 'list_accesses' then value >= $min_lists
            else value >= $min_exports
        end
    qualify row_number() over (partition by user_id order by ratio desc, metric) = 1
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
        'baseline_days': weeks * $week_days,
        'ratio': round(ratio, 1),
        'common_factor': round(factor, 1),
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
