-- A masked value is a name too, but which one is not known: each request with one counts.
with account_page as (
    select distinct account_page.url_path, page_of_names(account_page.url_path, null) as page
    from web_account_page as account_page
),
asked as (
    select
        request.site_id, request.client_id, request.time, request.status, request.bytes,
        case when request.url_query is not null then request.url_path else account_page.page end as page,
        concat_ws('?', request.url_path, request.url_query) as target,
        regexp_matches(concat_ws('?', request.url_path, request.url_query), '\[[a-z][a-z0-9_]*\]')
            as is_masked
    from day_log as request
    left join account_page on account_page.url_path = request.url_path
    anti join day_service as service on service.event_id = request.event_id
    where request.user_id is null
        and coalesce(request.data_level, 0) = 0
        and request.resource_kind is distinct from 'login'
        and (
            account_page.page is not null
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
-- How many names the visitors of a page ask for, by the days before; of the day itself only where the site has
-- none. What was refused or sent elsewhere shows nobody's use of a page.
past_site as (
    select distinct site_id
    from past.site_day
    where records > 0 and log_date in (select web_past_day.log_date from web_past_day)
),
past_visit as (
    select
        profile.site_id, request.client_id, request.log_date,
        page_of_names(request.url_path, request.url_query) as page,
        count(distinct concat_ws('?', request.url_path, request.url_query)) as names
    from lake.request_fact as request
    inner join cached.request_profile as profile
        on profile.request_profile_id = request.request_profile_id
    semi join (select site_id, page from source where names >= $min_names) as found
        on found.site_id = profile.site_id
        and found.page = page_of_names(request.url_path, request.url_query)
    where request.log_date >= $date - web_past_days()::int and request.log_date < $date
        and request.log_date in (select web_past_day.log_date from web_past_day)
        and request.user_id is null and coalesce(profile.data_level, 0) = 0
        and request.status between 200 and 299
    group by all
),
visitor as (
    select site_id, page, client_id, max(names) as names
    from past_visit
    group by site_id, page, client_id
    union all by name
    select site_id, page, client_id, read_names as names
    from source
    anti join past_site using (site_id)
    where read_names > 0
),
others as (
    select site_id, page, median(names) as names
    from visitor
    group by site_id, page
    having count(*) >= $min_others
),
judged as (
    select
        source.* exclude (read_names), address.client_ip, address.country, address.bot_name, address.is_crawler,
        address.is_authorised,
        coalesce(others.names, 0) as usual
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
