-- A page is its path where names stand in the query, else the path without its last part. A masked
-- value is a name too, but which one is not known: each request with one counts.
with account_page as (
    select account_page.url_path
    from web_account_page as account_page
    where not is_picture(account_page.url_path)
        and not regexp_matches(account_page.url_path, '\.(?:js|map|pdf)$', 'i')
),
asked as (
    select
        request.site_id, request.client_id, request.time, request.status, request.bytes,
        case
            when request.url_query is not null then request.url_path
            else regexp_replace(request.url_path, '/[^/]+/?$', '/*')
        end as page,
        concat_ws('?', request.url_path, request.url_query) as target,
        regexp_matches(concat_ws('?', request.url_path, request.url_query), '\[[a-z][a-z0-9_]*\]')
            as is_masked
    from day_log as request
    anti join day_service as service on service.event_id = request.event_id
    where request.user_id is null
        and coalesce(request.data_level, 0) = 0
        and request.resource_kind is distinct from 'login'
        and (
            request.url_path in (select account_page.url_path from account_page)
            or (
                starts_with(request.url_query, 'author=')
                and regexp_matches(request.url_query, '^author=[0-9]{1,6}$')
            )
        )
),
source as (
    select
        site_id, client_id, page,
        count(*) as tries,
        count(distinct target) filter (where not is_masked) + count(*) filter (where is_masked)
            as names,
        -- What was refused or sent elsewhere shows nobody's use of a page.
        count(distinct target) filter (where status between 200 and 299) as read_names,
        count(*) filter (where status between 200 and 399) as found,
        count(distinct status) as statuses,
        count(distinct bytes) as sizes,
        min(time) as first_seen,
        max(time) as last_seen,
        list(distinct target order by target)[1:5] as paths
    from asked
    group by site_id, client_id, page
),
others as (
    select site_id, page, median(read_names) as names, count(*) as addresses
    from source
    where read_names > 0
    group by site_id, page
),
judged as (
    select
        source.* exclude (read_names), address.client_ip, address.country, address.bot_name, address.is_crawler,
        address.is_authorised,
        case when others.addresses >= $min_others then others.names else 0 end as usual
    from source
    left join others using (site_id, page)
    inner join web_address as address using (site_id, client_id)
    anti join day_search_crawler as crawler
        on crawler.site_id = address.site_id and crawler.client_ip = address.client_ip
    where source.names >= $min_names
        and not address.is_monitor
),
strongest as (
    select *
    from judged
    where names >= $times_the_others * usual
    qualify row_number() over (partition by site_id, client_ip order by names desc, page) = 1
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
        'observed': names,
        'expected': usual,
        'upper': greatest($min_names, $times_the_others * usual),
        'unit': 'attempts',
        'baseline': 'site',
        'baseline_days': 0,
        'page': page,
        'successes': found,
        'paths': paths,
        'bot_name': bot_name,
        'countries': case when country is not null then [country] end
    } as evidence,
    names,
    found,
    statuses,
    sizes,
    is_crawler,
    is_authorised
from strongest
