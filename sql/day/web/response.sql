-- What the web attacks of $date brought: how the server answered each try, beside how the same page answers to
-- others, and what came afterwards from the same address. Runs after attack.sql.

-- One row per page that was tried and that others asked for on $date: how often it answered them, and its sizes with
-- the furthest of its visitors left out at either end, so that nobody widens them alone. It counts where the days
-- before do not tell.
create or replace table web_page as
with tried as (
    select site_id, url_path
    from web_try
    where url_path is not null
),
attacker as (
    select site_id, client_id from web_try
),
visitor as (
    select
        request.site_id, request.url_path, request.client_id,
        count(*) as requests,
        count(*) filter (where request.status between 200 and 299) as answered,
        count(*) filter (where request.status between 300 and 399) as redirected,
        count(*) filter (where request.status >= 500) as failed,
        min(request.bytes) filter (where request.status between 200 and 299) as smallest,
        max(request.bytes) filter (where request.status between 200 and 299) as largest
    from day_log as request
    semi join tried using (site_id, url_path)
    anti join attacker using (site_id, client_id)
    group by all
)
select * from web_ordinary(visitor);

-- What these pages answered on the days before, to whom no web attack was found then: whoever tries something can
-- send other addresses ahead on the day itself. Where the path itself is the attack, only others like it have asked
-- for it.
create or replace table web_past_page as
with compared as (
    select site_id, url_path
    from web_try
    where url_path is not null
        and status is not null and status not between 400 and 499
        and not list_contains(places, 'path')
        and family <> 'scanner-user-agent'
),
attacker as (
    select client.client_id
    from day_client as client
    where client.client_ip in (select web_try.client_ip from web_try)
        or client.client_ip in (
            select finding.actor
            from lake.findings as finding
            where finding.category = 'web_attack' and finding.actor_kind = 'ip'
                and finding.date in (select log_date from web_past_day)
        )
),
visitor as (
    select
        profile.site_id, request.url_path, request.client_id,
        count(*) as requests,
        count(*) filter (where request.status between 200 and 299) as answered,
        count(*) filter (where request.status between 300 and 399) as redirected,
        count(*) filter (where request.status >= 500) as failed,
        min(request.bytes) filter (where request.status between 200 and 299) as smallest,
        max(request.bytes) filter (where request.status between 200 and 299) as largest
    from lake.request_fact as request
    inner join cached.request_profile as profile
        on profile.request_profile_id = request.request_profile_id
    semi join compared
        on compared.site_id = profile.site_id and compared.url_path = request.url_path
    anti join attacker on attacker.client_id = request.client_id
    where request.log_date >= $date - web_past_days()::int and request.log_date < $date
        and request.log_date in (select log_date from web_past_day)
    group by all
)
select * from web_ordinary(visitor);

-- One row per site and size of an answer that several pages gave which nobody else asks for.
create or replace table web_catch_all as
select web_try.site_id, web_try.bytes
from web_try
anti join web_page using (site_id, url_path)
where web_try.status between 200 and 299
    and web_try.bytes is not null
group by web_try.site_id, web_try.bytes
having count(distinct web_try.url_path) >= web_catch_all_pages();

-- One row per request of an attacker for a script that the site never answered before, and that it answers now.
create or replace table web_script_answer as
select request.site_id, client.client_ip, request.url_path, request.time as answered_at
from web_request as request
semi join web_new_script using (site_id, url_path)
inner join day_client as client on client.client_id = request.client_id
where request.status = 200 and coalesce(request.method, '') not in ('HEAD', 'OPTIONS')
    and client.client_ip in (select web_try.client_ip from web_try)
    and not exists (
        select 1
        from web_catch_all
        where web_catch_all.site_id = request.site_id
            and abs(request.bytes::bigint - web_catch_all.bytes::bigint)
                <= web_size_tolerance(web_catch_all.bytes)
    );

-- One row per try with what it brought. `response` compares the answer with those that the same page gives to
-- others: refused, as_usual, unlike_usual or not_comparable. `outcome` is answered, failed (the server broke) or
-- nothing. `script_after` is a new script that answered the same address afterwards.
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
    inner join day_client as client on client.client_id = request.client_id
    where request.login_result = 'success'
        and client.client_ip in (select web_try.client_ip from web_try)
),
page as (
    select * exclude (is_past)
    from (
        select *, false as is_past from web_page
        union all
        select *, true as is_past from web_past_page
    )
    qualify row_number() over (
        partition by site_id, url_path order by is_known desc, is_past desc
    ) = 1
),
compared as (
    select
        web_try.*,
        page.smallest, page.largest,
        coalesce(page.is_known and is_most(page.answered, page.requests), false) as is_usual_page,
        case
            when web_try.status is null then 'not_comparable'
            when web_try.status between 400 and 499 then 'refused'
            when page.requests is null and catch_all.bytes is not null then 'as_usual'
            when not coalesce(page.is_known, false) then 'not_comparable'
            when web_try.status >= 500 then
                case when is_most(page.failed, page.requests) then 'as_usual' else 'unlike_usual' end
            when web_try.status = 304 or web_try.method in ('HEAD', 'OPTIONS') then 'not_comparable'
            when web_try.status between 300 and 399 then
                case
                    when is_most(page.answered, page.requests) then 'unlike_usual'
                    when is_most(page.redirected, page.requests) then 'as_usual'
                    else 'not_comparable'
                end
            when web_try.status < 200 then 'not_comparable'
            when not is_most(page.answered, page.requests) then 'unlike_usual'
            -- A page that always answers tells by the size of its answer.
            when web_is_usual_size(web_try.bytes, page.smallest, page.largest) then 'as_usual'
            when web_try.bytes is null or page.smallest is null then 'not_comparable'
            else 'unlike_usual'
        end as response,
        (
            select min(answer.url_path)
            from web_script_answer as answer
            where answer.site_id = web_try.site_id
                and answer.client_ip = web_try.client_ip
                and answer.url_path is distinct from web_try.url_path
                and answer.answered_at > web_try.time
                and answer.answered_at <= web_try.time + to_minutes(web_afterwards_minutes())
                and web_try.family <> 'scanner-user-agent'
        ) as script_after,
        exists (
            select 1
            from login
            where login.site_id = web_try.site_id
                and login.client_ip = web_try.client_ip
                and login.login_at > web_try.time
                and login.login_at <= web_try.time + to_minutes(web_afterwards_minutes())
        ) as is_login_after
    from web_try
    left join page using (site_id, url_path)
    left join catch_all
        on catch_all.site_id = web_try.site_id and catch_all.bytes = web_try.bytes
)
select
    *,
    case
        when family = 'scanner-user-agent' then 'nothing'
        when status >= 500 and response <> 'as_usual' then 'failed'
        when status not between 200 and 299 or status is null then 'nothing'
        when method in ('HEAD', 'OPTIONS') then 'nothing'
        when response = 'as_usual' or (response = 'not_comparable' and is_usual_page) then 'nothing'
        else 'answered'
    end as outcome
from compared;
