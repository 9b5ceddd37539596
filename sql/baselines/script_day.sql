-- One row per site, day and script that answered, for the days in $days: paths that end as programs
-- do. Whoever sends requests chooses paths: of a site and day the 2,000 most asked are kept. Of
-- IPv6 a /64 is one address.
select
    request.log_date,
    request.site_id,
    request.url_path,
    count(*) as requests,
    count(distinct coalesce(slash64_of(client.client_ip), client.client_ip)) as addresses,
    count(*) filter (where request.method = 'POST') as posts
from lake.request as request
left join lake.client as client on client.client_id = request.client_id
where request.log_date in (select unnest($days::date[]))
    and request.status between 200 and 299
    and contains(request.url_path, '.')
    and regexp_matches(
        request.url_path, '\.(?:php[0-9]?|phtml|phar|jspx?|aspx?|ashx|asmx|cfm|cgi|pl)(?:/|;|$)', 'i'
    )
group by request.log_date, request.site_id, request.url_path
qualify row_number() over (
    partition by request.log_date, request.site_id order by count(*) desc, request.url_path
) <= 2000
