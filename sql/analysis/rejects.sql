-- title: 読めなかった行、理由ごと / Lines that could not be read, by reason
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    site_id, reason, count(*) as lines, count(distinct path) as files,
    min(log_date) as first_day, max(log_date) as last_day,
    min_by(path, (log_date, path, line_no)) as example_path,
    min_by(line_no, (log_date, path, line_no)) as example_line_no
from lake.reject
where log_date between $since and $until
group by site_id, reason
order by lines desc, site_id, reason;
