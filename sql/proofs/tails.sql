-- One row per reading that does not begin where the one before it ended.
with readings as (
    select
        path, from_line, lines, content_bytes,
        lag(from_line + lines, 1, 1) over following as expected_line,
        lag(content_bytes, 1, 0) over following as bytes_before
    from lake.ledger
    where status in ('read', 'renamed')
    window following as (
        partition by file_id order by from_line, from_line + lines, content_bytes, read_at
    )
)
select
    path,
    format(
        'from line {} where {} was next; {} bytes after {}',
        from_line, expected_line, content_bytes, bytes_before
    ) as what
from readings
where from_line <> expected_line or content_bytes < bytes_before
order by path, from_line
