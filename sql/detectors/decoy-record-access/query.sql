-- Touches of decoys: records of nobody, which no work leads to. Of those who may open one (an entry that
-- names the user, an assignment, an authorised scanner) nothing is said; a page that is not there, or that
-- leads to a log-in, was no touch.
with touch as (
    select
        *,
        case
            when user_id is not null then 'user'
            when client_ip is not null then 'ip'
            else 'site'
        end as actor_kind,
        coalesce(user_id, client_ip, site_id::varchar) as actor
    from (
        select
            watched.* exclude (user_id),
            coalesce(watched.login_result = 'success', watched.is_access) as is_opened,
            case
                when coalesce(watched.login_result = 'success', watched.is_access)
                    or let_in.user_id is not null or watched.client_ip is null
                    then watched.user_id
            end as user_id
        from watched_request as watched
        left join day_let_in as let_in
            on let_in.user_id = watched.user_id and let_in.client_ip = watched.client_ip
        where watched.watched_as = 'decoy'
            and watched.reason is null
            and (
                watched.is_access
                or watched.login_result is not null
                or watched.status in (401, 403)
                or watched.status >= 500
            )
    )
),
-- One entry that lets the user in is enough; other entries may be of the same decoy.
unauthorised as (
    select touch.*
    from touch
    anti join (
        select request_row from touch where named_user = user_id
    ) as tended using (request_row)
    anti join context_scanner_client as scanner
        on scanner.client_ip = touch.client_ip
        and touch.time between scanner.from_at and scanner.to_at
),
request as (
    select unauthorised.* exclude (watch_reason), named.watch_reasons
    from unauthorised
    inner join (
        select request_row, list(watch_reason) as watch_reasons
        from unauthorised
        group by request_row
    ) as named using (request_row)
    qualify row_number() over (partition by unauthorised.request_row) = 1
),
found as (
    select
        site_id, actor_kind, actor,
        count(*) as requests,
        count(*) filter (where is_opened) as opened,
        count(distinct subject_id) as decoys,
        count(distinct subject_id) filter (where is_opened) as opened_decoys,
        any_value(user_type)::varchar as user_type,
        bool_or(is_bot) as is_bot,
        max(data_level) as data_level,
        min(time) as first_seen,
        max(time) as last_seen,
        status_counts(status) as statuses,
        hourly_counts(time) as series,
        first_ten(list_distinct(flatten(list(watch_reasons)))) as watch_reasons,
        first_ten(list(distinct line_no::varchar)) as line_numbers,
        first_ten(list(distinct resource_id::varchar) filter (where resource_id is not null))
            as resources,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses
    from request
    group by site_id, actor_kind, actor
)
select
    site_id,
    actor_kind,
    actor,
    first_seen,
    last_seen,
    requests as event_count,
    decoys as subject_count,
    {
        'observed': requests,
        'expected': 0,
        'unit': 'requests',
        'baseline': 'none',
        'reason': case when opened > 0 then 'opened' else 'refused' end,
        'successes': opened,
        'targets': decoys,
        'watch_reasons': watch_reasons,
        'data_level': data_level,
        'user_type': user_type,
        'is_bot': is_bot,
        'resources': resources,
        'statuses': statuses,
        'series': series,
        'addresses': addresses,
        'line_numbers': line_numbers
    } as evidence,
    opened,
    opened_decoys,
    decoys
from found
