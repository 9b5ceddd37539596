-- One row per person and day with personal data, all accounts and sites together: what is counted on a day. A day
-- that is set aside at one of the sites (is_aside) counts in the windows that end on $date, and teaches nothing. Of
-- customers only those days on which they were more than a customer with one record.
with explained as (
    select
        reason.log_date, coalesce(person.usual_id, reason.user_id) as user_id,
        sum(reason.subjects) as subjects,
        sum(reason.accesses) filter (where reason.source = 'export') as exports
    from lake.explanation_day as reason
    left join context_person as person on person.user_id = reason.user_id
    where reason.log_date between $date - $reach_weeks::int * days_a_week() and $date - 1
    group by all
    union all by name
    select
        $date as log_date, user_id,
        count(distinct subject_id) filter (where resource_kind = 'record') as subjects,
        count(*) filter (where resource_kind = 'export') as exports
    from day_request
    where reason is not null and user_id is not null
    group by user_id
),
day as (
    select
        user_id, log_date,
        ($date - log_date) // days_a_week() as week,
        any_value(user_type) as user_type,
        sum(subjects) as subjects,
        sum(record_accesses + list_accesses + exports + refused) as accesses,
        sum(list_accesses) as list_accesses,
        sum(exports) as exports,
        sum(refused) as refused,
        sum(requests) - sum(record_accesses) as beside_records,
        sum(requests) - sum(list_accesses) as beside_lists,
        min(first_time) as first_time,
        max(last_time) as last_time,
        count(*) filter (where record_accesses + list_accesses + exports > 0) as sites,
        arg_max(site_id, record_accesses + list_accesses + exports + refused) as site_id,
        bool_or(aside_day.site_id is not null) as is_aside
    from cached.user_day as user_day
    left join aside_day using (log_date, site_id)
    where log_date between $date - $reach_weeks::int * days_a_week() + 1 and $date
        and record_accesses + list_accesses + exports + refused > 0
        and (user_type is distinct from 'customer' or subjects > 1 or exports > 0 or refused > 1)
    group by user_id, log_date
)
select
    day.* replace (greatest(0, day.exports - coalesce(explained.exports, 0)) as exports),
    coalesce(explained.subjects, 0) as explained_subjects
from day
left join explained using (user_id, log_date)
