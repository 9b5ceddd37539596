-- The log-ins of $date as guessing is judged by: every try, tries by address and account, and what the
-- addresses, networks and agents behind them add up to. Runs after request*.sql. Tries of an authorised
-- scanner are left out.

-- One row per try; of those let in by HTTP's own authentication only the first admission counts.
-- place: 2 where the account has worked from the subnet before, 1 from the same
-- provider (of an account without a past: from a subnet that people have long logged in from), else 0.
create or replace table login as
with
-- HTTP's own authentication has no page to log in at: the server names who is tried and answers 401.
-- An address that is told so again and again, about hardly more than one thing, is guessing.
pageless as not materialized (
    select * from day_request where login_result is null and is_named
),
challenged as (
    select site_id, client_id
    from pageless
    where status = 401
    group by site_id, client_id
    having count(*) >= challenge_failures()
        and count(distinct (resource_id, subject_id)) <= challenge_targets()
),
challenge as (
    select request.*, 'failure' as answer
    from pageless as request
    semi join challenged using (site_id, client_id)
    where request.status = 401
),
admission as (
    select request.*, 'success' as answer
    from pageless as request
    semi join challenge using (site_id, client_id, user_id)
    where request.status < 400
    qualify row_number() over (
        partition by request.site_id, request.client_id, request.user_id order by request.time
    ) = 1
),
tried as (
    select request.*, request.login_result as answer
    from day_request as request
    where request.login_result is not null
    union all
    from challenge
    union all
    from admission
),
attempt as (
    select
        request.time, request.site_id, request.client_ip, request.subnet,
        network_of(request.client_ip) as network,
        request.asn, request.country, request.agent_id, agent.browser, agent.os,
        request.user_type, coalesce(request.user_id, request.subject_id) as account,
        request.answer = 'failure' as is_failure
    from tried as request
    left join cached.agent as agent on agent.agent_id = request.agent_id
    anti join context_scanner_client as scanner
        on scanner.client_ip = request.client_ip
        and request.time between scanner.from_at and scanner.to_at
    where request.client_ip is not null
),
account as (
    select account as user_id
    from attempt
    where account is not null
),
-- Joined by user and subnet rather than gathered to lists, which would be those of every user.
past as (
    select place.user_id, place.subnet, coalesce(place.asn::varchar, place.network) as provider,
        bit_or(history_day.day_bit) as on_days
    from past.user_network_day as place
    inner join history_day using (log_date)
    semi join account using (user_id)
    anti join excluded_days
        on excluded_days.actor_kind = 'user' and excluded_days.actor = place.user_id
        and excluded_days.category = 'authentication'
        and place.log_date between excluded_days.from_day and excluded_days.to_day
    group by all
),
known as (
    select user_id, days_among(bit_or(on_days)) as days
    from past
    group by user_id
),
known_subnet as (
    select distinct user_id, subnet from past
),
known_provider as (
    select distinct user_id, provider from past
),
office as (
    select site_id, subnet
    from past.subnet_day
    where users >= office_users()
    group by site_id, subnet
    having count(*) >= office_days()
),
known_browser as (
    select distinct user_id, concat_ws(' ', browser, os) as browser
    from past.user_agent_day
    semi join account using (user_id)
)
select
    attempt.*,
    coalesce(known.days, 0) as own_days,
    case
        when known_subnet.user_id is not null then home_place()
        when known_provider.user_id is not null then 1
        when known.days is null and office.subnet is not null then 1
        else 0
    end as place,
    known_browser.user_id is not null as is_known_browser
from attempt
left join known on known.user_id = attempt.account
left join known_subnet
    on known_subnet.user_id = attempt.account and known_subnet.subnet = attempt.subnet
left join known_provider
    on known_provider.user_id = attempt.account
    and known_provider.provider = coalesce(attempt.asn::varchar, attempt.network)
left join known_browser
    on known_browser.user_id = attempt.account
    and known_browser.browser = concat_ws(' ', attempt.browser, attempt.os)
left join office on office.site_id = attempt.site_id and office.subnet = attempt.subnet;

-- One row per site, address and account with a failure. is_slip: no more failures than people make,
-- and the same account was let in within the hour from there, or later in the day with the same browser
-- where it is at home or has no home yet.
create or replace table login_pair as
-- The interval between tries says more: programs that repeat an old password keep it steady.
with gap as (
    select
        login.*,
        epoch(login.time) - epoch(lag(login.time) over (
            partition by login.site_id, login.client_ip, login.account order by login.time
        )) as seconds
    from login
    where login.is_failure
),
pair as (
    select
        site_id, client_ip, account,
        any_value(subnet) as subnet, any_value(network) as network, any_value(asn) as asn,
        any_value(country) as country, any_value(user_type) as user_type,
        mode(agent_id) as agent_id, count(distinct agent_id) as agents,
        max(own_days) as own_days, max(place) as place,
        bool_or(is_known_browser) as is_known_browser,
        count(*) as failures, min(time) as first_failure, max(time) as last_failure,
        median(seconds) as median_gap,
        stddev_pop(seconds) / nullif(avg(seconds), 0) as gap_variation
    from gap
    group by site_id, client_ip, account
),
success as (
    select site_id, account, subnet, time, agent_id
    from login
    where not is_failure and account is not null
)
select
    pair.*,
    success.time as success_at,
    pair.failures <= slip_failures() and coalesce(
        success.time <= pair.last_failure + interval 1 hour
        or (
            (pair.place = home_place() or pair.own_days = 0) and success.agent_id = pair.agent_id
        ),
        false
    ) as is_slip
from pair
asof left join success
    on success.site_id = pair.site_id and success.account = pair.account
    and success.subnet = pair.subnet and success.time >= pair.first_failure;

-- One row per address, subnet, network, provider and agent that guesses, over all sites: accounts tried
-- without being let in (strange_accounts of them from a place that the account does not know),
-- accounts that got in, and the most that one address tried. Where the log names no account, an address
-- stands for one.
create or replace table login_group as
with guessed as (
    select
        origin.kind, origin.key,
        count(distinct (site_id, account)) as guessed_accounts,
        count(distinct (site_id, account)) filter (where place = 0) as strange_accounts,
        count(distinct site_id) as sites,
        sum(failures) as failures,
        list_max(map_values(histogram(client_ip))) as top_accounts  -- a row is of one account
    from (
        select
            site_id, coalesce(account, client_ip) as account, client_ip, place, failures,
            unnest(login_origins(client_ip, subnet, network, asn, agent_id)) as origin
        from login_pair
        where not is_slip
    )
    where origin.key is not null
    group by all
),
admitted as (
    select origin.kind, origin.key, count(distinct (site_id, account)) as admitted_accounts
    from (
        select
            site_id, coalesce(account, client_ip) as account,
            unnest(login_origins(client_ip, subnet, network, asn, agent_id)) as origin
        from login
        where not is_failure
    )
    group by all
)
select guessed.*, coalesce(admitted.admitted_accounts, 0) as admitted_accounts
from guessed
left join admitted using (kind, key);
