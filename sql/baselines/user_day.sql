-- One row per site, user and day with a request that was not refused, of named_request.
with named as (
    select
        request.*,
        coalesce(is_access(request.status) and request.data_level > 0, false) as is_personal,
        coalesce(request.resource_kind = 'record', false) as is_record,
        coalesce(is_admitted(request.status, request.login_result), false) as is_admitted,
        subject_number(request.subject_id) as subject_number
    from named_request as request
),
step as (
    select log_date, site_id, user_id,
        subject_number - lag(subject_number) over (
            partition by log_date, site_id, user_id, resource_id order by time, line_no
        ) as step
    from named
    where is_personal and is_record and subject_number is not null
),
steps as (
    select log_date, site_id, user_id, count(*) filter (where abs(step) = 1) as sequential_steps
    from step
    group by all
),
span as (
    select log_date, site_id, user_id, resource_id,
        count(distinct subject_number) as numbers,
        quantile_disc(subject_number, 0.9) - quantile_disc(subject_number, 0.1) + 1 as span
    from named
    where is_personal and is_record and subject_number is not null
    group by log_date, site_id, user_id, resource_id
),
spans as (
    select log_date, site_id, user_id, arg_max(span, numbers)::bigint as subject_span
    from span
    group by all
),
user_day as (
    select
        log_date,
        site_id,
        user_id,
        any_value(user_type) as user_type,
        count(*) filter (where is_admitted) as requests,
        count(*) filter (where is_personal and is_record) as record_accesses,
        count(distinct subject_id) filter (where is_personal and is_record) as subjects,
        count(distinct date_trunc('hour', time)) filter (where is_admitted) as active_hours,
        coalesce(sum(bytes) filter (where is_admitted), 0) as bytes,
        min(time) filter (where is_admitted) as first_time,
        max(time) filter (where is_admitted) as last_time,
        count(*) filter (where data_level > 0 and status in (401, 403, 404)) as refused,
        count(*) filter (where is_personal and resource_kind = 'list') as list_accesses,
        count(*) filter (where is_personal and resource_kind = 'export') as exports,
        coalesce(sum(bytes) filter (where is_personal and resource_kind = 'export'), 0)
            as export_bytes,
        coalesce(sum(bytes) filter (where is_personal), 0) as personal_bytes,
        count(distinct client_id) filter (where is_admitted) as addresses,
        count(distinct agent_id) filter (where is_admitted) as agents,
        coalesce(bit_or(subject_bits(subject_id, 0)) filter (where is_personal and is_record), 0)
            as subject_bits_low,
        coalesce(bit_or(subject_bits(subject_id, 1)) filter (where is_personal and is_record), 0)
            as subject_bits_high
    from named
    group by log_date, site_id, user_id
)
select
    user_day.* replace (
        least(bytes, 18446744073709551615) as bytes,
        least(export_bytes, 18446744073709551615) as export_bytes,
        least(personal_bytes, 18446744073709551615) as personal_bytes
    ),
    coalesce(steps.sequential_steps, 0) as sequential_steps,
    spans.subject_span
from user_day
left join steps using (log_date, site_id, user_id)
left join spans using (log_date, site_id, user_id)
where user_day.requests > 0
