-- One row per reading whose lines are not all accounted for.
select
    path,
    format(
        'lines {}-{}: {} lines, but {} records + {} rejects + {} comments + {} duplicates',
        from_line, from_line + lines - 1, lines, records, rejects, comments, duplicates
    ) as what
from lake.ledger
where lines <> records + rejects + comments + duplicates
order by path, from_line
