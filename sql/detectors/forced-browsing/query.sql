with source as (
    select
        site_id, client_ip,
        count(*) as pages,
        sum(tries)::bigint as tries,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from web_missing
    group by site_id, client_ip
),
-- The first pages of those that asked for many.
asked as (
    select site_id, client_ip, list(url_path order by first_seen, url_path)[1:5] as paths
    from web_missing
    semi join (select site_id, client_ip from source where pages >= $min_missing) using (site_id, client_ip)
    group by site_id, client_ip
),
-- A few pages each of many addresses: what they missed together, by the one that missed most.
slight as (
    select site_id, client_ip, pages
    from source
    where pages < $persistent_missing
),
many as (
    select site_id, arg_max(client_ip, (pages, client_ip)) as client_ip, count(*) as address_count
    from slight
    group by site_id
    having count(*) >= $scattered_addresses
),
missed_page as (
    select
        missing.site_id, missing.url_path,
        sum(missing.tries)::bigint as tries,
        min(missing.first_seen) as first_seen,
        max(missing.last_seen) as last_seen
    from web_missing as missing
    semi join many using (site_id)
    semi join slight using (site_id, client_ip)
    group by missing.site_id, missing.url_path
),
scattered as (
    select
        many.site_id, many.client_ip, many.address_count,
        count(*) as pages,
        sum(page.tries)::bigint as tries,
        min(page.first_seen) as first_seen,
        max(page.last_seen) as last_seen,
        list(page.url_path order by page.url_path)[1:5] as paths
    from missed_page as page
    inner join many using (site_id)
    group by all
    having count(*) >= $persistent_missing
),
-- The site's own rate; a day of much probing counts no more than another.
usual as (
    select
        site_id, median(not_found / records) as rate, median(not_found) as not_found, count(*) as days
    from past.site_day
    where records >= $min_records
        and site_id in (select source.site_id from source)
    group by site_id
),
judged as (
    select
        source.*, asked.paths, address.requests, address.country, address.bot_name, address.is_crawler, address.is_authorised,
        coalesce(usual.days, 0) as days,
        address.requests * case
            when coalesce(usual.days, 0) >= $min_days then usual.rate else $usual_rate
        end as expected,
        1 as address_count
    from source
    inner join asked using (site_id, client_ip)
    inner join web_address as address using (site_id, client_ip)
    left join usual using (site_id)
    anti join day_search_crawler as crawler
        on crawler.site_id = address.site_id and crawler.client_ip = address.client_ip
    union all by name
    select
        scattered.*, tries as requests, usual.days, usual.not_found as expected,
        false as is_crawler, false as is_authorised
    from scattered
    inner join usual on usual.site_id = scattered.site_id and usual.days >= $min_days
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
