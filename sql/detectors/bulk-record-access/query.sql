-- A day that is not yet beyond doubt may be one of several.
with unusual_week as (
    select *
    from expected_week
    where p_value <= $max_p and ratio >= $min_week_ratio
        and value - expected >= $min_subjects and value > $habit_margin * value_before
),
unusual as (
    select
        today.* replace (least(today.p_value, week.p_value) as p_value),
        coalesce(
            today.p_value <= $max_p and today.ratio >= $min_ratio and today.value > $habit_margin * today.own_high,
            false
        ) as is_day,
        week.window_days, week.value as window_value, week.expected as window_expected
    from expected_volume as today
    left join unusual_week as week using (site_id, user_id, metric)
    where today.metric in ('subjects', 'unnamed_accesses', 'list_accesses')
        and case
            -- A page is opened again and again.
            when today.metric <> 'subjects'
                then is_day and half(today.value) >= $min_subjects and today.ratio >= $high_ratio
            when today.user_type = 'customer'
                then today.value >= $min_customer_subjects and (is_day or week.window_days is not null)
            else week.window_days is not null or (is_day and today.value >= $min_subjects)
        end
),
-- A person's sum over sites is a finding of the site with most of it, unless a site shows it alone.
place as (
    select user_id, site_id, count(*) over (partition by user_id) as sites
    from expected_volume
    where metric = 'subjects' and site_id <> '*'
    qualify row_number() over (partition by user_id order by value desc, site_id) = 1
),
located as (
    select
        unusual.* replace (coalesce(place.site_id, unusual.site_id) as site_id),
        unusual.site_id as volume_site,
        place.sites
    from unusual
    left join place on unusual.site_id = '*' and place.user_id = unusual.user_id
    where unusual.site_id <> '*'
        or unusual.user_id not in (select user_id from unusual where site_id <> '*')
),
at_site as (
    select *
    from located
    where site_id <> '*'
    qualify row_number() over (
        partition by site_id, user_id order by metric = 'subjects' desc, p_value, metric
    ) = 1
),
chosen as (
    select
        * replace (coalesce(sites, nullif(count(*) over (partition by user_id), 1)) as sites),
        -- Several sites on one day are one matter, told of the one where it is least likely.
        row_number() over (
            partition by user_id order by p_value, value desc, site_id
        ) > 1 as is_beside
    from at_site
),
history as (
    select
        chosen.site_id, chosen.user_id,
        list({'on': volume.log_date, 'value': volume.value} order by volume.log_date) as days
    from person_volume as volume
    inner join chosen
        on chosen.volume_site = volume.site_id and chosen.user_id = volume.user_id
        and chosen.metric = volume.metric
    group by chosen.site_id, chosen.user_id
),
seen as (
    select
        request.site_id, request.user_id,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        count(*) as accesses,
        count(distinct request.subject_id) as subject_count,
        max(request.data_level) as data_level,
        first_ten(list(distinct request.subject_id) filter (where request.subject_id is not null))
            as subjects,
        first_ten(list(distinct request.client_ip) filter (where request.client_ip is not null))
            as addresses
    from day_request as request
    inner join chosen using (site_id, user_id)
    where request.is_personal and request.reason is null
        and request.resource_kind
        = case when chosen.metric = 'list_accesses' then 'list' else 'record' end
    group by request.site_id, request.user_id
)
select
    chosen.site_id,
    'user' as actor_kind,
    chosen.user_id as actor,
    seen.first_seen,
    seen.last_seen,
    seen.accesses as event_count,
    seen.subject_count,
    chosen.p_value,
    {
        'observed': chosen.value::bigint,
        'expected': round(chosen.expected, 1),
        'upper': round(chosen.upper, 1),
        'ratio': round(chosen.ratio, 1),
        'unit': case when chosen.metric = 'subjects' then 'records' else 'requests' end,
        'counted': chosen.metric,
        'baseline': chosen.baseline,
        'baseline_days': chosen.days,
        'p_value': printf('%.1e', chosen.p_value)::double,
        'own_mean': round(chosen.own_mean, 1),
        'peer_mean': round(chosen.peer_mean, 1),
        'peers': chosen.peers,
        'common_factor': round(chosen.common_factor, 2),
        'window_days': chosen.window_days,
        'window_observed': chosen.window_value::bigint,
        'window_expected': round(chosen.window_expected, 1),
        'sites': chosen.sites,
        'user_type': chosen.user_type,
        'data_level': seen.data_level,
        'series': history.days,
        'subjects': seen.subjects,
        'addresses': seen.addresses
    } as evidence,
    chosen.metric,
    chosen.ratio,
    chosen.value,
    chosen.is_beside
from chosen
inner join seen using (site_id, user_id)
left join history using (site_id, user_id)
