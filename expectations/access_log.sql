-- One row per day of $days (date[]) and site: what the suite `access_log` judges. Counts the
-- records and files that break each rule; the days' requests are scanned once, and once more for
-- their ids. $now and $future_minutes bound what lies in the future; $dotted_quad is the form of
-- most addresses, $pseudonym that of what an erasure or pseudonymising put in their place. [none]
with day as (
    select
        given.log_date,
        given.log_date::timestamptz as starts_at,
        (given.log_date + 1)::timestamptz as ends_at
    from (select distinct unnest($days::date[]) as log_date) as given
),

seen_client as materialized (
    select distinct request.client_id
    from lake.request as request
    inner join day on day.log_date = request.log_date
),

odd_client as materialized (
    select client.client_id
    from lake.client as client
    inner join seen_client on seen_client.client_id = client.client_id
    -- Python is asked about the few that are no ordinary IPv4 address.
    where case
            when regexp_full_match(client.client_ip, $dotted_quad) then false
            when regexp_full_match(client.client_ip, $pseudonym) then false
            else not is_canonical_ip(client.client_ip)
        end
),

file_record as materialized (
    select
        request.log_date,
        request.site_id,
        request.file_id,
        count(*) as records,
        count(*) filter (
            where request.time is null
                or request.time < day.starts_at
                or request.time >= day.ends_at
        ) as outside_day,
        -- RFC 9110 section 15: a status is a whole number from 100 to 599
        count(*) filter (where request.status not between 100 and 599) as status_invalid,
        count(*) filter (where odd_client.client_id is not null) as ip_odd,
        count(*) filter (
            where request.time > $now::timestamptz + to_minutes($future_minutes)
        ) as future_records
    from lake.request as request
    inner join day on day.log_date = request.log_date
    left join odd_client on odd_client.client_id = request.client_id
    group by request.log_date, request.site_id, request.file_id
),

record_profile as (
    select
        file_record.log_date,
        file_record.site_id,
        sum(file_record.records) as records,
        sum(file_record.outside_day) as outside_day,
        sum(file_record.status_invalid) as status_invalid,
        sum(file_record.ip_odd) as ip_odd,
        sum(file_record.future_records) as future_records
    from file_record
    group by file_record.log_date, file_record.site_id
),

-- Sorted, equal ids are neighbours: that takes half as long as a group for each id.
repeated_id as materialized (
    select distinct neighbour.event_id
    from (
        select
            request.event_id,
            lag(request.event_id) over (order by request.event_id) as event_id_before
        from lake.request_fact as request
        inner join day on day.log_date = request.log_date
    ) as neighbour
    where neighbour.event_id = neighbour.event_id_before
),

repeated_event as (
    select
        request.log_date,
        request.event_id,
        min(request.file_id) as file_id,
        count(*) - 1 as repeats
    from lake.request as request
    inner join day on day.log_date = request.log_date
    inner join repeated_id on repeated_id.event_id = request.event_id
    group by request.log_date, request.event_id
    having count(*) > 1
),

repeat_profile as (
    select
        file_record.log_date,
        file_record.site_id,
        sum(repeated_event.repeats) as event_repeats
    from repeated_event
    inner join file_record
        on file_record.log_date = repeated_event.log_date
        and file_record.file_id = repeated_event.file_id
    group by file_record.log_date, file_record.site_id
),

file_reject as (
    select reject.log_date, reject.site_id, reject.file_id, count(*) as rejects
    from lake.reject as reject
    inner join day on day.log_date = reject.log_date
    group by reject.log_date, reject.site_id, reject.file_id
),

file_side as (
    select
        file_record.log_date, file_record.site_id, file_record.file_id,
        file_record.records, 0 as rejects, 0 as noted_records, 0 as noted_rejects
    from file_record
    union all
    select
        file_reject.log_date, file_reject.site_id, file_reject.file_id,
        0, file_reject.rejects, 0, 0
    from file_reject
    union all
    select
        noted.log_date, noted.site_id, noted.file_id, 0, 0, noted.records, noted.rejects
    from lake.ledger_day as noted
    inner join day on day.log_date = noted.log_date
),

file_balance as (
    select
        file_side.log_date,
        file_side.site_id,
        file_side.file_id,
        sum(file_side.rejects) as rejects,
        sum(file_side.noted_records) as noted_records,
        sum(file_side.noted_rejects) as noted_rejects,
        sum(file_side.records) <> sum(file_side.noted_records)
        or sum(file_side.rejects) <> sum(file_side.noted_rejects) as is_off
    from file_side
    group by file_side.log_date, file_side.site_id, file_side.file_id
),

balance_profile as (
    select
        file_balance.log_date,
        file_balance.site_id,
        sum(file_balance.rejects) as rejects,
        sum(file_balance.noted_records) as noted_records,
        sum(file_balance.noted_rejects) as noted_rejects,
        count(*) filter (where file_balance.is_off) as files_off
    from file_balance
    group by file_balance.log_date, file_balance.site_id
),

profile as (
    select kept.log_date, kept.site_id, kept.records, kept.rejects
    from lake.site_day as kept
    inner join day on day.log_date = kept.log_date
),

site_of_day as (
    select record_profile.log_date, record_profile.site_id from record_profile
    union
    select balance_profile.log_date, balance_profile.site_id from balance_profile
    union
    select profile.log_date, profile.site_id from profile
)

select
    site_of_day.log_date,
    site_of_day.site_id,
    coalesce(record_profile.records, 0)::bigint as records,
    coalesce(balance_profile.rejects, 0)::bigint as rejects,
    coalesce(balance_profile.noted_records, 0)::bigint as noted_records,
    coalesce(balance_profile.noted_rejects, 0)::bigint as noted_rejects,
    coalesce(profile.records, -1)::bigint as profile_records,
    coalesce(profile.rejects, -1)::bigint as profile_rejects,
    coalesce(record_profile.outside_day, 0)::bigint as outside_day,
    coalesce(record_profile.status_invalid, 0)::bigint as status_invalid,
    coalesce(record_profile.ip_odd, 0)::bigint as ip_odd,
    coalesce(record_profile.future_records, 0)::bigint as future_records,
    coalesce(repeat_profile.event_repeats, 0)::bigint as event_repeats,
    coalesce(balance_profile.files_off, 0)::bigint as files_off
from site_of_day
left join record_profile
    on record_profile.log_date = site_of_day.log_date
    and record_profile.site_id = site_of_day.site_id
left join repeat_profile
    on repeat_profile.log_date = site_of_day.log_date
    and repeat_profile.site_id = site_of_day.site_id
left join balance_profile
    on balance_profile.log_date = site_of_day.log_date
    and balance_profile.site_id = site_of_day.site_id
left join profile
    on profile.log_date = site_of_day.log_date
    and profile.site_id = site_of_day.site_id
