-- One row per access to personal data at a site with business hours, by who works there: how far from
-- these hours it was.
select
    request.site_id, site.site_group, request.user_id, request.user_type, request.time,
    request.hour,
    request.minute_of_day, request.subject_id, request.client_ip, request.subnet,
    request.data_level,
    case
        when request.hour >= $night_from or request.hour < $night_to
            or (not today.is_working_day and request.minute_of_day >= $business_to_minute)
            then 'night'
        when today.is_working_day then 'evening'
        else 'day off'
    end as band,
    greatest(
        $business_from_minute - request.minute_of_day,
        request.minute_of_day - $business_to_minute
    ) as minutes_outside,
    not today.is_working_day
    or request.minute_of_day < $business_from_minute - $grace_minutes
    or request.minute_of_day >= $business_to_minute + $grace_minutes as is_off_hours,
    today.is_working_day
from day_request as request
inner join cached.site as site on site.site_id = request.site_id
inner join calendar_day as today on today.log_date = $date
left join worker using (user_id)
where request.is_personal
    and site.hours = 'business'
    and (
        request.user_type in ('staff', 'franchise', 'contractor')
        or worker.user_id is not null
    )
