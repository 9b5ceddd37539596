-- One row per resource of a log that names no users but sessions, and address that is not known to have logged in, with a
-- session or without: there whoever has none, among all who have one, is the stranger. So is whoever comes with one from
-- where nobody has logged in, if people usually do or come from where they always come from: a cookie proves nothing.
with nameless as (
    select site_id, resource_id, usual_sessionless
    from resource_today
    where usual_share >= 1 - $closed_share and usual_sessionless <= $closed_share
),
place as (
    select site_id, subnet,
        count(*) as days,
        sum(personal_accesses) as accesses,
        sum(personal_accesses) filter (where login_successes > 0) as logged_in
    from past.subnet_day
    where personal_accesses > 0 and site_id in (select nameless.site_id from nameless)
    group by site_id, subnet
),
known_subnet as (
    select site_id, subnet from place where days >= earned_days()
),
-- Where few come from elsewhere without a log-in.
proving_site as (
    select site_id
    from place
    group by site_id
    having sum(case when days < earned_days() then accesses - coalesce(logged_in, 0) else 0 end)
        <= $closed_share * sum(accesses)
),
logged_in as (
    select distinct site_id, client_ip
    from day_request
    where login_result = 'success' and site_id in (select nameless.site_id from nameless)
)
select
    request.site_id, request.resource_id, request.client_ip,
    request.session_id is not null as has_session,
    count(*) as accesses
from day_request as request
inner join nameless using (site_id, resource_id)
left join proving_site using (site_id)
anti join known_subnet
    on known_subnet.site_id = request.site_id and known_subnet.subnet = request.subnet
anti join logged_in
    on logged_in.site_id = request.site_id and logged_in.client_ip = request.client_ip
where request.is_personal and not request.is_bot
    and (request.session_id is null or proving_site.site_id is not null)
group by all
