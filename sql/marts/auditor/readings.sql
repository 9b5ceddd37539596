-- One row per reading of a log file that brought lines of the day.
select
    day.log_date, ledger.site_id, site.name as site_name, ledger.format, ledger.status, ledger.content_sha256,
    ledger.lines, day.records, day.rejects, day.duplicates, ledger.from_line, ledger.read_at
from lake.ledger_day as day
join lake.ledger as ledger
    on ledger.file_id = day.file_id and ledger.from_line = day.from_line
    and ledger.site_id = day.site_id and ledger.read_at = day.read_at
left join lake.site as site on site.site_id = ledger.site_id
where day.log_date = $day
order by ledger.site_id, ledger.read_at
