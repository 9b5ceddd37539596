-- title: 遅れて届いた行 / Lines that came late
-- param since date yesterday-27 読んだ日がこの日から / read from this day on
-- param days integer 2 この日数以上の遅れ / at least so many days late
select
    day.log_date, day.read_at::date as read_on,
    date_diff('day', day.log_date, day.read_at::date) as days_late,
    day.site_id, ledger.path,
    day.records, day.rejects, day.duplicates
from lake.ledger_day as day
left join lake.ledger as ledger
    on ledger.file_id = day.file_id and ledger.from_line = day.from_line
    and ledger.site_id = day.site_id and ledger.read_at = day.read_at
where day.read_at >= $since::date
    and date_diff('day', day.log_date, day.read_at::date) >= $days
order by days_late desc, day.records desc, day.site_id, ledger.path;
