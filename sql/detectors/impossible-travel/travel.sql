-- One row per person, home and other country between which they changed too fast, or too often.
with known_country as (
    select user_id, country, count(distinct log_date) as days
    from past
    where country is not null
    group by user_id, country
),
-- The country that the user is at home in, of those in question.
ranked as (
    select supported.user_id, supported.country,
        row_number() over (
            partition by supported.user_id
            order by coalesce(known_country.days, 0) desc,
                supported.own_requests > 0 desc,  -- a partner can write anybody into its log
                supported.requests desc, supported.country
        ) as rank
    from (
        select user_id, country, requests, own_requests from supported
        union all by name
        select evening.user_id, evening.country, 0 as requests, 0 as own_requests
        from evening
        anti join supported using (user_id, country)
        group by evening.user_id, evening.country
    ) as supported
    semi join mover using (user_id)
    left join known_country using (user_id, country)
),
event as (
    select request.user_id, request.country, request.time, true as is_today
    from day_request as request
    semi join mover using (user_id)
    semi join supported
        on supported.user_id = request.user_id and supported.country = request.country
    where coalesce(request.status, 0) < 400
    union all by name
    select evening.user_id, evening.country, evening.time, false as is_today
    from evening
    semi join mover using (user_id)
),
step as (
    select
        user_id, country, time, is_today,
        lag(country) over ordered as country_before,
        lag(time) over ordered as time_before
    from event
    window ordered as (partition by user_id order by time, country)
),
flip as (
    select
        step.user_id,
        case when here.rank > before.rank then step.country else step.country_before end as away,
        case when here.rank > before.rank then step.country_before else step.country end as home,
        case when here.rank > before.rank then step.time else step.time_before end as away_at,
        epoch(step.time - step.time_before) / seconds_a_minute() as gap_minutes
    from step
    inner join ranked as here on here.user_id = step.user_id and here.country = step.country
    inner join ranked as before
        on before.user_id = step.user_id and before.country = step.country_before
    where step.is_today
        and step.country <> step.country_before
        and not list_contains(
            $neighbours,
            least(step.country, step.country_before)
            || '-' || greatest(step.country, step.country_before)
        )
        and step.time - step.time_before < to_hours($min_hours::int)
)
select
    user_id, away,
    any_value(home) as home,
    count(*) as flips,
    min(gap_minutes) as gap_minutes
from flip
group by user_id, away
