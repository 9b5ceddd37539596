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
    select
        rowid as request_row, site_id, agent_id, method, url_path, url_query, referrer,
        masked_attacks
    from web_request
),
matched as (
    select numbered.request_row, signal.family, signal.signature, signal.weight, signal.place
    from numbered
    inner join web_signal as signal
        on signal.place = 'path' and signal.text = numbered.url_path
    union all
    select numbered.request_row, signal.family, signal.signature, signal.weight, signal.place
    from numbered
    inner join web_signal as signal
        on signal.place = 'query' and signal.text = numbered.url_query
    union all
    select numbered.request_row, signal.family, signal.signature, signal.weight, signal.place
    from numbered
    inner join web_signal as signal
        on signal.place = 'referrer' and signal.text = numbered.referrer
    union all
    select numbered.request_row, signal.family, signal.signature, signal.weight, signal.place
    from numbered
    inner join cached.agent as agent on agent.agent_id = numbered.agent_id
    inner join web_signal as signal
        on signal.place = 'agent' and signal.text = agent.user_agent
    union all
    -- What a mask hides: place, family, signature and weight.
    select request_row, attack[2] as family, attack[3] as signature, attack[4]::int as weight, attack[1] as place
    from (
        select request_row, string_split(unnest(string_split(masked_attacks, ';')), ' ') as attack
        from numbered
    )
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
    list(distinct signature order by signature) as signatures,
    list(distinct place order by place) as places
from signature
group by request_row, family;

-- One row per try: request and family of attack. Hints count where an address's day is full of them.
create or replace table web_try as
with known as (
    select
        web_weighed.*,
        web_request.* exclude (agent_id),
        client.client_ip, client.country, agent.user_agent,
        hash(web_request.url_path, web_request.url_query) as target
    from web_weighed
    inner join web_request on web_request.rowid = web_weighed.request_row
    inner join cached.client as client on client.client_id = web_request.client_id
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
)
select
    known.*,
    exists (
        select 1
        from context_scanner_client as scanner
        where scanner.client_ip = known.client_ip
            and known.time between scanner.from_at and scanner.to_at
    ) as is_authorised
from known
left join hinting using (site_id, client_ip, family)
where known.weight >= $web_strong
    or (known.total >= $web_mixed and known.rank = 1)
    or hinting.family is not null;

-- One row per page that was tried: what it answers to those who do not try anything.
create or replace table web_page as
with tried as (
    select distinct site_id, url_path
    from web_try
    where url_path is not null
),
attacker as (
    select distinct site_id, client_id from web_try
)
select
    request.site_id, request.url_path,
    count(*) as requests,
    count(*) filter (where request.status between 200 and 299) as answered,
    count(*) filter (where request.status >= 500) as failed,
    min(request.bytes) filter (where request.status between 200 and 299) as smallest,
    max(request.bytes) filter (where request.status between 200 and 299) as largest
from day_log as request
semi join tried using (site_id, url_path)
anti join attacker using (site_id, client_id)
group by request.site_id, request.url_path;

-- One row per site and size of an answer that several pages gave which nobody else asks for.
create or replace table web_catch_all as
select web_try.site_id, web_try.bytes
from web_try
anti join web_page using (site_id, url_path)
where web_try.status between 200 and 299
    and web_try.bytes is not null
group by web_try.site_id, web_try.bytes
having count(distinct web_try.url_path) >= web_catch_all_pages();

-- One row per try with what it brought: `outcome` is answered, failed (the server broke) or nothing.
create or replace table web_result as
with catch_all as (
    select distinct web_try.site_id, web_try.bytes
    from web_try
    inner join web_catch_all
        on web_catch_all.site_id = web_try.site_id
        and abs(web_try.bytes::bigint - web_catch_all.bytes::bigint)
            <= web_size_tolerance(web_catch_all.bytes)
    where web_try.status between 200 and 299
),
login as (
    select request.site_id, client.client_ip, request.time as login_at
    from day_log as request
    inner join cached.client as client on client.client_id = request.client_id
    where request.login_result = 'success'
        and client.client_ip in (select web_try.client_ip from web_try)
)
select
    web_try.*,
    coalesce(page.requests >= web_page_known() and is_most(page.answered, page.requests), false)
        as is_usual_page,
    case
        when web_try.family = 'scanner-user-agent' then 'nothing'
        when web_try.status >= 500
            and not coalesce(is_most(page.failed, page.requests), false) then 'failed'
        when web_try.status not between 200 and 299 or web_try.status is null then 'nothing'
        when web_try.method in ('HEAD', 'OPTIONS') then 'nothing'
        when catch_all.bytes is not null and page.requests is null then 'nothing'
        when page.requests >= web_page_known() and is_most(page.answered, page.requests)
            -- A page that always answers tells by the size of its answer.
            and coalesce(web_is_usual_size(web_try.bytes, page.smallest, page.largest), true)
            then 'nothing'
        else 'answered'
    end as outcome,
    exists (
        select 1
        from login
        where login.site_id = web_try.site_id
            and login.client_ip = web_try.client_ip
            and login.login_at > web_try.time
            and login.login_at <= web_try.time + to_minutes(web_login_minutes())
    ) as is_login_after
from web_try
left join web_page as page using (site_id, url_path)
left join catch_all on catch_all.site_id = web_try.site_id and catch_all.bytes = web_try.bytes;
