-- Spellings of user names that the days in $days brought and that belong to a name known already:
-- the same but for case, and for a domain before a backslash as long as one domain only is used with the
-- name. Users of two types are two people: a customer may register under a name of the staff. The usual spelling is the one with most days, then most requests of these days. [personal]
with today as (
    select user_id, any_value(user_type) as user_type, count(*) as requests,
        min(log_date) as first_day
    from lake.user_request
    where log_date in (select unnest($days::date[])) and user_id is not null
    group by user_id
),
past as (
    select user_id, any_value(user_type) as user_type, count(distinct log_date) as days
    from lake.user_day
    group by user_id
),
alias as (
    select
        coalesce(today.user_id, past.user_id) as user_id,
        coalesce(past.user_type, today.user_type) as user_type,
        coalesce(past.days, 0) as days,
        coalesce(today.requests, 0) as requests,
        today.first_day,
        lower(regexp_extract(coalesce(today.user_id, past.user_id), '^[^\\]+\\', 0)) as domain,
        lower(regexp_replace(coalesce(today.user_id, past.user_id), '^[^\\]+\\', '')) as name
    from today
    full join past on past.user_id = today.user_id
),
named as (
    select
        alias.* exclude (domain),
        -- Two domains with one name are two people.
        case
            when count(distinct nullif(domain, '')) over (partition by name) > 1 then domain
            else ''
        end as domain,
        case
            when count(distinct alias.user_type) over (partition by name) > 1
                then coalesce(alias.user_type, '')
            else ''
        end as kind,
        known.usual_id as known_usual_id
    from alias
    left join lake.user_alias as known on known.user_id = alias.user_id
),
ranked as (
    select
        named.*,
        coalesce(
            max(known_usual_id) over person,
            first_value(user_id) over (person order by days desc, requests desc, user_id)
        ) as usual_id,
        first_value(user_type) over (
            person order by user_type is null, days desc, requests desc, user_id
        ) as usual_type
    from named
    window person as (partition by name, domain, kind)
)
select user_id, usual_id, usual_type as user_type, first_day as seen_on
from ranked
where first_day is not null and user_id <> usual_id and known_usual_id is null
