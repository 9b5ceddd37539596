-- One row per day of $days and site that is expected on it, closed by then, or sent lines of it. A site
-- is expected from its first line on, or from the day before the first reading that brought one,
-- until it is closed; one that never sent a line is expected while the settings name it. Where its
-- template has a roster, a site is expected on the days of its row, and one that no row ever named never.
--
-- A day without a line is a day of rest (`is_resting`) where the site's own past says so and since
-- its last line there were only such days: the weekday had no line on three of four of its last
-- eight (of a public holiday Sundays and holidays count too), or the site had none on a quarter of
-- its days and is silent no longer than it was twice before, three days at most. Only days without a
-- line that had one within three days before and after them count, so that no outage becomes a habit.
--
-- $days (date[]) are in their order, $holidays (date[]) are public holidays; $is_early counts readings too, for days whose aggregates
-- are not made yet. Used by detectors, reports and `mimamori sites`. [none]
with day as (
    select unnest($days::date[]) as on_day
),

closure as (
    select site_id, arg_max_null(closed_on, decided_at) as closed_on
    from lake.site_closure
    group by site_id
),

line_day as (
    select site_id, log_date from lake.site_day where lines > 0
    union
    select site_id, log_date from lake.ledger_day where $is_early and records + rejects > 0
),

seen as (
    select site_id, min(log_date) as first_on
    from line_day
    group by site_id
),

before as (
    select day.on_day, line_day.site_id, max(line_day.log_date) as last_on
    from day
    inner join line_day on line_day.log_date < day.on_day
    group by day.on_day, line_day.site_id
),

today as (
    select log_date as on_day, site_id
    from line_day
    where log_date in (select on_day from day)
),

known as (
    select
        coalesce(site.on_day, today.on_day) as on_day,
        coalesce(site.site_id, today.site_id) as site_id,
        site.first_read_at, seen.first_on, before.last_on,
        least(closure.closed_on, site.closed_on) as closed_on,
        today.site_id is not null as is_in,
        coalesce(site.listing = 'unlisted', false) as is_unlisted,
        site.opened_on,
        -- Lines that claim to be of a later day do not put off the day from which on it is expected.
        coalesce(
            site.opened_on, least(seen.first_on, site.first_read_at::date - 1, site.listed_from)
        ) as expected_from
    from (select * from day cross join lake.site) as site
    full join today on today.site_id = site.site_id and today.on_day = site.on_day
    left join seen on seen.site_id = coalesce(site.site_id, today.site_id)
    left join before on before.site_id = coalesce(site.site_id, today.site_id)
        and before.on_day = coalesce(site.on_day, today.on_day)
    left join closure on closure.site_id = coalesce(site.site_id, today.site_id)
),

-- The days of rest of those that are silent, and only lately so.
silent as (
    select on_day, site_id, first_on, last_on
    from known
    where not is_in and on_day - last_on <= 7
),

past_day as (
    select
        past.on_day, past.site_id, past.log_date, line_day.site_id is not null as has_lines
    from (
        select
            on_day, site_id,
            unnest(generate_series(
                greatest(first_on, last_on - 55), last_on::timestamp, interval 1 day
            ))::date as log_date
        from silent
    ) as past
    left join line_day on line_day.site_id = past.site_id and line_day.log_date = past.log_date
),

ordinary_day as (
    select on_day, site_id, log_date, has_lines
    from past_day
    qualify has_lines or (
        bool_or(has_lines) over (
            partition by on_day, site_id order by log_date rows between 3 preceding and 1 preceding
        )
        and bool_or(has_lines) over (
            partition by on_day, site_id order by log_date rows between 1 following and 3 following
        )
    )
),

silent_day as (
    select
        on_day, site_id, on_day - last_on as days,
        unnest(generate_series(
            last_on + interval 1 day, on_day::timestamp, interval 1 day
        ))::date as log_date
    from silent
),

rest_day as (
    select distinct silent_day.on_day, silent_day.site_id, silent_day.days, silent_day.log_date
    from silent_day
    inner join ordinary_day as past
        on past.site_id = silent_day.site_id and past.on_day = silent_day.on_day
    cross join (values ('weekday'), ('holiday')) as kind (name)
    where case kind.name
        when 'weekday' then dayofweek(past.log_date) = dayofweek(silent_day.log_date)
        else
            list_contains($holidays::date[], silent_day.log_date)
            and (dayofweek(past.log_date) = 0 or list_contains($holidays::date[], past.log_date))
    end
    group by
        silent_day.on_day, silent_day.site_id, silent_day.days, silent_day.log_date, kind.name
    having count(*) >= 4 and count(*) filter (where not past.has_lines) >= 0.75 * count(*)
),

distance as (
    select
        on_day, site_id,
        log_date - lag(log_date) over (partition by on_day, site_id order by log_date) as days
    from ordinary_day
    where has_lines
),

sparse as (
    select ordinary_day.on_day, ordinary_day.site_id
    from ordinary_day
    group by ordinary_day.on_day, ordinary_day.site_id
    having count(*) >= 28 and count(*) filter (where not has_lines) >= 0.25 * count(*)
),

resting as (
    select on_day, site_id from rest_day group by on_day, site_id, days having count(*) = days
    union
    select silent.on_day, silent.site_id
    from silent
    semi join sparse on sparse.site_id = silent.site_id and sparse.on_day = silent.on_day
    inner join distance
        on distance.site_id = silent.site_id and distance.on_day = silent.on_day
    group by silent.on_day, silent.site_id, silent.last_on
    having silent.on_day - any_value(silent.last_on)
        < least(4, list(distance.days order by distance.days desc nulls last)[2])
)

select
    known.on_day, known.site_id,
    case
        when known.is_in and (
            known.closed_on < known.on_day or known.is_unlisted or known.opened_on > known.on_day
        ) then 'unlisted'
        when known.closed_on <= known.on_day and not known.is_in then 'closed'
        when known.is_in and lacking.hours is not null then 'partial'
        when known.is_in or resting.site_id is not null then 'in'
        when known.first_on is null and known.first_read_at is null then 'never'
        else 'missing'
    end as state,
    not known.is_in and resting.site_id is not null as is_resting,
    known.last_on, known.closed_on, if(state = 'partial', lacking.hours, null) as lacking_hours
from known
left join resting on resting.site_id = known.site_id and resting.on_day = known.on_day
left join lake.lacking_hours(
    list_min($days::date[]), list_max($days::date[]), $holidays::date[]
) as lacking
    on lacking.site_id = known.site_id and lacking.log_date = known.on_day
where known.is_in
    or (
        not known.is_unlisted
        and (known.expected_from is null or known.expected_from <= known.on_day)
    )
order by known.on_day, known.site_id
