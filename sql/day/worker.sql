-- People who work with others' data, as the history before $date knows them: one row per user. Where
-- settings name no user types, whoever usually sees more than a household a day is one.
create or replace table worker as
with person as (
    select
        user_id,
        coalesce(max(nullif(user_type, 'unknown')), 'unknown') as user_type,
        days_among(bit_or(history_day.day_bit)) as days,
        min(log_date) as first_day,
        max(log_date) as last_day,
        sum(subjects) / days_among(bit_or(history_day.day_bit)) as mean_subjects
    from past.user_day
    inner join history_day using (log_date)
    where coalesce(user_type, 'unknown') in ('staff', 'franchise', 'contractor', 'unknown')
    group by user_id
)
select person.*
from person
where person.user_type <> 'unknown' or person.mean_subjects > household_subjects();

-- The people of $date who work here, new accounts too: accounts that nobody can register from outside.
create or replace table day_worker as
select distinct user_id
from day_request
where user_id is not null
    and (
        user_type in ('staff', 'franchise', 'contractor', 'system')
        or user_id in (select worker.user_id from worker)
    );

-- Days of a user that an open case about the account's use leaves out of the baseline of that use.
create or replace table excluded_user_days as
select distinct actor as user_id, from_day, to_day
from excluded_days
where actor_kind = 'user'
    and detector in (
        'new-location-access', 'impossible-travel', 'session-hijack', 'shared-account',
        'dormant-account-access', 'login-after-failures'
    );

-- Their places and browsers before $date, as far as they are earned (see earned_requests).
create or replace table worker_network as
with place as materialized (
    select
        user_network_day.user_id, user_network_day.log_date, user_network_day.country, user_network_day.asn,
        user_network_day.network, user_network_day.subnet, user_network_day.requests
    from past.user_network_day
    semi join worker using (user_id)
    anti join excluded_user_days
        on excluded_user_days.user_id = user_network_day.user_id
        and user_network_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
),
earned as (
    select user_id, network
    from place
    group by user_id, network
    having max(requests) >= earned_requests() or count(*) >= earned_days()
)
select place.* exclude (requests)
from place
semi join earned using (user_id, network);

-- One row per such user and user agent, likewise.
create or replace table worker_agent as
select
    user_agent_day.user_id, user_agent_day.browser, user_agent_day.os, user_agent_day.device
from past.user_agent_day
semi join worker using (user_id)
anti join excluded_user_days
    on excluded_user_days.user_id = user_agent_day.user_id
    and user_agent_day.log_date between excluded_user_days.from_day and excluded_user_days.to_day
group by
    user_agent_day.user_id, user_agent_day.browser, user_agent_day.os, user_agent_day.device
having max(user_agent_day.requests) >= earned_requests() or count(*) >= earned_days();

-- How many of them have used a subnet, and a whole network (null subnet): offices, exits of
-- a VPN or proxy, carriers.
create or replace table shared_network as
select network, subnet, count(distinct user_id) as people, count(distinct log_date) as days
from worker_network
group by grouping sets ((network), (network, subnet));
