with day_hour as (
    select site_id, log_date, hour(hour_at) as hour, records, server_errors as errors
    from past.site_hour
    semi join site_past
        on site_past.site_id = site_hour.site_id and site_past.log_date = site_hour.log_date
    union all
    select site_id, $date, hour, sum(records), sum(server_errors)
    from site_minute
    group by site_id, hour
),
usual as (
    select
        site_id,
        count(distinct log_date) as days,
        coalesce(sum(errors) / sum(records), 0) as share
    from day_hour
    where log_date < $date
    group by site_id
),
-- Hours in which a site fails far more often than usual.
failing_hour as (
    select day_hour.*, coalesce(usual.share, 0) as usual_share, coalesce(usual.days, 0) as days
    from day_hour
    left join usual on usual.site_id = day_hour.site_id
    where day_hour.errors > 0
        and day_hour.errors >= greatest($min_share, $min_ratio * coalesce(usual.share, 0)) * day_hour.records
),
failing_day as (
    select
        site_id, log_date,
        any_value(days) as days,
        any_value(usual_share) as usual_share,
        sum(records) as records,
        sum(errors) as errors
    from failing_hour
    group by site_id, log_date
),
-- What was so once may have been an outage; what was so twice is how the site is.
spike as (
    select today.*
    from failing_day as today
    left join failing_day as past on past.site_id = today.site_id and past.log_date < $date
    where today.log_date = $date and today.errors >= $min_errors
    group by all
    having today.errors >= $min_ratio * coalesce((max(past.errors, habit_days()))[habit_days()], 0)
),
lasting as (
    select
        site_id,
        count(distinct minute_at) as minutes,
        min(first_time) as first_time,
        max(last_time) as last_time
    from site_minute
    semi join failing_hour
        on failing_hour.site_id = site_minute.site_id and failing_hour.hour = site_minute.hour
        and failing_hour.log_date = $date
    where server_errors > 0
    group by site_id
),
-- Only now are the day's records of these sites read: who met the failures, and on what.
request as (
    select
        request.site_id, request.client_id, request.url_path, request.user_id, request.status,
        coalesce(request.status between 500 and 599, false) as is_error
    from day_log as request
    semi join spike on spike.site_id = request.site_id
    semi join failing_hour
        on failing_hour.site_id = request.site_id and failing_hour.hour = hour(request.time)
        and failing_hour.log_date = $date
),
client_load as (
    select site_id, client_id, count(*) as records, count(*) filter (where is_error) as errors,
        count(user_id) as named_records
    from request
    group by site_id, client_id
),
top_client as (
    select
        load.site_id, client.client_ip, load.records, load.errors, load.named_records,
        count(*) filter (where load.errors > 0) over (partition by load.site_id) as failed_clients
    from client_load as load
    left join day_client as client on client.client_id = load.client_id
    qualify row_number() over (partition by load.site_id order by load.errors desc, client.client_ip) = 1
),
page_of_site as (
    select site_id, list(path order by errors desc, path)[1:10] as paths
    from (select site_id, url_path as path, count(*) as errors from request where is_error group by all)
    group by site_id
),
status_of_site as (
    select site_id, list({'status': status, 'count': errors} order by errors desc, status) as statuses
    from (select site_id, status, count(*) as errors from request where is_error group by all)
    group by site_id
),
hour_series as (
    select day_hour.site_id,
        list({'hour': day_hour.hour, 'value': day_hour.errors} order by day_hour.hour) as hours
    from day_hour
    semi join spike on spike.site_id = day_hour.site_id
    where day_hour.log_date = $date
    group by day_hour.site_id
),
shape as (
    select
        spike.*, lasting.minutes, lasting.first_time, lasting.last_time,
        spike.errors / spike.records as share,
        spike.usual_share * spike.records as expected,
        top_client.client_ip, top_client.failed_clients,
        -- What a stranger meets while the others are served is the stranger's.
        top_client.named_records = 0 and (
            spike.records = top_client.records
            or spike.errors - top_client.errors < $min_share * (spike.records - top_client.records)
        ) as is_one_source
    from spike
    inner join lasting on lasting.site_id = spike.site_id
    inner join top_client on top_client.site_id = spike.site_id
)
select
    shape.site_id,
    'site' as actor_kind,
    shape.site_id as actor,
    shape.first_time as first_seen,
    shape.last_time as last_seen,
    shape.errors as event_count,
    0 as subject_count,
    {
        'observed': shape.errors,
        'expected': round(shape.expected, 1),
        'ratio': round(shape.errors / greatest(1, shape.expected), 1),
        'unit': 'failures',
        'share': round(shape.share, 3),
        'own_mean_share': round(shape.usual_share, 4),
        'minutes': shape.minutes,
        'baseline': case when shape.days > 0 then 'site' else 'none' end,
        'baseline_days': shape.days,
        'failed_clients': shape.failed_clients,
        'reason': case
            when is_one_source then 'one_address_fails'
            when minutes < $blip_minutes then 'over_within_minutes'
        end,
        'addresses': case when is_one_source then [shape.client_ip] end,
        'paths': page_of_site.paths,
        'statuses': status_of_site.statuses,
        'series': hour_series.hours
    } as evidence,
    shape.errors,
    shape.share as error_share,
    shape.minutes as error_minutes,
    shape.is_one_source
from shape
left join page_of_site on page_of_site.site_id = shape.site_id
left join status_of_site on status_of_site.site_id = shape.site_id
left join hour_series on hour_series.site_id = shape.site_id
