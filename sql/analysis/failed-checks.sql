-- title: 不合格だったデータの点検 / Data-quality checks that failed
-- param since date yesterday-6 この日から / from this day on
-- param until date yesterday この日まで / up to this day
select log_date, severity, suite, check_id, site_id, title_ja, title_en, observed, expected
from lake.check_result
where log_date between $since and $until and not success
order by log_date desc, severity <> 'critical', suite, check_id, site_id;
