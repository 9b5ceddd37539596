-- Whatever a person did after their last day by the directory (context: people), with any account of
-- theirs. Who joined again has no last day there.
with act as (
    select
        request.*, leaver.left_on,
        coalesce(is_admitted(request.status, request.login_result), false) as is_let_in,
        request.is_personal and request.reason is null as is_unexplained
    from day_request as request
    inner join leaver using (user_id)
    where leaver.left_on < $date
        and request.user_type <> 'customer'
        and not request.is_pseudonymous
        -- Where a log has no status at all, nobody knows who was let in.
        and request.site_id in (select site_id from day_request where status is not null)
),
-- A shift that began on the last day and went on past midnight: whoever works it is at work in the hour before.
last_shift as (
    select distinct hours.user_id
    from past.user_hour as hours
    inner join leaver on leaver.user_id = hours.user_id and leaver.left_on = hours.log_date
    where hours.hour = hours_a_day() - 1
),
on_roster as (
    select distinct act.user_id
    from act
    inner join context_roster as roster
        on roster.user_id = act.user_id
        and act.time between roster.from_at and roster.to_at
        and coalesce(roster.site_id = act.site_id, true)
),
used as (
    select request.user_id, first_ten(list(distinct request.account)) as used_accounts
    from lake.person_request as request
    where request.log_date = $date and request.user_id in (select act.user_id from act)
    group by request.user_id
),
found as (
    select
        site_id, user_id,
        any_value(left_on) as left_on,
        any_value(user_type)::varchar as user_type,
        count(*) as requests,
        count(*) filter (where is_let_in) as let_in,
        count(*) filter (where is_unexplained) as personal,
        count(distinct subject_id) filter (where is_unexplained) as subjects,
        count(*) filter (where is_unexplained and resource_kind = 'export') as exports,
        count(*) filter (where login_result = 'success') as logins,
        count(*) filter (where not is_let_in) as refused,
        max(data_level) filter (where is_unexplained) as data_level,
        max(hour) filter (where is_let_in) as last_hour,
        min(time) as first_seen,
        max(time) as last_seen,
        hourly_counts(time) as series,
        first_ten(list(distinct resource_id::varchar) filter (where is_unexplained)) as resources,
        first_ten(list(distinct subject_id) filter (where is_unexplained)) as subject_ids,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses
    from act
    group by site_id, user_id
),
-- Where most people of a site have left, it is the list that is wrong. Only who was let in counts: anybody
-- can be refused under the names of others.
gone as (
    select distinct site_id, user_id from act where is_let_in
),
site_people as (
    select
        request.site_id,
        count(distinct request.user_id) as people,
        count(distinct gone.user_id) as people_gone
    from day_request as request
    left join gone on gone.site_id = request.site_id and gone.user_id = request.user_id
    where request.user_type <> 'customer' and request.site_id in (select gone.site_id from gone)
        and is_admitted(request.status, request.login_result)
    group by request.site_id
),
judged as (
    select
        found.*, used.used_accounts,
        coalesce(
            site_people.people_gone >= $few_people
            and is_most(site_people.people_gone, site_people.people),
            false
        ) as is_wrong_list,
        on_roster.user_id is not null as is_on_roster,
        last_shift.user_id is not null and found.left_on = $date - 1
            and coalesce(found.last_hour < $shift_end_hour, true) as is_last_shift
    from found
    left join site_people using (site_id)
    left join used using (user_id)
    left join on_roster using (user_id)
    left join last_shift using (user_id)
)
select
    site_id,
    'user' as actor_kind,
    user_id as actor,
    first_seen,
    last_seen,
    requests as event_count,
    subjects as subject_count,
    {
        'observed': case when let_in > 0 then let_in else requests end,
        'expected': 0,
        'unit': 'requests',
        'baseline': 'none',
        'reason': case
            when let_in = 0 then 'refused'
            when is_wrong_list then 'wrong_list'
            when is_on_roster then 'on_roster'
            when is_last_shift then 'last_shift'
            when personal > 0 then 'personal_data'
            else 'let_in'
        end,
        'days_after_leaving': $date - left_on,
        'used_accounts': used_accounts,
        'successes': logins,
        'exports': exports,
        'data_level': data_level,
        'user_type': user_type,
        'resources': resources,
        'series': series,
        'subjects': subject_ids,
        'addresses': addresses
    } as evidence,
    let_in,
    personal,
    subjects,
    exports,
    is_wrong_list,
    is_on_roster,
    is_last_shift
from judged
