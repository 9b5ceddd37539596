-- Migration 043 counted back from the latest day of the lake. Where a line is dated in the future that day is still to
-- come, and the days before it kept their rows: they are aggregated anew by the next night, back from today at most.
delete from lake.stage_run
where stage = 'aggregate'
    and started_at < (select min(applied_at) from lake.migration where name = '035_subjects_seen')
    and log_date >= (select max(log_date) filter (where log_date <= current_date) from lake.ledger_day) - 90;
