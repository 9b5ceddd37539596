-- One row per person and country of the day that several requests bear out, of who was in more than one.
select
    user_id, country, sum(requests) as requests,
    coalesce(sum(requests) filter (where site.trust is distinct from 'partner'), 0) as own_requests
from day_source
left join cached.site as site on site.site_id = day_source.site_id
where user_id is not null and country is not null and user_type <> 'system'
group by user_id, country
having sum(requests) >= earned_requests()
qualify count(*) over (partition by user_id) > 1
