-- title: だれがどれだけ書き出したか。それまでと比べて / Who exported how much, beside the time before
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    site_id, user_id, any_value(user_type) as user_type,
    coalesce(sum(exports) filter (where log_date >= $since), 0)::bigint as exports,
    coalesce(sum(export_bytes) filter (where log_date >= $since), 0)::bigint as export_bytes,
    count(*) filter (where log_date < $since and exports > 0) as earlier_days_with_exports,
    max(exports) filter (where log_date < $since) as most_exports_of_an_earlier_day,
    max(export_bytes) filter (where log_date < $since) as most_bytes_of_an_earlier_day
from lake.people_day
where log_date between $since::date - 90 and $until
group by site_id, user_id
having sum(exports) filter (where log_date >= $since) > 0
order by export_bytes desc, exports desc, user_id;
