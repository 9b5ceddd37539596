-- One row per reading whose new lines do not begin where the reading before it ended.
with readings as (
    select
        file_id, path, read_at, content_bytes,
        from_line + duplicates as first_new_line,
        from_line + lines as next_line
    from lake.ledger
    where status in ('read', 'renamed', 'duplicate')
),
followed as (
    select
        path, first_new_line, content_bytes,
        lag(next_line, 1, 1) over following as expected_line,
        lag(content_bytes, 1, 0) over following as bytes_before
    from readings
    window following as (
        partition by file_id order by first_new_line, next_line, content_bytes, read_at
    )
)
select
    path,
    format(
        'from line {} where {} was next; {} bytes after {}',
        first_new_line, expected_line, content_bytes, bytes_before
    ) as what
from followed
where first_new_line <> expected_line or content_bytes < bytes_before
order by path, first_new_line
