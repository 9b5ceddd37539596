-- One row per person whose exports or pages are a finding: an amount above the usual, a first export in a role without
-- any, or one of a program at a new hour.
with past_person as (
    select site_id, user_id, any_value(user_type) as user_type,
        count(*) as active_days,
        count(*) filter (where exports > 0) as export_days,
        avg(exports) filter (where exports > 0) as own_exports
    from person_day
    where log_date < $date
    group by site_id, user_id
),
-- What was exported on any earlier day is no first export, be its case open or not.
ever as (
    select site_id, user_id, count(*) as export_days
    from past.user_day
    where exports > 0
        and user_id in (select user_id from export)
    group by site_id, user_id
),
past_group as (
    select team_site.team, past_person.user_type,
        count(*) as people,
        count(*) filter (where past_person.export_days > 0) as exporters
    from past_person
    inner join team_site using (site_id, user_type)
    where team_site.team <> '*'
    group by team_site.team, past_person.user_type
),
-- Accounts of programs keep their hours.
known_hour as (
    select distinct user_hour.site_id, user_hour.user_id,
        hour_shifted(user_hour.hour, near.shift) as hour
    from past.user_hour
    cross join (select unnest([-1, 0, 1]) as shift) as near
    where user_hour.user_type = 'system'
),
new_hour as (
    select export.site_id, export.user_id, min(exported.hour) as hour
    from export
    cross join unnest(export.hours) as exported (hour)
    anti join known_hour
        on known_hour.site_id = export.site_id and known_hour.user_id = export.user_id
        and known_hour.hour = exported.hour
    -- Where the clock is off, all are at new hours: see clock-skew.
    anti join site_shift using (site_id)
    where export.user_type = 'system'
    group by export.site_id, export.user_id
),
person as (
    select
        amount.*,
        coalesce(past_person.active_days, 0) as active_days,
        coalesce(ever.export_days, 0) as export_days,
        coalesce(past_person.own_exports, 0) as own_exports,
        past_group.people - (past_person.user_id is not null)::int as peers,
        past_group.exporters - (coalesce(past_person.export_days, 0) > 0)::int as peer_exporters,
        new_hour.hour as new_hour
    from amount
    left join past_person using (site_id, user_id)
    left join ever using (site_id, user_id)
    left join past_group
        on past_group.team = amount.team and past_group.user_type = amount.peer_type
    left join new_hour
        on new_hour.site_id = amount.site_id and new_hour.user_id = amount.user_id
),
signed as (
    select
        person.*,
        coalesce(
            exports > 0 and export_days = 0 and coalesce(peer_exporters, 0) = 0
            and (active_days >= few_days() or peers >= enough_peers())
            -- At the start of the records everything is done for the first time.
            and $date - (select min(log_date) from person_day) >= few_days()
            -- Customers fetch their own data; once is no sign.
            and (user_type <> 'customer' or export_bytes >= $min_bytes),
            false
        ) as is_first,
        coalesce(exports > 0 and export_days >= few_days() and new_hour is not null, false) as is_new_hour
    from person
),
found as (
    select * from signed where sign is not null or is_first or is_new_hour
),
seen as (
    select
        request.site_id, request.user_id,
        count(*) as accesses,
        count(distinct request.subject_id) as subjects,
        max(request.bytes) as largest,
        max(request.data_level) as data_level,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        first_ten(list(distinct request.client_ip) filter (where request.client_ip is not null))
            as addresses,
        first_ten(list(distinct request.resource_id)) as resources
    from day_request as request
    inner join found on found.site_id = request.site_id and found.user_id = request.user_id
    where request.is_personal and request.reason is null
        and (request.resource_kind = 'export') = (coalesce(found.exports, 0) > 0)
    group by request.site_id, request.user_id
)
select found.*, seen.* exclude (site_id, user_id)
from found
inner join seen on seen.site_id = found.site_id and seen.user_id = found.user_id
