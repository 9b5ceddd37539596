-- One row per site and person: whether it is a first export, one of very few, or one at a new hour.

-- What a person and the peers have exported before, on how many days of work.
with past_person as (
    select site_id, user_id, any_value(user_type) as user_type,
        count(*) as active_days,
        count(*) filter (where exports > 0) as export_days,
        avg(exports) filter (where exports > 0) as own_exports,
        sum(page_bytes) / nullif(sum(unnamed_accesses + list_accesses), 0) as bytes_an_access
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
        sum(past_person.active_days) as person_days,
        count(*) filter (where past_person.export_days > 0) as exporters,
        sum(past_person.export_days) as export_days
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
        $date - (select min(log_date) from person_day) as history_days,
        past_group.people - (past_person.user_id is not null)::int as peers,
        past_group.exporters - (coalesce(past_person.export_days, 0) > 0)::int as peer_exporters,
        past_group.person_days - coalesce(past_person.active_days, 0) as peer_days,
        past_person.bytes_an_access,
        new_hour.hour as new_hour
    from amount
    left join past_person using (site_id, user_id)
    left join ever using (site_id, user_id)
    left join past_group
        on past_group.team = amount.team and past_group.user_type = amount.peer_type
    left join new_hour
        on new_hour.site_id = amount.site_id and new_hour.user_id = amount.user_id
)
select
    person.*,
    -- Others of the role do export, but not so much in a day; who closes the month does.
    coalesce(
        history_days >= $min_history_days and active_days >= $enough_days
        and not calendar_day.is_month_end and (
            beyond_peers is not null
            or (export_bytes >= $min_bytes and bytes_ratio >= $min_bytes_ratio)
        ), false
    ) as is_beyond_peers,
    exports > 0 and export_days = 0
    -- At the start of the records everything is done for the first time.
    and history_days >= $min_history_days
    -- Customers fetch their own data; once is no sign.
    and (user_type <> 'customer' or export_bytes >= $min_bytes)
    and (
        (active_days >= $enough_days and coalesce(peer_exporters, 0) = 0)
        or (
            peers >= $enough_people and peer_days >= $enough_days * $enough_people
            and peer_exporters <= $rare_share * peers
        )
        or is_beyond_peers
    ) as is_first,
    -- Somebody's second or third day of exports in months is nearly as unusual as the first.
    is_beyond_peers and beyond_peers is not null and by_count is null and user_type <> 'customer'
    and export_days between 1 and $rare_share * active_days
    and exports >= $min_ratio * own_exports as is_rare,
    exports > 0 and export_days >= $enough_days and new_hour is not null as is_new_hour
from person
inner join calendar_day on calendar_day.log_date = $date
