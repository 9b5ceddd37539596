-- title: 初めてのネットワークから使った利用者 / Users on a network they had not used before
-- param day date yesterday 対象日 / day
-- param past_days integer 60 さかのぼる日数 / days to look back
with today as (
    select * from lake.people_network_day where log_date = $day
),
before as (
    select user_id, network, country
    from lake.people_network_day
    where log_date >= $day::date - $past_days::integer and log_date < $day
),
habit as (
    select
        user_id, count(distinct network) as known_networks,
        list(distinct country order by country) as known_countries
    from before
    group by user_id
)
select
    today.user_id, today.network, today.country, today.asn, today.requests,
    today.personal_accesses, today.first_time, habit.known_networks, habit.known_countries,
    not list_contains(habit.known_countries, today.country) as is_new_country
from today
join habit on habit.user_id = today.user_id
anti join before on before.user_id = today.user_id and before.network = today.network
order by is_new_country desc, today.personal_accesses desc, today.user_id, today.network;
