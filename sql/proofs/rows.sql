-- One row per file and day of which the lake does not hold the rows that the ledger counts, without
-- those that were deleted because their time was over.
with counted as (
    select file_id, log_date, sum(records) as records, sum(rejects) as rejects
    from (
        select file_id, log_date, records::hugeint as records, rejects::hugeint as rejects
        from lake.ledger_day
        union all
        select file_id, log_date, -records::hugeint, -rejects::hugeint
        from lake.removed_day
    )
    group by file_id, log_date
),
held as (
    select file_id, log_date, sum(records) as records, sum(rejects) as rejects
    from (
        select file_id, log_date, count(*) as records, 0 as rejects
        from lake.request
        group by file_id, log_date
        union all
        select file_id, log_date, 0 as records, count(*) as rejects
        from lake.reject
        group by file_id, log_date
    )
    group by file_id, log_date
),
names as (
    select file_id, arg_max(path, read_at) as path from lake.ledger group by file_id
)
select
    coalesce(names.path, 'file_id ' || coalesce(counted.file_id, held.file_id)) as path,
    format(
        '{}: {} records and {} rejects in the ledger, {} and {} in the lake',
        coalesce(counted.log_date, held.log_date),
        coalesce(counted.records, 0), coalesce(counted.rejects, 0),
        coalesce(held.records, 0), coalesce(held.rejects, 0)
    ) as what
from counted
full join held on held.file_id = counted.file_id and held.log_date = counted.log_date
left join names on names.file_id = coalesce(counted.file_id, held.file_id)
where coalesce(counted.records, 0) <> coalesce(held.records, 0)
    or coalesce(counted.rejects, 0) <> coalesce(held.rejects, 0)
order by path, what
