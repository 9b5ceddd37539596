-- One row per detector that was run, or failed, for the day.
select log_date, detector, mode, tests, candidates, findings, shadow_findings, settings, duration_ms, detected_at
from lake.detector_day
where log_date = $day
order by detector
