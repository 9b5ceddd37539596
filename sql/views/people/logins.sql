create or replace view lake.logins as
select
    request.time, request.log_date,
    request.site_id, site.site_group, site.franchise,
    request.user_id, request.user_type, request.login_result, request.status,
    client.client_ip, client.country, client.asn, client.as_org,
    agent.browser, agent.os, agent.device, coalesce(agent.is_bot, false) as is_bot,
    request.session_id, request.event_id
from lake.person_request as request
left join lake.site as site on site.site_id = request.site_id
left join lake.client as client on client.client_id = request.client_id
left join lake.agent as agent on agent.agent_id = request.agent_id
where request.resource_kind = 'login' and request.login_result is not null;
comment on view lake.logins is 'ログインの試み一回につき一行。成否は設定のステータスによる / One row per attempt to log in, with its result by the statuses of the settings. [personal]';
-- column time: 試みの時刻 / Instant of the attempt. [none]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column site_group: サイトのグループ / Group of the site. [none]
-- column franchise: 加盟店。ほかのサイトでは空 / Franchise shop; null for other sites. [none]
-- column user_id: 試されたアカウント。行に名がなければ空 / Account that was tried; null when the line names none. [personal]
-- column user_type: customer・staff・franchise・contractor・system / customer, staff, franchise, contractor or system. [none]
-- column login_result: success（成功）か failure（失敗） / success or failure. [none]
-- column status: HTTP ステータス / HTTP status. [none]
-- column client_ip: 接続元アドレス / Client address. [personal]
-- column country: 国（ISO 3166-1） / Country, ISO 3166-1 alpha-2. [none]
-- column asn: AS 番号 / Autonomous system number. [none]
-- column as_org: AS の組織 / Organisation of the autonomous system. [none]
-- column browser: ブラウザー / Browser family. [none]
-- column os: OS / Operating system family. [none]
-- column device: 端末 / Device family. [none]
-- column is_bot: クローラーなどと名のっている / True when the agent says it is a bot. [none]
-- column session_id: セッション（鍵つきハッシュ） / Session, a keyed hash. [pseudonym]
-- column event_id: 行の番号。lake.access_log と同じ / Id of the record, as in lake.access_log. [none]
