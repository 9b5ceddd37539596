with person as (
    select distinct request.user_id, request.user_type
    from day_request as request
    left join worker using (user_id)
    where request.user_id is not null
        and (
            request.user_type not in ('customer', 'unknown')
            or (request.user_type = 'unknown' and worker.user_id is not null)
        )
),
-- Days reported as the return of an account do not make it a used one at once.
reported as (
    select actor as user_id, min(from_day) as from_day
    from excluded_days
    where detector = 'dormant-account-access' and from_day >= $date - $case_days::int
    group by actor
),
known as (
    select site_id, min(log_date) as first_day
    from cached.site_day
    where records > 0
    group by site_id
),
lake_day as (
    select min(first_day) as first_day from known
),
-- A partner can write anybody into its log: it is no witness that an account of ours, which now
-- works at a site of ours, has been in use.
own_today as (
    select distinct request.user_id
    from day_request as request
    inner join cached.site as site on site.site_id = request.site_id
    where site.trust = 'own' and request.user_type in ('staff', 'contractor', 'system')
),
witnessed as (
    select distinct user_day.user_id, user_day.log_date
    from cached.user_day as user_day
    semi join person using (user_id)
    left join own_today using (user_id)
    left join cached.site as site on site.site_id = user_day.site_id
    where own_today.user_id is null or site.trust is distinct from 'partner'
),
last_seen as (
    select user_day.user_id, max(user_day.log_date) as last_day
    from witnessed as user_day
    left join reported using (user_id)
    where user_day.log_date < coalesce(reported.from_day, $date)
    group by user_day.user_id
),
-- Those not seen for long, the few that the rest is about.
sleeper as (
    select person.user_id, person.user_type
    from person
    cross join lake_day
    left join last_seen using (user_id)
    where coalesce(last_seen.last_day, lake_day.first_day) <= $date - $dormant_days::int
),
today as (
    select
        request.user_id, request.site_id,
        any_value(request.user_type) as user_type,
        count(*) filter (where coalesce(request.status, 0) < 400) as requests,
        count(*) filter (where request.is_personal) as personal,
        count(*) filter (where request.is_personal and request.resource_kind in ('list', 'export'))
            as collections,
        count(*) filter (where request.login_result = 'success') as logins,
        count(*) filter (
            where request.login_result = 'failure' or request.status in (401, 403)
        ) as refused,
        count(distinct request.subject_id) filter (where request.is_personal) as subjects,
        max(request.data_level) filter (where request.is_personal) as data_level,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        bool_or(
            site.hours = 'business' and coalesce(request.status, 0) < 400
            and (
                not calendar_day.is_working_day
                or request.minute_of_day < $business_from_minute - $grace_minutes
                or request.minute_of_day >= $business_to_minute + $grace_minutes
            )
        ) as is_off_hours
    from day_request as request
    inner join calendar_day on calendar_day.log_date = $date
    left join cached.site as site on site.site_id = request.site_id
    semi join sleeper using (user_id, user_type)
    group by request.user_id, request.site_id
    having requests > 0 or refused > 0
),
seen as (
    select user_day.user_id, user_day.log_date
    from witnessed as user_day
    semi join sleeper using (user_id)
    left join reported using (user_id)
    where user_day.log_date < coalesce(reported.from_day, $date)
),
gap as (
    select
        user_id, log_date,
        date_diff(
            'day', lag(log_date) over (partition by user_id order by log_date), log_date
        ) as days_away
    from seen
),
past as (
    select user_id, max(log_date) as last_day, max(days_away) as longest_gap, count(*) as days
    from gap
    group by user_id
),
dormant as (
    select
        today.*,
        reported.user_id is not null as is_reported,
        coalesce(past.days, 0) as days,
        past.longest_gap,
        coalesce(past.last_day, lake_day.first_day) as last_day,
        past.last_day is null as is_never_seen,
        date_diff('day', coalesce(past.last_day, lake_day.first_day), $date::date) as days_unseen
    from today
    cross join lake_day
    left join known using (site_id)
    left join past using (user_id)
    left join reported using (user_id)
    where coalesce(past.last_day, greatest(lake_day.first_day, known.first_day))
        <= $date - $dormant_days::int
),
-- Where the lake itself has nothing of the time, nobody could be seen.
covered as (
    select dormant.user_id, dormant.site_id
    from dormant
    inner join cached.site_day as site_day
        on site_day.site_id = dormant.site_id and site_day.records > 0
        and site_day.log_date > dormant.last_day and site_day.log_date < $date
    group by dormant.user_id, dormant.site_id
    having count(*) >= $covered_share * any_value(dormant.days_unseen)
),
own_network as (
    select distinct user_network_day.user_id, user_network_day.network
    from cached.user_network_day as user_network_day
    semi join dormant using (user_id)
    left join reported using (user_id)
    where user_network_day.log_date < coalesce(reported.from_day, $date)
),
origin as (
    select
        dormant.user_id, dormant.site_id,
        bool_or(
            own_network.user_id is null
            and coalesce(shared_network.people, 0) < $peer_people
        ) as is_unusual_network,
        first_ten(list(distinct day_source.country)
            filter (where day_source.country is not null)) as countries,
        first_ten(list(distinct day_source.machine)) as browsers
    from dormant
    inner join day_source using (user_id, site_id)
    left join own_network on own_network.user_id = day_source.user_id
        and own_network.network = day_source.network
    left join shared_network on shared_network.network = day_source.network
        and shared_network.subnet is null
    group by dormant.user_id, dormant.site_id
),
peers as (
    select
        user_day.site_id, user_day.user_type,
        avg(user_day.subjects) as mean_subjects
    from past.user_day
    semi join dormant using (site_id, user_type)
    where user_day.subjects > 0
    group by user_day.site_id, user_day.user_type
),
absence as (
    select
        dormant.user_id, dormant.site_id,
        bool_or(dormant.first_seen between context_absence.from_at and context_absence.to_at)
            as is_away,
        any_value(context_absence.reason) as reason_on_record
    from dormant
    inner join context_absence on context_absence.user_id = dormant.user_id
        and context_absence.from_at <= dormant.last_seen
        and context_absence.to_at >= dormant.last_day::timestamptz
    group by dormant.user_id, dormant.site_id
),
expected as (
    select context_roster.user_id, any_value(context_roster.reason) as reason_on_record
    from context_roster
    inner join dormant on dormant.user_id = context_roster.user_id
        and dormant.first_seen between context_roster.from_at and context_roster.to_at
        and coalesce(context_roster.site_id, dormant.site_id) = dormant.site_id
    group by context_roster.user_id
),
details as (
    select
        request.user_id, request.site_id,
        first_ten(list(distinct request.subject_id) filter (where request.is_personal))
            as subject_ids,
        first_ten(list(distinct request.client_ip)) as addresses
    from day_request as request
    semi join dormant using (user_id, site_id)
    group by request.user_id, request.site_id
),
weighed as (
    select
        dormant.*,
        coalesce(origin.is_unusual_network, false) as is_unusual_network,
        origin.countries, origin.browsers, details.subject_ids, details.addresses,
        peers.mean_subjects,
        coalesce(absence.is_away, false) as is_away,
        case
            when expected.user_id is not null then 'on_roster'
            when absence.user_id is not null and not absence.is_away
                then 'absence_over'
            when not dormant.is_never_seen
                and dormant.longest_gap >= $habit_share * dormant.days_unseen
                then 'away_as_long_before'
        end as reason,
        case
            when expected.user_id is not null then expected.reason_on_record
            when not absence.is_away then absence.reason_on_record
        end as reason_on_record
    from dormant
    semi join covered using (user_id, site_id)
    left join origin using (user_id, site_id)
    left join details using (user_id, site_id)
    left join peers on peers.site_id = dormant.site_id and peers.user_type = dormant.user_type
    left join absence using (user_id, site_id)
    left join expected using (user_id)
)
select
    weighed.site_id,
    'user' as actor_kind,
    weighed.user_id as actor,
    weighed.first_seen,
    weighed.last_seen,
    weighed.requests + weighed.refused as event_count,
    weighed.subjects as subject_count,
    {
        'observed': weighed.requests,
        'expected': 0,
        'upper': 0,
        'unit': 'requests',
        'baseline': case when weighed.is_never_seen then 'none' else 'own' end,
        'baseline_days': weighed.days,
        'peer_mean': round(weighed.mean_subjects, 1),
        'days_unseen': weighed.days_unseen,
        'longest_gap': weighed.longest_gap,
        'is_never_seen': weighed.is_never_seen,
        'is_unusual_network': weighed.is_unusual_network,
        'is_off_hours': weighed.is_off_hours,
        'user_type': weighed.user_type,
        'data_level': weighed.data_level,
        'successes': weighed.logins,
        'reason': weighed.reason,
        'reason_on_record': weighed.reason_on_record,
        'countries': weighed.countries,
        'browsers': weighed.browsers,
        'subjects': weighed.subject_ids,
        'addresses': weighed.addresses
    } as evidence,
    weighed.requests,
    weighed.personal,
    weighed.logins,
    weighed.subjects,
    weighed.collections,
    weighed.mean_subjects,
    weighed.is_away,
    weighed.is_reported,
    weighed.is_never_seen,
    weighed.is_unusual_network,
    weighed.is_off_hours,
    weighed.user_type,
    weighed.reason
from weighed
where weighed.personal > 0 or weighed.logins > 0 or weighed.refused > 0
