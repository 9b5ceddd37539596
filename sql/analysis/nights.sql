-- title: 夜間処理は毎日終わっているか / Did the nightly run end well every day
-- param since date yesterday-27 この日から / from this day on
-- param until date yesterday この日まで / up to this day
with run as (
    select
        log_date, stage, count(*) as runs, arg_max_null(status, ended_at) as status,
        max(ended_at) as ended_at, arg_max_null(message, ended_at) as message
    from lake.stage_run
    where log_date between $since and $until
        and stage in ('aggregate', 'check', 'detect', 'report')
    group by log_date, stage
),
night as (
    select
        unnest(generate_series($since::date, $until::date, interval 1 day))::date as log_date
)
select
    night.log_date,
    coalesce(any_value(run.status) filter (where run.stage = 'check'), 'missing') as checked,
    coalesce(any_value(run.status) filter (where run.stage = 'detect'), 'missing') as detected,
    coalesce(any_value(run.status) filter (where run.stage = 'report'), 'missing') as reported,
    max(run.ended_at) as last_ended_at, sum(run.runs)::bigint as runs,
    string_agg(run.stage || ': ' || run.message, '; ' order by run.stage)
        filter (where run.status <> 'done') as what_failed
from night
left join run on run.log_date = night.log_date
group by night.log_date
order by night.log_date desc;
