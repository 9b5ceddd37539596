-- One row per file of which a line was kept twice, as record or reject, or a line that it does
-- not have. Sixty-four lines share a row of bits, so memory stays small whatever the lake holds.
with kept as (
    select file_id, line_no from lake.request_fact
    union all
    select file_id, line_no from lake.reject
),
stretches as (
    select
        file_id,
        count(*) as kept,
        bit_count(bit_or(1::ubigint << (line_no % 64)::utinyint)) as distinct_lines,
        min(line_no) as first_line,
        max(line_no) as last_line
    from kept
    group by file_id, line_no // 64
),
files as (
    select
        file_id,
        sum(kept) - sum(distinct_lines) as repeated,
        min(first_line) as first_line,
        max(last_line) as last_line
    from stretches
    group by file_id
),
read as (
    select file_id, arg_max(path, read_at) as path, max(from_line + lines - 1) as lines
    from lake.ledger
    where status in ('read', 'renamed', 'duplicate', 'put_aside')
    group by file_id
)
select
    coalesce(read.path, 'file_id ' || files.file_id) as path,
    format(
        '{} lines twice; lines {}-{} of {}',
        files.repeated, files.first_line, files.last_line, coalesce(read.lines, 0)
    ) as what
from files
left join read on read.file_id = files.file_id
where files.repeated > 0 or files.first_line < 1 or files.last_line > coalesce(read.lines, 0)
order by path
