with lake_day as (
    select min(log_date) as first_day from cached.site_day where records > 0
),
person as (
    select
        request.user_id, request.user_type,
        bool_or(coalesce(
            bool_or(site.trust = 'own' and request.user_type in ('staff', 'contractor', 'system')), false
        )) over (partition by request.user_id) as is_own
    from day_request as request
    left join worker using (user_id)
    left join cached.site as site on site.site_id = request.site_id
    where request.user_id is not null
        and (
            request.user_type not in ('customer', 'unknown')
            or (request.user_type = 'unknown' and worker.user_id is not null)
        )
    group by request.user_id, request.user_type
),
-- A partner can write anybody into its log: it is no witness that an account of ours, which now
-- works at a site of ours, has been in use.
seen as (
    select distinct user_day.user_id, user_day.log_date
    from cached.user_day as user_day
    inner join person using (user_id)
    left join cached.site as site on site.site_id = user_day.site_id
    where user_day.log_date < $date and (site.trust is distinct from 'partner' or not person.is_own)
),
past as (
    select user_id, max(log_date) as last_day, max(days_away) as longest_gap, count(*) as days
    from (
        select user_id, log_date,
            log_date - lag(log_date) over (partition by user_id order by log_date) as days_away
        from seen
    )
    group by user_id
),
sleeper as (
    select person.user_id, person.user_type, past.longest_gap,
        coalesce(past.days, 0) as days,
        past.last_day is null as is_never_seen,
        coalesce(past.last_day, lake_day.first_day) as last_day,
        $date::date - coalesce(past.last_day, lake_day.first_day) as days_unseen
    from person
    cross join lake_day
    left join past using (user_id)
    where coalesce(past.last_day, lake_day.first_day) <= $date - $dormant_days::int
),
dormant as (
    select
        request.user_id, request.site_id, request.user_type,
        any_value(sleeper.longest_gap) as longest_gap,
        any_value(sleeper.days) as days,
        any_value(sleeper.is_never_seen) as is_never_seen,
        any_value(sleeper.last_day) as last_day,
        any_value(sleeper.days_unseen) as days_unseen,
        count(*) filter (where coalesce(request.status, 0) < 400) as requests,
        count(*) filter (where request.is_personal) as personal,
        count(*) filter (where request.is_personal and request.resource_kind = 'export')
            as exports,
        count(*) filter (where request.login_result = 'success') as logins,
        count(distinct request.subject_id) filter (where request.is_personal) as subjects,
        max(request.data_level) filter (where request.is_personal) as data_level,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        -- A batch that runs once a month, at night, returns after a pause by design.
        bool_or(
            site.hours = 'business' and coalesce(request.status, 0) < 400 and request.user_type <> 'system'
            and (
                not calendar_day.is_working_day
                or request.minute_of_day < $business_from_minute - $grace_minutes
                or request.minute_of_day >= $business_to_minute + $grace_minutes
            )
        ) as is_off_hours,
        first_ten(list(distinct request.subject_id) filter (where request.is_personal))
            as subject_ids,
        first_ten(list(distinct request.client_ip)) as addresses
    from day_request as request
    inner join sleeper using (user_id, user_type)
    inner join calendar_day on calendar_day.log_date = $date
    left join cached.site as site on site.site_id = request.site_id
    group by request.user_id, request.site_id, request.user_type
    having personal > 0 or logins > 0
),
-- Where the lake itself has nothing of the time, nobody could be seen.
covered as (
    select dormant.user_id, dormant.site_id
    from dormant
    inner join cached.site_day as site_day
        on site_day.site_id = dormant.site_id and site_day.records > 0
        and site_day.log_date > dormant.last_day and site_day.log_date < $date
    group by dormant.user_id, dormant.site_id
    having count(*) >= half(any_value(dormant.days_unseen))
),
own_network as (
    select distinct user_id, network
    from cached.user_network_day
    semi join dormant using (user_id)
    where log_date < $date
),
origin as (
    select
        dormant.user_id, dormant.site_id,
        bool_or(own_network.user_id is null and coalesce(shared_network.people, 0) < $peer_people)
            as is_unusual_network,
        first_ten(list(distinct day_source.country)
            filter (where day_source.country is not null)) as countries,
        first_ten(list(distinct day_source.machine)) as browsers
    from dormant
    inner join day_source using (user_id, site_id)
    left join own_network on own_network.user_id = dormant.user_id
        and own_network.network = day_source.network
    left join shared_network on shared_network.network = day_source.network
        and shared_network.subnet is null
    group by dormant.user_id, dormant.site_id
),
peers as (
    select site_id, user_type, avg(subjects) as mean_subjects
    from past.user_day
    semi join dormant using (site_id, user_type)
    where subjects > 0
    group by site_id, user_type
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
    select dormant.user_id, any_value(context_roster.reason) as reason_on_record
    from dormant
    inner join context_roster on context_roster.user_id = dormant.user_id
        and dormant.first_seen between context_roster.from_at and context_roster.to_at
        and coalesce(context_roster.site_id, dormant.site_id) = dormant.site_id
    group by dormant.user_id
),
weighed as (
    select
        dormant.*,
        coalesce(origin.is_unusual_network, false) as is_unusual_network,
        dormant.user_type <> 'system' and (
            dormant.exports > 0
            or (
                dormant.subjects > 0
                and dormant.subjects >= clear_ratio() * coalesce(peers.mean_subjects, 0)
            )
        ) as is_much,
        -- Whoever is back from leave works all day; whoever borrows an account stops when it is done.
        not dormant.is_never_seen and dormant.subjects > household_subjects()
            and dormant.last_seen - dormant.first_seen < to_hours($whole_day_hours::int) as is_brief,
        origin.countries, origin.browsers, peers.mean_subjects,
        coalesce(absence.is_away, false) as is_away,
        case
            when expected.user_id is not null then 'on_roster'
            when not absence.is_away then 'absence_over'
            -- A monthly closing, a seasonal helper: away as long before, give or take a week.
            when dormant.longest_gap + days_a_week() >= dormant.days_unseen
                then 'away_as_long_before'
        end as reason,
        case
            when expected.user_id is not null then expected.reason_on_record
            when not absence.is_away then absence.reason_on_record
        end as reason_on_record
    from dormant
    semi join covered using (user_id, site_id)
    left join origin using (user_id, site_id)
    left join peers on peers.site_id = dormant.site_id and peers.user_type = dormant.user_type
    left join absence using (user_id, site_id)
    left join expected on expected.user_id = dormant.user_id
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    requests as event_count,
    subjects as subject_count,
    {
        'observed': requests,
        'expected': 0,
        'upper': 0,
        'unit': 'requests',
        'baseline': case when is_never_seen then 'none' else 'own' end,
        'baseline_days': days,
        'peer_mean': round(mean_subjects, 1),
        'days_unseen': days_unseen,
        'longest_gap': longest_gap,
        'is_never_seen': is_never_seen,
        'is_unusual_network': is_unusual_network,
        'is_off_hours': is_off_hours,
        'user_type': user_type,
        'data_level': data_level,
        'successes': logins,
        'reason': reason,
        'reason_on_record': reason_on_record,
        'countries': countries,
        'browsers': browsers,
        'subjects': subject_ids,
        'addresses': addresses
    } as evidence,
    personal,
    subjects,
    is_away,
    is_never_seen,
    is_unusual_network,
    is_off_hours,
    is_unusual_network::int + is_off_hours::int + is_much::int as signs,
    is_brief,
    reason
from weighed
