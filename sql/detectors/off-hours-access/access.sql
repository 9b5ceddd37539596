-- One row per access to personal data outside the hours of a site with business hours, by who works there: at
-- night, which is more than overtime away from them, or by day on a day off.
select
    request.site_id, request.user_id, request.user_type, request.time, request.subject_id, request.client_ip,
    request.data_level,
    not today.is_working_day as is_day_off,
    case
        when request.minute_of_day < $business_from_minute - $overtime_minutes
            or request.minute_of_day >= $business_to_minute + $overtime_minutes
            then 'night'
        when not today.is_working_day then 'day off'
    end as band
from day_request as request
inner join cached.site as site on site.site_id = request.site_id
inner join calendar_day as today on today.log_date = $date
where request.is_personal
    and site.hours = 'business'
    and band is not null
    and (
        request.user_type in ('staff', 'franchise', 'contractor')
        or request.user_id in (select user_id from worker)
    )
