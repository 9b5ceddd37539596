with missing as (
    select *, count(*) over (partition by site_id, client_ip) as own_pages
    from web_missing
),
one as (
    select
        site_id, client_ip, 1 as address_count,
        count(*) as pages,
        sum(tries)::bigint as tries,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        list(url_path order by first_seen, url_path)[1:5] as paths
    from missing
    where own_pages >= $min_missing
    group by site_id, client_ip
),
-- Fewer pages each of many addresses: what they missed together, by the one that missed most.
many as (
    select
        site_id, arg_max(client_ip, (own_pages, client_ip)) as client_ip,
        count(distinct client_ip) as address_count,
        count(distinct url_path) as pages,
        sum(tries)::bigint as tries,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        list_sort(list(distinct url_path))[1:5] as paths
    from missing
    where own_pages < $persistent_missing
    group by site_id
    having pages >= $persistent_missing
),
-- The site's own rate; a day of much probing counts no more than another. Until it is known nothing is expected.
usual as (
    select
        site_id, median(not_found / records) as rate, median(not_found) as not_found, count(*) as days
    from past.site_day
    where records >= $min_missing
        and site_id in (select web_missing.site_id from web_missing)
    group by site_id
    having count(*) >= $min_days
),
judged as (
    select
        one.*, address.requests, address.country, address.bot_name, address.is_crawler, address.is_authorised,
        usual.days,
        address.requests * coalesce(usual.rate, 0) as expected
    from one
    inner join web_address as address using (site_id, client_ip)
    left join usual using (site_id)
    anti join day_search_crawler as crawler
        on crawler.site_id = address.site_id and crawler.client_ip = address.client_ip
    union all by name
    select
        many.*, tries as requests, usual.days, usual.not_found as expected,
        false as is_crawler, false as is_authorised
    from many
    inner join usual using (site_id)
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
        'baseline': case when days is not null then 'site' else 'none' end,
        'baseline_days': coalesce(days, 0),
        'share': round(pages / requests, 2),
        'address_count': nullif(address_count, 1),
        'tried_by': case when address_count > 1 then 'few_each_of_many' else 'one' end,
        'paths': paths,
        'bot_name': bot_name,
        'countries': case when country is not null then [country] end
    } as evidence,
    pages,
    is_crawler,
    is_authorised
from judged
where pages >= $times_the_rate * expected
