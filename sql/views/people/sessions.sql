create or replace view lake.sessions as
with step as (
    select
        request.log_date, request.site_id, request.session_id, request.time, request.line_no,
        request.user_id, request.user_type, request.client_id, request.agent_id,
        request.url_path, request.status, request.resource_kind, request.subject_id,
        request.login_result,
        request.resource_kind in ('record', 'list', 'export')
            and (request.status between 200 and 299 or request.status = 304) as is_personal,
        -- The cookie tells a session; without one, who, from where and with what stand for it.
        if(request.session_id is null, request.user_id, null) as visitor,
        if(request.session_id is null, request.client_id, null) as visitor_client,
        if(request.session_id is null, request.agent_id, null) as visitor_agent
    from lake.person_request as request
),
marked as (
    select
        step.*,
        coalesce(session_id is null and time - lag(time) over visit > interval 30 minutes, false)
            as is_return
    from step
    window visit as (
        partition by log_date, site_id, session_id, visitor, visitor_client, visitor_agent
        order by time, line_no
    )
),
numbered as (
    select
        marked.*,
        sum(is_return::int) over (
            partition by log_date, site_id, session_id, visitor, visitor_client, visitor_agent
            order by time, line_no
        ) as visit_no
    from marked
),
session as (
    select
        log_date, site_id, session_id,
        min(user_id) as user_id, min(user_type) as user_type,
        count(distinct user_id) as users,
        arg_min(client_id, time) as client_id, count(distinct client_id) as addresses,
        arg_min(agent_id, time) as agent_id,
        min(time) as first_time, max(time) as last_time,
        count(*) as requests,
        count(*) filter (where is_personal) as personal_accesses,
        count(distinct subject_id) filter (where is_personal and resource_kind = 'record')
            as subjects,
        count(*) filter (where is_personal and resource_kind = 'export') as exports,
        count(*) filter (where login_result = 'failure') as login_failures,
        count(*) filter (where status >= 400) as errors,
        arg_min(url_path, time) as first_path, arg_max(url_path, time) as last_path
    from numbered
    group by log_date, site_id, session_id, visitor, visitor_client, visitor_agent, visit_no
)
select
    session.log_date, session.site_id, session.session_id,
    session.user_id, session.user_type, session.users,
    client.client_ip, session.addresses, client.country, client.as_org,
    agent.browser, agent.os, agent.device, coalesce(agent.is_bot, false) as is_bot,
    session.first_time, session.last_time,
    date_diff('second', session.first_time, session.last_time) / 60 as minutes,
    session.requests, session.personal_accesses, session.subjects, session.exports,
    session.login_failures, session.errors, session.first_path, session.last_path
from session
left join lake.client as client on client.client_id = session.client_id
left join lake.agent as agent on agent.agent_id = session.agent_id;
comment on view lake.sessions is 'サイト・日・セッションごとに一行。Cookie の記録がなければ、同じ利用者・アドレス・ブラウザーで 30 分あかないリクエストを一つとする / One row per site, day and session; where no cookie is logged, requests of one user, address and browser with no pause over 30 minutes. [personal]';
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column session_id: セッション（鍵つきハッシュ）。Cookie の記録がなければ空 / Session, a keyed hash; null where no cookie is logged. [pseudonym]
-- column user_id: 利用者。ログイン前だけなら空 / User; null when nobody logged in. [personal]
-- column user_type: customer・staff・franchise・contractor・system / customer, staff, franchise, contractor or system. [none]
-- column users: 利用者の数。2 以上なら使い回しか乗っ取り / Distinct users; two or more are a shared or stolen session. [none]
-- column client_ip: 最初のアドレス / First address. [personal]
-- column addresses: アドレスの数 / Distinct addresses. [none]
-- column country: 最初のアドレスの国 / Country of the first address. [none]
-- column as_org: 最初のアドレスの AS の組織 / Organisation of its autonomous system. [none]
-- column browser: 最初のブラウザー / First browser. [none]
-- column os: 最初の OS / First operating system. [none]
-- column device: 最初の端末 / First device. [none]
-- column is_bot: クローラーなどと名のっている / True when the agent says it is a bot. [none]
-- column first_time: 最初のリクエスト / First request. [none]
-- column last_time: 最後のリクエスト / Last request. [none]
-- column minutes: その間の分 / Minutes between them. [none]
-- column requests: リクエスト / Requests. [none]
-- column personal_accesses: 個人データへのアクセス / Accesses to personal data. [none]
-- column subjects: データを見られた人の数 / Distinct people whose records were seen. [none]
-- column exports: 書き出し / Exports. [none]
-- column login_failures: 失敗したログイン / Log-ins that failed. [none]
-- column errors: ステータス 4xx・5xx / Requests with status 4xx or 5xx. [none]
-- column first_path: 最初のパス / First path. [personal]
-- column last_path: 最後のパス / Last path. [personal]
