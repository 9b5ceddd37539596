with busy as (
    select *
    from web_address
    anti join day_search_crawler as crawler
        on crawler.site_id = web_address.site_id and crawler.client_ip = web_address.client_ip
    where requests >= $min_requests_a_minute
        and not is_monitor
),
minute as (
    select
        request.site_id, request.client_id,
        epoch_us(request.time) // microseconds_a_minute() as minute,
        count(*) as requests
    from day_log as request
    semi join busy using (site_id, client_id)
    group by all
),
peak as (
    select site_id, client_id, max(requests) as busiest, arg_max(minute, requests) as minute
    from minute
    group by site_id, client_id
    having max(requests) >= $min_requests_a_minute
),
usual as (
    select site_id, median(busiest_minute) as busiest, count(*) as days
    from past.peak_day
    where busiest_minute is not null
        and site_id in (select peak.site_id from peak)
    group by site_id
    having count(*) >= $min_days
),
look as (
    select
        request.site_id, request.client_id,
        list(distinct coalesce(request.user_id, service.user_id)) filter (
            where is_access(request.status) and coalesce(request.user_id, service.user_id) is not null
        ) as users,
        count(*) filter (where request.status in (429, 500, 502, 503, 504)) as failing
    from day_log as request
    semi join peak using (site_id, client_id)
    left join day_service as service on service.event_id = request.event_id
    group by request.site_id, request.client_id
),
page as (
    select site_id, client_id, list(url_path order by requests desc, url_path)[1:5] as paths
    from (
        select request.site_id, request.client_id, request.url_path, count(*) as requests
        from day_log as request
        semi join peak using (site_id, client_id)
        where request.url_path is not null
        group by all
    )
    group by site_id, client_id
),
judged as (
    select
        peak.*, busy.client_ip, busy.country, busy.requests, busy.bot_name, busy.is_authorised,
        busy.first_seen, busy.last_seen,
        first_ten(look.users) as users, look.failing, page.paths,
        coalesce(usual.busiest, 0) as usual, coalesce(usual.days, 0) as days
    from peak
    inner join busy using (site_id, client_id)
    inner join look using (site_id, client_id)
    left join page using (site_id, client_id)
    left join usual using (site_id)
    where len(coalesce(look.users, [])) < $crowd_users
)
select
    site_id,
    'ip' as actor_kind,
    client_ip as actor,
    first_seen,
    last_seen,
    requests as event_count,
    0 as subject_count,
    {
        'observed': busiest,
        'expected': usual,
        'upper': greatest($min_requests_a_minute, $times_the_usual * usual),
        'unit': 'requests',
        'baseline': case when days > 0 then 'site' else 'none' end,
        'baseline_days': days,
        'failures': nullif(failing, 0),
        'paths': paths,
        'users': users,
        'bot_name': bot_name,
        'countries': case when country is not null then [country] end
    } as evidence,
    requests,
    failing,
    is_authorised
from judged
where busiest >= $times_the_usual * usual
