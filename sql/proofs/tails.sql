-- One row per reading that does not go on where the readings of the file before it ended: neither
-- with the next line, nor from an earlier one with all lines read before counted as duplicates. The
-- order is that of the lines, as a machine's clock may be set back between two readings.
with followed as (
    select
        path, from_line, lines, duplicates, content_bytes,
        lag(from_line + lines, 1, 1) over following as expected_line,
        lag(content_bytes, 1, 0) over following as bytes_before
    from lake.ledger
    where status in ('read', 'renamed', 'duplicate', 'put_aside')
    window following as (
        partition by file_id
        order by from_line + lines, content_bytes, from_line + duplicates, read_at
    )
)
select
    path,
    format(
        'from line {} where {} was next; {} bytes after {}',
        from_line, expected_line, content_bytes, bytes_before
    ) as what
from followed
where content_bytes < bytes_before
    or not (from_line <= expected_line and from_line + duplicates >= expected_line)
order by path, from_line
