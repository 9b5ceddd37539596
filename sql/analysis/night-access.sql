-- title: 夜の時間帯の、職員などによる個人データへのアクセス / Access to personal data at night by staff, franchises and contractors
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
-- param from_hour integer 22 この時から / from this hour on
-- param to_hour integer 6 この時の前まで / up to this hour
select
    log_date, site_id, user_id, user_type, sum(personal_accesses)::bigint as accesses,
    list(hour order by hour) as hours
from lake.people_hour
where log_date between $since and $until
    and user_type in ('staff', 'franchise', 'contractor')
    and (
        ($from_hour > $to_hour and (hour >= $from_hour or hour < $to_hour))
        or ($from_hour <= $to_hour and hour >= $from_hour and hour < $to_hour)
    )
group by log_date, site_id, user_id, user_type
order by log_date desc, accesses desc, user_id;
