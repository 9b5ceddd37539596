-- Days that were aggregated before lake.site_field_day and lake.user_subject_day came have no rows there, and detectors
-- that add up weeks would find less for weeks. They are aggregated anew by the next night, as far back as detectors look.
delete from lake.stage_run
where stage = 'aggregate'
    and started_at < (select min(applied_at) from lake.migration where name = '035_subjects_seen')
    and log_date >= (select max(log_date) from lake.ledger_day) - 90;
