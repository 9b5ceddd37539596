-- title: その日に読んだファイルと、行の行方 / Files read on a day, and what became of their lines
-- param day date yesterday 読んだ日 / day of the reading
select
    read_at, site_id, path, format, status, from_line, lines, records, rejects, comments,
    duplicates, lines = records + rejects + comments + duplicates as adds_up,
    first_time, last_time, content_sha256, snapshot, message
from lake.ledger
where read_at >= $day::date and read_at < $day::date + 1
order by read_at, site_id, path, from_line;
