-- One row per day and country of these people before.
select distinct user_network_day.user_id, user_network_day.log_date, user_network_day.country
from past.user_network_day
semi join supported using (user_id)
anti join excluded_user_days
    on excluded_user_days.user_id = user_network_day.user_id
    and user_network_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
