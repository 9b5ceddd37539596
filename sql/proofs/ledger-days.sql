-- One row per reading whose days do not add up to what it read.
with readings as (
    select
        file_id, from_line, any_value(path) as path,
        sum(records) as records, sum(rejects) as rejects
    from lake.ledger
    group by file_id, from_line
),
days as (
    select file_id, from_line, sum(records) as records, sum(rejects) as rejects
    from lake.ledger_day
    group by file_id, from_line
)
select
    coalesce(readings.path, 'file_id ' || days.file_id) as path,
    format(
        'from line {}: {} records, {} rejects; by day {} and {}',
        coalesce(readings.from_line, days.from_line),
        coalesce(readings.records, 0), coalesce(readings.rejects, 0),
        coalesce(days.records, 0), coalesce(days.rejects, 0)
    ) as what
from readings
full join days
    on days.file_id = readings.file_id and days.from_line = readings.from_line
where coalesce(readings.records, 0) <> coalesce(days.records, 0)
    or coalesce(readings.rejects, 0) <> coalesce(days.rejects, 0)
order by path, what
