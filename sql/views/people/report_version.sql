-- One row per day with a report: whether it shows what the lake has, and what a signature under it is about.
create or replace view lake.report_version as
with run as (
    select
        log_date,
        max(ended_at) filter (where stage = 'report' and status = 'done') as reported_at,
        max(started_at) filter (where stage = 'report' and status = 'done') as begun_at,
        max(ended_at) filter (where stage <> 'report') as examined_at,
        bool_or(stage = 'detect' and status = 'done') as is_detected
    from lake.stage_run
    where log_date is not null and stage in ('check', 'detect', 'report')
    group by log_date
),
found as (
    select
        finding.date as log_date,
        string_agg(
            concat_ws(
                ' ', finding.finding_id, finding.severity, finding.event_count,
                finding.subject_count
            ),
            chr(10) order by finding.finding_id
        ) as findings
    from lake.weighed_finding as finding
    group by finding.date
),
line as (
    select log_date, sum(records)::ubigint as records, sum(rejects)::ubigint as rejects
    from lake.site_day
    group by log_date
)
select
    run.log_date, run.reported_at,
    not run.is_detected or run.examined_at > run.begun_at as is_outdated,
    sha256(concat_ws(
        chr(10), run.log_date, coalesce(line.records, 0), coalesce(line.rejects, 0),
        coalesce(found.findings, '')
    )) as version
from run
left join found on found.log_date = run.log_date
left join line on line.log_date = run.log_date
where run.reported_at is not null;
comment on view lake.report_version is '報告書のある日一日につき一行：署名が何についてのものか / One row per day with a report: what a signature under it is about. [none]';
-- column log_date: 報告書の日 / Day of the report. [none]
-- column reported_at: 最後に書いた時刻 / Instant at which it was last written. [none]
-- column is_outdated: その後に検査か検出が行われた / True where checks or detection ran after it, or detection never ended well. [none]
-- column version: 件数と検出の SHA-256 / SHA-256 of its counts of lines and of its findings. [none]
