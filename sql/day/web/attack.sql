-- The web attacks of $date. Runs after day/request_scanner.sql and reads web_signal, which says of each distinct
-- text what signatures it matches (pipelines/detect/web/day.py).

-- One row per known script of a site that was answered on an earlier day: web shells are new.
create or replace table web_known_script as
select distinct site_id, url_path
from past.script_day
where url_path in (select script.url_path from web_script as script);

-- One row per script that answers for the first time on a site with at least a week of past, to no
-- more than two addresses.
create or replace table web_new_script as
with aged_site as (
    select site_id
    from past.site_day
    where records > 0
    group by site_id
    having count(*) >= days_a_week()
)
select script_day.site_id, script_day.url_path
from cached.script_day as script_day
semi join aged_site using (site_id)
anti join web_known_script using (site_id, url_path)
where script_day.log_date = $date and script_day.addresses <= web_new_script_addresses();

-- One row per request with a text that matches a signature, or did before ingest masked it, or for a new
-- script.
create or replace table web_request as
select
    request.site_id, request.client_id, request.agent_id,
    coalesce(request.user_id, service.user_id) as user_id, request.time, request.method,
    request.url_path, request.url_query, request.referrer,
    request.status, request.bytes, request.resource_id, request.resource_kind, request.data_level,
    request.subject_id, request.login_result, request.masked_attacks, request.file_id,
    request.line_no
from day_log as request
left join day_service as service on service.event_id = request.event_id
where request.url_path in (select text from web_signal where place = 'path')
    or request.url_query in (select text from web_signal where place = 'query')
    or request.referrer in (select text from web_signal where place = 'referrer')
    or request.agent_id in (
        select agent.agent_id
        from cached.agent as agent
        inner join web_signal on web_signal.text = agent.user_agent
        where web_signal.place = 'agent'
    )
    or request.url_path in (select script.url_path from web_new_script as script)
    or request.masked_attacks is not null;

-- One row per request and family: what its texts weigh together.
create or replace table web_weighed as
with numbered as (
    select rowid as request_row, * from web_request
),
matched as (
    select sent.request_row, signal.family, signal.signature, signal.weight, signal.place
    from (
        select
            numbered.request_row,
            unnest([
                {'place': 'path', 'text': numbered.url_path},
                {'place': 'query', 'text': numbered.url_query},
                {'place': 'referrer', 'text': numbered.referrer},
                {'place': 'agent', 'text': agent.user_agent}
            ], recursive := true)
        from numbered
        left join cached.agent as agent on agent.agent_id = numbered.agent_id
    ) as sent
    inner join web_signal as signal using (place, text)
    union all
    -- What a mask hides: place, family, signature and weight.
    select request_row, attack[2] as family, attack[3] as signature, attack[4]::int as weight, attack[1] as place
    from (
        select request_row, string_split(unnest(string_split(masked_attacks, ';')), ' ') as attack
        from numbered
    )
    where attack[1] <> 'rule'
    union all
    -- New, and asked as people do not ask: sent to without a page before it.
    select
        numbered.request_row, 'webshell-access' as family, 'new-script' as signature,
        case
            when numbered.method = 'POST' and numbered.referrer is null then $web_strong
            else web_new_script_weight()
        end as weight,
        'path' as place
    from numbered
    semi join web_new_script using (site_id, url_path)
),
-- A signature counts once in a request, wherever it matches.
signature as (
    select request_row, family, signature, max(weight) as weight, min(place) as place
    from matched
    group by all
)
select
    request_row, family,
    sum(weight)::int as weight,
    sum(sum(weight)) over (partition by request_row)::int as total,
    row_number() over (partition by request_row order by sum(weight) desc, family) as rank,
    list(signature order by signature) as signatures,
    list(distinct place order by place) as places
from signature
group by request_row, family;

-- One row per try: request and family of attack. Hints count where an address's day is full of them. Of the
-- families of one request the strongest reports it (`is_reported`), the others are `beside` it: what its
-- texts weigh, then what does most harm; last the agent, which says nothing of the attack. A detector that is off or
-- in shadow on the site takes no request from others.
create or replace table web_try as
with known as (
    select
        web_weighed.*,
        web_request.* exclude (agent_id),
        client.client_ip, client.country, agent.user_agent,
        hash(web_request.url_path, web_request.url_query) as target
    from web_weighed
    inner join web_request on web_request.rowid = web_weighed.request_row
    inner join day_client as client on client.client_id = web_request.client_id
    left join cached.agent as agent on agent.agent_id = web_request.agent_id
    where client.client_ip is not null
        -- An address that the settings declare is the site's own, whatever its name.
        and not (
            web_weighed.family in ('sensitive-file-probing', 'exploit-probing')
            and web_request.resource_id is not null
        )
),
hinting as (
    select site_id, client_ip, family
    from (
        select site_id, client_ip, family, target, max(weight) as weight
        from known
        where weight < $web_strong and family <> 'scanner-user-agent'
        group by all
    )
    group by all
    having count(*) >= web_hint_texts() and sum(weight) >= web_hint_weight()
),
passed as (
    select
        known.*,
        coalesce(own.is_active, general.is_active) as is_active,
        exists (
            select 1
            from context_scanner_client as scanner
            where scanner.client_ip = known.client_ip
                and known.time between scanner.from_at and scanner.to_at
        ) as is_authorised
    from known
    left join hinting using (site_id, client_ip, family)
    inner join web_family as general
        on general.family = known.family and general.site_id is null
    left join web_family as own on own.family = known.family and own.site_id = known.site_id
    where known.weight >= $web_strong
        or (known.total >= $web_mixed and known.rank = 1)
        or hinting.family is not null
)
select
    passed.* exclude (is_active),
    not is_active or row_number() over (
        partition by request_row, is_active
        order by
            family = 'scanner-user-agent', weight desc,
            list_position(web_families_by_harm(), family), family
    ) = 1 as is_reported,
    list_sort(list_filter(
        list(family) over (partition by request_row), lambda other: other <> family
    )) as beside
from passed;
