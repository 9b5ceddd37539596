-- One row per site and day with lines from $from to $to (dates), records and rejects alike. Readings
-- count too, for days whose aggregates are not made yet. Used by `mimamori coverage`. [none]
select site_id, log_date from lake.site_day where lines > 0 and log_date between $from and $to
union
select site_id, log_date from lake.ledger_day
where records + rejects > 0 and log_date between $from and $to
