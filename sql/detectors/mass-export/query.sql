with export as (
    select
        site_id, user_id, client_ip, resource_id,
        any_value(user_type) as user_type,
        count(*) as exports,
        coalesce(sum(bytes), 0)::double as bytes,
        max(bytes) as largest,
        max(data_level) as data_level,
        min(time) as first_seen,
        max(time) as last_seen,
        list_distinct(list(hour)) as hours
    from day_request
    where is_personal and resource_kind = 'export' and reason is null
    group by site_id, user_id, client_ip, resource_id
),
-- What a person and the peers have exported before, on how many days of work.
past_person as (
    select site_id, user_id, any_value(user_type) as user_type,
        count(*) as active_days,
        count(*) filter (where exports > 0) as export_days,
        sum(page_bytes) / nullif(sum(unnamed_accesses + list_accesses), 0) as bytes_an_access
    from person_day
    where log_date < $date
    group by site_id, user_id
),
-- What was exported on any earlier day is no first export, be its case open or not.
ever as (
    select site_id, user_id, count(*) as export_days
    from past.user_day
    where exports > 0
        and user_id in (select user_id from export)
    group by site_id, user_id
),
past_group as (
    select team_site.team, past_person.user_type,
        count(*) as people,
        sum(past_person.active_days) as person_days,
        count(*) filter (where past_person.export_days > 0) as exporters,
        sum(past_person.export_days) as export_days
    from past_person
    inner join team_site using (site_id, user_type)
    where team_site.team <> '*'
    group by team_site.team, past_person.user_type
),
closing as (
    select case when is_month_end then $month_end_factor else 1.0 end as factor
    from calendar_day
    where log_date = $date
),
amount as (
    select
        site_id, user_id, any_value(user_type) as user_type, any_value(team) as team,
        max(value) filter (where metric = 'exports') as exports,
        max(value) filter (where metric = 'export_bytes') as export_bytes,
        max(value) filter (where metric = 'page_bytes') as page_bytes,
        max(ratio) filter (where metric = 'exports' and p_value <= $max_first_p) as count_ratio,
        max(struct_pack(
            ratio := ratio, p_value := p_value, expected := expected, upper := upper,
            own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
            value := value
        )) filter (
            where metric = 'exports' and p_value <= $max_p and ratio >= $min_ratio * closing.factor
                and value >= $min_exports and value > $habit_margin * own_high
        ) as by_count,
        max(struct_pack(
            ratio := ratio, p_value := p_value, expected := expected, upper := upper,
            own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
            value := value
        )) filter (
            where metric = 'export_bytes' and p_value <= $max_p
                and ratio >= $min_bytes_ratio * closing.factor and value >= $min_bytes and value > $habit_margin * own_high
        ) as by_bytes,
        max(struct_pack(
            ratio := ratio, p_value := p_value, expected := expected, upper := upper,
            own_mean := own_mean, peer_mean := peer_mean, days := days, baseline := baseline,
            value := value
        )) filter (
            where metric = 'page_bytes' and p_value <= $max_p and ratio >= $min_bytes_ratio
                and value >= $min_page_bytes and value > $habit_margin * own_high
        ) as by_pages
    from expected_volume
    cross join closing
    where metric in ('exports', 'export_bytes', 'page_bytes') and site_id <> '*'
    group by site_id, user_id
),
-- Accounts of programs keep their hours.
known_hour as (
    select distinct user_hour.site_id, user_hour.user_id,
        hour_shifted(user_hour.hour, near.shift) as hour
    from past.user_hour
    cross join (select unnest([-1, 0, 1]) as shift) as near
    where user_hour.user_type = 'system'
),
new_hour as (
    select export.site_id, export.user_id, min(exported.hour) as hour
    from export
    cross join unnest(export.hours) as exported (hour)
    anti join known_hour
        on known_hour.site_id = export.site_id and known_hour.user_id = export.user_id
        and known_hour.hour = exported.hour
    -- Where the clock is off, all are at new hours: see clock-skew.
    anti join site_shift using (site_id)
    where export.user_type = 'system'
    group by export.site_id, export.user_id
),
accesses as (
    select request.site_id, request.user_id,
        count(*) as accesses,
        max(request.bytes) as largest,
        min(request.time) as first_seen,
        max(request.time) as last_seen,
        max(request.data_level) as data_level,
        count(distinct request.subject_id) as subjects,
        first_ten(list(distinct request.client_ip) filter (where request.client_ip is not null))
            as addresses
    from day_request as request
    where request.is_personal and request.reason is null and request.resource_kind <> 'export'
        and (request.site_id, request.user_id) in (
            select (site_id, user_id) from amount where by_pages is not null
        )
    group by request.site_id, request.user_id
),
exporter as (
    select site_id, user_id,
        max(data_level) as data_level,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        max(largest) as largest,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses,
        first_ten(list(distinct resource_id)) as resources
    from export
    where user_id is not null
    group by site_id, user_id
),
person as (
    select
        amount.*,
        coalesce(past_person.active_days, 0) as active_days,
        coalesce(ever.export_days, 0) as export_days,
        $date - (select min(log_date) from person_day) as history_days,
        past_group.people - (past_person.user_id is not null)::int as peers,
        past_group.exporters - (coalesce(past_person.export_days, 0) > 0)::int as peer_exporters,
        past_group.person_days - coalesce(past_person.active_days, 0) as peer_days,
        past_person.bytes_an_access,
        new_hour.hour as new_hour
    from amount
    left join past_person using (site_id, user_id)
    left join ever using (site_id, user_id)
    left join past_group
        on past_group.team = amount.team and past_group.user_type = amount.user_type
    left join new_hour
        on new_hour.site_id = amount.site_id and new_hour.user_id = amount.user_id
),
sign as (
    select
        person.*,
        exports > 0 and export_days = 0
        -- At the start of the records everything is done for the first time.
        and history_days >= $min_history_days
        -- Customers fetch their own data; once is no sign.
        and (user_type <> 'customer' or export_bytes >= $min_bytes)
        and (
            (active_days >= $enough_days and coalesce(peer_exporters, 0) = 0)
            or (
                peers >= $enough_people and peer_days >= $enough_days * $enough_people
                and peer_exporters <= $rare_share * peers
            )
            -- Others of the role do export, but not so often in a day; who closes the month does.
            or (
                active_days >= $enough_days and exports >= $min_exports
                and count_ratio >= $min_ratio and not calendar_day.is_month_end
            )
        ) as is_first,
        exports > 0 and export_days >= $enough_days and new_hour is not null as is_new_hour
    from person
    inner join calendar_day on calendar_day.log_date = $date
),
judged as (
    select
        sign.* replace (
            case
                when accesses.largest >= $large_page_share * $min_page_bytes
                    and sign.page_bytes / accesses.accesses
                    >= $min_ratio * sign.bytes_an_access
                    then sign.by_pages
            end as by_pages
        ),
        coalesce(exporter.first_seen, accesses.first_seen) as first_seen,
        coalesce(exporter.last_seen, accesses.last_seen) as last_seen,
        coalesce(exporter.data_level, accesses.data_level) as data_level,
        coalesce(exporter.addresses, accesses.addresses) as addresses,
        exporter.resources,
        coalesce(exporter.largest, accesses.largest) as largest,
        coalesce(accesses.accesses, 0) as accesses,
        coalesce(accesses.subjects, 0) as subjects
    from sign
    left join exporter using (site_id, user_id)
    left join accesses using (site_id, user_id)
),
person_found as (
    select
        judged.*,
        coalesce(by_bytes, by_count, by_pages) as sign,
        greatest(
            coalesce(by_bytes.ratio, 0), coalesce(by_count.ratio, 0), coalesce(by_pages.ratio, 0)
        ) as ratio
    from judged
    where by_count is not null or by_bytes is not null or by_pages is not null
        or is_first or is_new_hour
),
-- Where the log names nobody: by address, against what is usual for the resource.
resource_past as (
    select site_id, resource_id,
        count(*) as days,
        count(*) filter (where anonymous_accesses > 0) as anonymous_days,
        avg(anonymous_accesses) as mean_accesses,
        max(anonymous_accesses) as most_accesses,
        max(bytes) as most_bytes,
        sum(bytes) / nullif(sum(accesses), 0) as bytes_an_export
    from past.resource_day
    where resource_kind = 'export'
    group by site_id, resource_id
),
stranger as (
    select
        export.site_id, export.client_ip,
        sum(export.exports) as exports,
        sum(export.bytes) as bytes,
        max(export.largest) as largest,
        max(export.data_level) as data_level,
        min(export.first_seen) as first_seen,
        max(export.last_seen) as last_seen,
        first_ten(list(distinct export.resource_id)) as resources,
        sum(resource_past.mean_accesses) as mean_accesses,
        max(resource_past.days) as days,
        max(export.exports / greatest(resource_past.most_accesses, 1)) as count_ratio,
        max(export.bytes / greatest(resource_past.most_bytes, 1)) as bytes_ratio,
        max(export.bytes / export.exports / nullif(resource_past.bytes_an_export, 0)) as size_ratio,
        bool_or(coalesce(resource_past.anonymous_days, 0) < $habit_days) as is_new
    from export
    left join resource_past using (site_id, resource_id)
    where export.user_id is null and export.client_ip is not null
    group by export.site_id, export.client_ip
),
stranger_found as (
    select *
    from stranger
    where case
            when is_new
                then exports >= $min_stranger_exports or bytes >= $min_bytes
                    or size_ratio >= $min_ratio
            else (exports >= $min_exports and count_ratio >= $min_ratio)
                or (bytes >= $min_bytes and bytes_ratio >= $min_ratio)
        end
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    case when exports > 0 then exports else accesses end::bigint as event_count,
    subjects as subject_count,
    case
        when not coalesce(is_first, false) and not coalesce(is_new_hour, false)
            then least(
                coalesce(by_bytes.p_value, 1), coalesce(by_count.p_value, 1),
                coalesce(by_pages.p_value, 1)
            )
    end as p_value,
    {
        'observed': coalesce(sign.value, exports)::hugeint,
        'expected': round(sign.expected, 1),
        'upper': round(sign.upper, 1),
        'ratio': round(sign.ratio, 1),
        'unit': case
            when by_bytes is not null or (by_count is null and by_pages is not null) then 'bytes'
            else 'requests'
        end,
        'baseline': coalesce(
            sign.baseline, case when active_days >= $enough_days then 'own' else 'peers' end
        ),
        'baseline_days': coalesce(sign.days, active_days),
        'p_value': printf('%.1e', sign.p_value)::double,
        'own_mean': round(coalesce(sign.own_mean, 0), 1),
        'peer_mean': round(sign.peer_mean, 1),
        'exports': exports::bigint,
        'export_bytes': export_bytes::hugeint,
        'largest_response': largest,
        'own_export_days': export_days,
        'own_active_days': active_days,
        'peers': peers,
        'peers_who_export': peer_exporters,
        'is_first_export': is_first,
        'new_hour': case when is_new_hour then new_hour end,
        'resources': resources,
        'user_type': user_type,
        'data_level': data_level,
        'addresses': addresses
    } as evidence,
    exports,
    export_bytes,
    coalesce(export_bytes, page_bytes) as moved_bytes,
    ratio,
    peers,
    peer_exporters,
    is_first,
    is_new_hour
from person_found
union all by name
select
    site_id,
    'ip' as actor_kind,
    client_ip as actor,
    first_seen,
    last_seen,
    exports as event_count,
    0 as subject_count,
    null as p_value,
    {
        'observed': exports::bigint,
        'expected': round(coalesce(mean_accesses, 0), 1),
        'upper': null,
        'ratio': round(greatest(count_ratio, bytes_ratio), 1),
        'unit': 'requests',
        'baseline': case when days >= $enough_days then 'site' else 'none' end,
        'baseline_days': coalesce(days, 0),
        'p_value': null,
        'own_mean': null,
        'peer_mean': null,
        'exports': exports::bigint,
        'export_bytes': bytes::hugeint,
        'largest_response': largest,
        'own_export_days': null,
        'own_active_days': null,
        'peers': null,
        'peers_who_export': null,
        'is_first_export': is_new,
        'new_hour': null,
        'resources': resources,
        'user_type': null,
        'data_level': data_level,
        'addresses': [client_ip]
    } as evidence,
    exports,
    bytes as export_bytes,
    bytes as moved_bytes
from stranger_found
