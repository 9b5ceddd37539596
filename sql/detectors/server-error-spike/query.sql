with span as (
    select
        length.hours as span_hours,
        unnest(range(0, hours_a_day(), length.hours)) as from_hour
    from (select unnest($span_hours::int[]) as hours) as length
),
-- Failures that a site has had so far, on all of its days: servers do not fail by the weekday.
past_failure as (
    select
        site_past.site_id, count(distinct site_past.log_date) as days,
        sum(site_hour.server_errors) as errors, sum(site_hour.records) as records
    from site_past
    inner join past.site_hour
        on site_hour.site_id = site_past.site_id and site_hour.log_date = site_past.log_date
    group by site_past.site_id
),
today_hour as (
    select site_id, hour, sum(records) as records, sum(server_errors) as errors
    from site_minute
    group by site_id, hour
),
observed as (
    select
        today_hour.site_id, span.span_hours, span.from_hour,
        sum(today_hour.records) as records, sum(today_hour.errors) as errors
    from today_hour
    inner join span
        on today_hour.hour >= span.from_hour
        and today_hour.hour < span.from_hour + span.span_hours
    group by today_hour.site_id, span.span_hours, span.from_hour
    having sum(today_hour.errors) >= $min_errors
        and sum(today_hour.errors) >= $min_share * sum(today_hour.records)
),
judged as (
    select
        observed.*,
        observed.errors / observed.records as share,
        coalesce(past.days, 0) as days,
        (coalesce(past.errors, 0) + $prior_share * $prior_records)
            / (coalesce(past.records, 0) + $prior_records) as usual_share
    from observed
    left join past_failure as past on past.site_id = observed.site_id
),
-- The negative binomial of dispersion one (geometric): failures come in heaps.
rare as (
    select
        judged.*,
        records * usual_share as expected,
        geometric_tail(errors, records * usual_share) as p_value
    from judged
    where share >= $min_ratio * usual_share
),
past_span as (
    select
        rare.site_id, rare.span_hours, rare.from_hour, site_hour.log_date,
        hour(site_hour.hour_at) // rare.span_hours as number,
        sum(site_hour.records) as records, sum(site_hour.server_errors) as errors
    from rare
    inner join past.site_hour on site_hour.site_id = rare.site_id
    semi join site_past
        on site_past.site_id = site_hour.site_id and site_past.log_date = site_hour.log_date
    where site_hour.server_errors > 0
    group by all
),
habit as (
    select
        rare.site_id, rare.span_hours, rare.from_hour,
        count(distinct past_span.log_date) filter (
            where past_span.errors >= $alike * rare.errors
                and past_span.errors / past_span.records >= $alike * rare.share
        ) as days_alike
    from rare
    left join past_span
        on past_span.site_id = rare.site_id and past_span.span_hours = rare.span_hours
        and past_span.from_hour = rare.from_hour
    group by rare.site_id, rare.span_hours, rare.from_hour
),
spike as (
    select rare.*
    from rare
    inner join habit
        on habit.site_id = rare.site_id and habit.span_hours = rare.span_hours
        and habit.from_hour = rare.from_hour
    where rare.p_value <= $max_p
        and not is_ordinary(habit.days_alike, rare.days, $ordinary_share)
    qualify row_number() over (
        partition by rare.site_id order by rare.p_value, rare.errors desc, rare.span_hours
    ) = 1
),
lasting as (
    select
        spike.site_id,
        least(
            count(distinct time_bucket(to_minutes($slot_minutes::int), site_minute.minute_at))
                filter (where site_minute.server_errors > 0) * $slot_minutes,
            1 + date_diff(
                'minute',
                min(site_minute.minute_at) filter (where site_minute.server_errors > 0),
                max(site_minute.minute_at) filter (where site_minute.server_errors > 0)
            )
        ) as minutes,
        min(site_minute.first_time) filter (where site_minute.server_errors > 0) as first_time,
        max(site_minute.last_time) filter (where site_minute.server_errors > 0) as last_time
    from spike
    inner join site_minute
        on site_minute.site_id = spike.site_id
        and site_minute.hour >= spike.from_hour
        and site_minute.hour < spike.from_hour + spike.span_hours
    group by spike.site_id
),
-- Only now are the day's records of these sites read: who met the failures, and on what.
request as (
    select
        spike.site_id, request.client_id, request.url_path, request.user_id,
        coalesce(request.data_level > 0 or request.resource_kind = 'login', false) as is_personal,
        request.status,
        coalesce(request.status between 500 and 599, false) as is_error
    from spike
    inner join day_log as request
        on request.site_id = spike.site_id
        and request.time >= $day_begins_at::timestamptz + to_hours(spike.from_hour::int)
        and request.time < $day_begins_at::timestamptz
            + to_hours((spike.from_hour + spike.span_hours)::int)
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
    qualify row_number() over (partition by load.site_id order by load.errors desc) = 1
),
page_load as (
    select site_id, left(url_path, $path_characters::int) as path, count(*) as errors
    from request
    where is_error
    group by all
),
status_load as (
    select site_id, status, count(*) as errors
    from request
    where is_error
    group by site_id, status
),
personal as (
    select site_id, count(*) filter (where is_personal) as errors
    from request
    where is_error
    group by site_id
),
hour_series as (
    select today_hour.site_id,
        list({'hour': today_hour.hour, 'value': today_hour.errors} order by today_hour.hour)
            as hours
    from today_hour
    semi join spike on spike.site_id = today_hour.site_id
    group by today_hour.site_id
),
shape as (
    select
        spike.*, lasting.minutes, lasting.first_time, lasting.last_time,
        top_client.client_ip, top_client.failed_clients, top_client.errors as client_errors,
        personal.errors as personal_errors,
        personal.errors >= $personal_share * spike.errors
            and personal.errors >= $min_errors as is_personal,
        -- With hardly anybody else there, a stranger's failures are still the stranger's.
        top_client.errors >= $one_source_share * spike.errors
            and case
                when spike.records - top_client.records >= $min_others
                    then (spike.errors - top_client.errors) / (spike.records - top_client.records)
                        < $spared_share * spike.share
                else top_client.named_records = 0
            end as is_one_source
    from spike
    inner join lasting on lasting.site_id = spike.site_id
    inner join top_client on top_client.site_id = spike.site_id
    inner join personal on personal.site_id = spike.site_id
)
select
    shape.site_id,
    'site' as actor_kind,
    shape.site_id as actor,
    shape.first_time as first_seen,
    shape.last_time as last_seen,
    shape.errors as event_count,
    0 as subject_count,
    shape.p_value,
    {
        'observed': shape.errors,
        'expected': round(shape.expected, 1),
        'ratio': round(shape.errors / greatest($least_expected, shape.expected), 1),
        'unit': 'failures',
        'share': round(shape.share, 3),
        'own_mean_share': round(shape.usual_share, 4),
        'minutes': shape.minutes,
        'baseline': case when shape.days > 0 then 'site' else 'none' end,
        'baseline_days': shape.days,
        'p_value': printf('%.1e', shape.p_value)::double,
        'personal_errors': shape.personal_errors,
        'failed_clients': shape.failed_clients,
        'reason': case
            when is_one_source then 'one_address_fails'
            when minutes < $blip_minutes then 'over_within_minutes'
            when is_personal then 'personal_pages_fail'
        end,
        'addresses': case when is_one_source then [shape.client_ip] end,
        'paths': (
            select list(page.path order by page.errors desc, page.path)[1:10]
            from page_load as page where page.site_id = shape.site_id
        ),
        'statuses': (
            select list({'status': load.status, 'count': load.errors} order by load.errors desc, load.status)
            from status_load as load where load.site_id = shape.site_id
        ),
        'series': hour_series.hours
    } as evidence,
    shape.errors,
    shape.share as error_share,
    shape.minutes as error_minutes,
    shape.is_one_source,
    shape.is_personal
from shape
left join hour_series on hour_series.site_id = shape.site_id
