-- One row per site and day with lines from $from to $to (dates): how many, records and rejects alike.
-- Readings count too, for days whose aggregates are not made yet. Used by `mimamori coverage`. [none]
with counted as (
    select site_id, log_date, lines
    from lake.site_day
    where log_date between $from and $to
    union all
    select site_id, log_date, sum(records + rejects) as lines
    from lake.ledger_day
    where log_date between $from and $to
    group by site_id, log_date
)
select site_id, log_date, max(lines)::bigint as lines
from counted
where lines > 0
group by site_id, log_date
order by site_id, log_date
