-- One row per run of a stage for the day.
select log_date, stage, started_at, ended_at, status, settings_sha256
from lake.stage_run
where log_date = $day
order by started_at, stage
