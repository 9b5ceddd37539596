with person_day as (
    select
        user_day.log_date, user_day.site_id, user_day.user_id,
        coalesce(user_day.user_type, 'unknown') as user_type,
        list_contains($working_days::date[], user_day.log_date) as is_working_day,
        user_day.subjects, user_day.first_time, user_day.last_time, user_day.record_accesses
    from lake.user_day as user_day
    where user_day.log_date between $history_from and $date
        and user_day.subjects > 0
),
today as (
    select * from person_day where log_date = $date
),
past as (
    select person_day.*, today.is_working_day = person_day.is_working_day as is_like_today
    from person_day
    cross join (select any_value(is_working_day) as is_working_day from today) as today
    where person_day.log_date < $date
),
own as (
    select
        site_id, user_id, user_type,
        count(*) as days,
        avg(subjects) as mean_of_all,
        count(*) filter (where is_like_today) as days_like_today,
        avg(subjects) filter (where is_like_today) as mean_like_today
    from past
    group by all
),
person as (
    select
        own.site_id, own.user_id, own.user_type, own.days,
        -- Where work goes on around the clock, rotas and not weekdays make the difference.
        case
            when site.hours = 'business' and own.days_like_today >= $class_days
                then own.mean_like_today
            else own.mean_of_all
        end as own_mean
    from own
    inner join lake.site as site using (site_id)
),
spread as (
    select past.site_id, past.user_type, past.user_id,
        count(*) as days, avg(past.subjects) as mean, var_samp(past.subjects) as variance
    from past
    group by all
    having count(*) >= $class_days
),
crowd as (
    select site_id, user_type, avg(subjects) as mean, var_samp(subjects) as variance
    from past
    group by all
),
team as (
    select
        site_id, user_type,
        least(3.0, greatest(0.05, coalesce(
            sum((days - 1) * (variance - mean)) / nullif(sum((days - 1) * mean * mean), 0),
            $default_dispersion
        ))) as dispersion
    from spread
    group by all
),
peers as (
    select site_id, user_type, sum(own_mean) as sum_of_means, count(*) as people
    from person
    group by all
),
judged as (
    select
        today.*,
        coalesce(person.days, 0) as own_days,
        person.own_mean,
        (peers.sum_of_means - coalesce(person.own_mean, 0))
            / nullif(peers.people - (person.user_id is not null)::int, 0) as peer_mean,
        case
            when person.days >= $enough_days then coalesce(team.dispersion, $default_dispersion)
            -- Judged by the peers, a person may also be one of those who do more than others.
            else greatest(
                coalesce(team.dispersion, $default_dispersion),
                (crowd.variance - crowd.mean) / nullif(crowd.mean * crowd.mean, 0),
                $default_dispersion
            )
        end as dispersion
    from today
    left join person using (site_id, user_id)
    left join peers on peers.site_id = today.site_id and peers.user_type = today.user_type
    left join team on team.site_id = today.site_id and team.user_type = today.user_type
    left join crowd on crowd.site_id = today.site_id and crowd.user_type = today.user_type
),
usual as (
    select
        judged.*,
        case
            when own_days >= $enough_days or peer_mean is null then own_mean
            else greatest(
                own_mean,
                (own_days * coalesce(own_mean, 0) + $prior_days * peer_mean)
                    / (own_days + $prior_days)
            )
        end as usual_subjects
    from judged
),
busy as (
    select
        user_type,
        case
            when count(*) >= $min_group then least(
                $max_common_factor, greatest(1.0, median(subjects / usual_subjects))
            )
            else 1.0
        end as factor
    from usual
    where usual_subjects > 0
    group by all
),
expected as (
    select
        usual.*,
        usual.usual_subjects * busy.factor as expected,
        usual.subjects / (usual.usual_subjects * busy.factor) as ratio
    from usual
    inner join busy using (user_type)
    where usual.subjects >= $min_subjects and usual.usual_subjects > 0
),
unusual as (
    select expected.*, nb_tail(subjects, expected, dispersion) as p_value
    from expected
    where ratio >= $min_ratio
),
history as (
    select
        past.site_id, past.user_id,
        list({'on': past.log_date, 'value': past.subjects} order by past.log_date) as days
    from person_day as past
    inner join unusual using (site_id, user_id)
    where past.log_date > $date - $series_days::int
    group by all
),
seen as (
    select
        request.site_id, request.user_id,
        list_sort(list(distinct request.subject_id))[1:10] as subjects,
        list_sort(list(distinct client.client_ip))[1:10] as addresses
    from lake.request as request
    inner join unusual using (site_id, user_id)
    left join lake.client as client on client.client_id = request.client_id
    where request.log_date = $date and request.resource_kind = 'record'
        and (request.status < 300 or request.status = 304)
    group by all
)
select
    unusual.site_id,
    'user' as actor_kind,
    unusual.user_id as actor,
    case
        when unusual.subjects >= $critical_subjects and unusual.ratio >= $high_ratio
            then 'critical'
        when unusual.ratio >= $high_ratio then 'high'
        else 'medium'
    end as severity,
    least(100, 35 + 8 * log2(unusual.ratio) + 10 * log10(unusual.subjects)) as score,
    unusual.first_time as first_seen,
    unusual.last_time as last_seen,
    unusual.record_accesses as event_count,
    unusual.subjects as subject_count,
    {
        'observed': unusual.subjects,
        'expected': round(unusual.expected, 1),
        'upper': round(
            unusual.expected
            + 3 * sqrt(unusual.expected + unusual.dispersion * unusual.expected ** 2), 1
        ),
        'ratio': round(unusual.ratio, 1),
        'unit': 'records',
        'baseline': case when unusual.own_days >= $enough_days then 'own' else 'peers' end,
        'baseline_days': unusual.own_days,
        'p_value': printf('%.1e', unusual.p_value)::double,
        'own_mean': round(unusual.own_mean, 1),
        'peer_mean': round(unusual.peer_mean, 1),
        'user_type': unusual.user_type,
        'series': history.days,
        'subjects': seen.subjects,
        'addresses': seen.addresses
    } as evidence
from unusual
left join history using (site_id, user_id)
left join seen using (site_id, user_id)
where unusual.p_value <= $max_p
