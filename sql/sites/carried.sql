-- One row per site and name of what detectors rest on: of how many records of its last days with lines
-- (table `coverage_day`: site_id, log_date) one is to be expected (`expected`), and how many have it
-- (`carried`). Users and sessions are expected of accesses to personal data, where there are any: a
-- public page names nobody. Reads `field_day`, the rows of lake.site_field_day of these days and of all sites. [none]
with counted as (
    select site_id, sum(columns(* exclude (site_id, log_date)))
    from field_day
    semi join coverage_day
        on coverage_day.log_date = field_day.log_date and coverage_day.site_id = field_day.site_id
    group by site_id
),
-- The directory, which may change every day, names types that neither lines nor settings do.
typed as (
    select day.site_id, sum(day.requests) as requests
    from lake.user_day as day
    inner join coverage_day
        on coverage_day.log_date = day.log_date and coverage_day.site_id = day.site_id
    inner join lake.person as person on person.user_id = day.user_id
    where day.user_type is null and person.user_type is not null
    group by day.site_id
)
select
    counted.site_id, measure.name, coalesce(measure.expected, 0)::bigint as expected,
    coalesce(measure.carried, 0)::bigint as carried
from counted
left join typed on typed.site_id = counted.site_id
cross join unnest([
    {'name': 'requests', 'expected': records, 'carried': records},
    {'name': 'client_ip', 'expected': records, 'carried': client_ip},
    {'name': 'client_host', 'expected': client_ip, 'carried': client_host},
    {'name': 'country', 'expected': client_ip, 'carried': country},
    {'name': 'asn', 'expected': client_ip, 'carried': asn},
    {
        'name': 'user_id',
        'expected': case when personal_accesses > 0 then personal_accesses else records end,
        'carried': case when personal_accesses > 0 then personal_user_id else user_id end
    },
    {'name': 'user_type', 'expected': user_id, 'carried': user_type + coalesce(typed.requests, 0)},
    {
        'name': 'session_id',
        'expected': case when personal_accesses > 0 then personal_accesses else records end,
        'carried': case when personal_accesses > 0 then personal_session_id else session_id end
    },
    {'name': 'url_path', 'expected': records, 'carried': url_path},
    {'name': 'url_query', 'expected': records, 'carried': url_query},
    {'name': 'status', 'expected': records, 'carried': status},
    {'name': 'bytes', 'expected': answered, 'carried': bytes},
    {'name': 'referrer', 'expected': records, 'carried': referrer},
    {'name': 'user_agent', 'expected': records, 'carried': user_agent},
    {'name': 'subject_id', 'expected': record_requests, 'carried': subject_id},
    {'name': 'record', 'expected': records, 'carried': record_requests},
    {'name': 'list', 'expected': records, 'carried': list_requests},
    {'name': 'export', 'expected': records, 'carried': export_requests},
    {'name': 'admin', 'expected': records, 'carried': admin_requests},
    {'name': 'login', 'expected': records, 'carried': login_requests},
    {'name': 'logout', 'expected': records, 'carried': logout_requests},
    {'name': 'failure', 'expected': login_requests, 'carried': login_failures},
    {'name': 'success', 'expected': login_requests, 'carried': login_successes},
    {'name': 'login_user', 'expected': login_failures, 'carried': named_failures}
]) as counted_measure (measure)
