with source as (
    select
        site_id, client_ip,
        count(*) as pages,
        sum(tries)::bigint as tries,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        list(url_path order by first_seen, url_path)[1:5] as paths
    from web_missing
    group by site_id, client_ip
    having count(*) >= $min_missing
),
-- The site's own rate; a day of much probing counts no more than another.
usual as (
    select site_id, median(not_found / records) as rate, count(*) as days
    from past.site_day
    where records >= $min_records
        and site_id in (select source.site_id from source)
    group by site_id
),
judged as (
    select
        source.*, address.requests, address.country, address.bot_name, address.is_crawler, address.is_authorised,
        coalesce(usual.days, 0) as days,
        address.requests * case
            when coalesce(usual.days, 0) >= $min_days then usual.rate else $usual_rate
        end as expected
    from source
    inner join web_address as address using (site_id, client_ip)
    left join usual using (site_id)
    anti join day_search_crawler as crawler
        on crawler.site_id = address.site_id and crawler.client_ip = address.client_ip
)
select
    site_id,
    'ip' as actor_kind,
    client_ip as actor,
    first_seen,
    last_seen,
    tries as event_count,
    0 as subject_count,
    {
        'observed': pages,
        'expected': round(expected, 1),
        'upper': greatest($min_missing, round($times_the_rate * expected, 1)),
        'unit': 'attempts',
        'baseline': case when days >= $min_days then 'site' else 'none' end,
        'baseline_days': days,
        'share': round(pages / requests, 2),
        'paths': paths,
        'bot_name': bot_name,
        'countries': case when country is not null then [country] end
    } as evidence,
    pages,
    is_crawler,
    is_authorised
from judged
where pages >= $times_the_rate * expected
