with page_past as (
    select site_id, kind, place, parameter, page, count(*) as days, avg(answered) as mean
    from past.leak_day
    where answered > 0
    group by all
),
parameter_past as (
    select site_id, kind, place, parameter, count(distinct log_date) as days, count(distinct page) as pages
    from past.leak_day
    where answered > 0
    group by all
),
leak as (
    select
        today.*,
        coalesce(page_past.days, 0) as days,
        coalesce(page_past.mean, 0) as mean,
        -- A parameter of several pages goes with every page.
        greatest(
            coalesce(page_past.days, 0),
            case when parameter_past.pages > 1 then parameter_past.days else 0 end
        ) >= $news_days as is_known,
        -- What the site mostly refuses is a scanner's guess and no page of the site.
        today.answered >= greatest($min_answered, half(today.records))
        and (
            not is_known
            or (page_past.days >= $news_days and today.answered >= $jump_ratio * greatest($min_answered, page_past.mean))
        ) as is_news,
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
    from leak
    group by site_id
)
select
    site_id,
    'site' as actor_kind,
    site_id as actor,
    first_seen,
    last_seen,
    requests::bigint as event_count,
    0 as subject_count,
    {
        'observed': requests,
        'expected': round(usual, 1),
        'unit': 'requests',
        'baseline': case when days > 0 then 'site' else 'none' end,
        'baseline_days': days,
        'new_leaks': new_leaks,
        'kinds': kinds,
        'paths': pages,
        'parameters': parameters,
        'leaks': leaks,
        'address_count': address_count
    } as evidence,
    requests,
    is_news,
    is_grave_news
from finding
