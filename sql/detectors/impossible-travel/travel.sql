-- One row per person and other country between which and their own they changed too fast, or too often.
with ranked as (
    select
        supported.user_id, supported.country, count(past.log_date) as days,
        row_number() over (
            partition by supported.user_id
            order by count(past.log_date) desc,
                supported.own_requests > 0 desc,  -- a partner can write anybody into its log
                supported.requests desc, supported.country
        ) as rank
    from supported
    left join past using (user_id, country)
    group by supported.user_id, supported.country, supported.requests, supported.own_requests
),
step as (
    select
        request.user_id, request.country, request.time, ranked.rank,
        lag(request.country) over ordered as country_before,
        lag(request.time) over ordered as time_before,
        lag(ranked.rank) over ordered as rank_before
    from day_request as request
    inner join ranked using (user_id, country)
    where coalesce(request.status, 0) < 400
    window ordered as (partition by request.user_id order by request.time, request.country)
),
flip as (
    select
        user_id,
        if(rank > rank_before, country, country_before) as away,
        if(rank > rank_before, country_before, country) as home,
        epoch(time - time_before) / seconds_a_minute() as gap_minutes
    from step
    where country <> country_before
        and not list_contains(
            $neighbours, least(country, country_before) || '-' || greatest(country, country_before)
        )
        and time - time_before < to_hours($min_hours::int)
)
select
    user_id, away,
    any_value(home) as home,
    count(*) as flips,
    min(gap_minutes) as gap_minutes
from flip
group by user_id, away
