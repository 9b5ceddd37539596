-- One row per site, day, kind of personal value, parameter and page in whose addresses ingest masked
-- such a value, for the days in $days. A bracketed word that ingest did not put there is none, nor is a
-- value of no known kind, and what an attack brings along is no leak of the site. Whoever sends requests
-- chooses names and pages: of a site and day the 200 that occur most are kept.
with masked as (
    select
        request.log_date, request.site_id, request.client_id, request.time, request.status,
        request.url_path, request.url_query, request.redactions,
        case
            when list_contains(site.domains, request.referrer_domain) then request.referrer
        end as own_referrer
    from lake.request as request
    left join lake.site as site on site.site_id = request.site_id
    where request.log_date in (select unnest($days::date[]))
        and len(request.redactions) > 0
        and not regexp_matches(
            lower(concat_ws('?', request.url_path, request.url_query)),
            '%27|''|%3c|<|\$\{|%24%7b|\.\./|%2e%2e|%00|union.{1,20}select|sleep.{0,3}\('
        )
),
piece as (
    select masked.* exclude (url_query, own_referrer), 'query' as place,
        unnest(string_split(url_query, '&')) as piece
    from masked
    where contains(url_query, '[')
    union all by name
    select masked.* exclude (url_query, own_referrer), 'path' as place, url_path as piece
    from masked
    where contains(url_path, '[')
    union all by name
    select masked.* exclude (url_query, own_referrer, url_path), 'referrer' as place,
        split_part(regexp_replace(own_referrer, '^[a-z]+://[^/]*', ''), '?', 1) as url_path,
        unnest(string_split(split_part(own_referrer, '?', 2), '&')) as piece
    from masked
    where contains(split_part(own_referrer, '?', 2), '[')
),
value as (
    select piece.*, unnest(list_intersect(
        regexp_extract_all(piece, '\[([a-z][a-z0-9_]{0,31})\]', 1), redactions
    )) as kind
    from piece
),
leak as (
    select
        value.*,
        case when place <> 'path' and contains(piece, '=') then left(split_part(piece, '=', 1), 60) end
            as parameter,
        left(regexp_replace(url_path, '\[[a-z][a-z0-9_]{0,31}\]|[0-9]+', '*', 'g'), 120) as page
    from value
    where kind <> 'value'
)
select
    log_date, site_id, kind, place, parameter, page,
    count(*) filter (where is_answered_client) as records,
    count(*) filter (where is_answered) as answered,
    count(distinct client_id) filter (where is_answered_client) as addresses,
    coalesce(min(time) filter (where is_answered), min(time)) as first_time,
    coalesce(max(time) filter (where is_answered), max(time)) as last_time
from (
    -- Of addresses to which nothing was answered nothing is the site's doing.
    select
        *, coalesce(status between 200 and 399, false) as is_answered,
        bool_or(is_answered) over (
            partition by log_date, site_id, kind, place, parameter, page, client_id
        ) as is_answered_client
    from leak
)
group by log_date, site_id, kind, place, parameter, page
qualify row_number() over (
    partition by log_date, site_id order by answered desc, records desc, kind, page, parameter
) <= 200
