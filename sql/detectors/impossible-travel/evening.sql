-- One row per person, country and network late on the day before: a change of country at midnight is
-- seen too.
select user_network_day.user_id, user_network_day.country, user_network_day.network,
    max(user_network_day.last_time) as time
from cached.user_network_day as user_network_day
semi join supported using (user_id)
where user_network_day.log_date = $date - 1
    and user_network_day.country is not null
    and user_network_day.requests >= earned_requests()
    and user_network_day.last_time >= $day_begins_at::timestamptz - to_hours($min_hours::int)
group by user_network_day.user_id, user_network_day.country, user_network_day.network
