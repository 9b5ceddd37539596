-- title: サイトと日ごとに、ログは届いているか / Did the logs arrive, by site and day
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select
    log_date, site_id, site_group, franchise, lines, records, rejects, hours_with_records,
    first_time, last_time, checks_failed,
    case
        when lines = 0 then 'nothing arrived'
        when checks_failed > 0 then 'checks failed'
        else 'complete'
    end as coverage
from lake.site_days
where log_date between $since and $until
order by log_date desc, coverage <> 'nothing arrived', coverage <> 'checks failed', site_id;
