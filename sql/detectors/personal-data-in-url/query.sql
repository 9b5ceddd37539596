with past as (
    select leak_day.*
    from past.leak_day
    where leak_day.answered > 0
),
page_past as (
    select site_id, kind, place, parameter, page, count(*) as days, avg(answered) as mean
    from past
    group by all
),
parameter_past as (
    select site_id, kind, place, parameter,
        count(distinct log_date) as days, count(distinct page) as pages
    from past
    where parameter is not null
    group by all
),
leak as (
    select
        today.*,
        coalesce(page_past.days, 0) as days,
        coalesce(page_past.mean, 0) as mean,
        coalesce(page_past.days, 0) >= $news_days
        or (
            coalesce(parameter_past.days, 0) >= $news_days
            and coalesce(parameter_past.pages, 0) >= $free_pages
        ) as is_known,
        today.answered >= $min_answered
        and (today.addresses >= $min_addresses or today.answered >= $lone_answered)
        and today.answered >= $answered_share * today.records as is_of_site,
        list_contains($grave_kinds, today.kind) as is_grave
    from cached.leak_day as today
    left join page_past
        on page_past.site_id = today.site_id and page_past.kind = today.kind
        and page_past.place = today.place and page_past.page = today.page
        and page_past.parameter is not distinct from today.parameter
    left join parameter_past
        on parameter_past.site_id = today.site_id and parameter_past.kind = today.kind
        and parameter_past.place = today.place and parameter_past.parameter = today.parameter
    where today.log_date = $date and today.answered > 0
),
graded as (
    select
        leak.*,
        is_of_site and (
            not is_known
            or (
                days >= $news_days and answered >= $jump_ratio * mean
                and answered >= mean + $jump_floor
            )
        ) as is_news
    from leak
),
finding as (
    select
        site_id,
        bool_or(is_news) as is_news,
        bool_or(is_news and is_grave) as is_grave_news,
        count(*) filter (where is_news) as new_leaks,
        coalesce(sum(answered) filter (where is_news), sum(answered)) as answered,
        -- What a query held is the next request's referrer: it is counted once.
        coalesce(
            sum(answered) filter (where place <> 'referrer' and is_news),
            sum(answered) filter (where is_news),
            sum(answered) filter (where place <> 'referrer'),
            sum(answered)
        ) as requests,
        coalesce(sum(mean) filter (where is_news), sum(mean)) as usual,
        max(days) as days,
        max(addresses) as address_count,
        min(first_time) as first_seen,
        max(last_time) as last_seen,
        first_ten(list(distinct kind)) as kinds,
        first_ten(list(distinct page) filter (where is_news or is_known)) as pages,
        first_ten(list(distinct parameter) filter (where parameter is not null)) as parameters,
        list(
            concat_ws(' ', kind, place, parameter, page, '×' || answered)
            order by is_news desc, answered desc, kind, page
        )[1:10] as leaks
    from graded
    group by site_id
)
select
    finding.site_id,
    'site' as actor_kind,
    finding.site_id as actor,
    finding.first_seen,
    finding.last_seen,
    finding.requests::bigint as event_count,
    0 as subject_count,
    {
        'observed': finding.requests,
        'expected': round(finding.usual, 1),
        'unit': 'requests',
        'baseline': case when finding.days > 0 then 'site' else 'none' end,
        'baseline_days': finding.days,
        'new_leaks': finding.new_leaks,
        'kinds': finding.kinds,
        'paths': finding.pages,
        'parameters': finding.parameters,
        'leaks': finding.leaks,
        'address_count': finding.address_count
    } as evidence,
    finding.requests,
    finding.is_news,
    finding.is_grave_news
from finding
