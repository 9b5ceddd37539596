-- One row per place of these people on the days before.
select user_network_day.user_id, user_network_day.log_date, user_network_day.country, user_network_day.asn,
    user_network_day.network, user_network_day.requests
from past.user_network_day
semi join mover using (user_id)
anti join excluded_user_days
    on excluded_user_days.user_id = user_network_day.user_id
    and user_network_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
