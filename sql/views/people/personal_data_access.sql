create or replace view lake.personal_data_access as
select
    request.time, request.log_date,
    request.site_id, site.site_group, site.franchise,
    request.user_id, request.user_type, request.is_credited,
    request.resource_kind, request.resource_id, request.data_level, request.subject_id,
    request.method, request.url_path, request.url_query, request.status, request.bytes,
    client.client_ip, client.country, client.asn, client.as_org,
    agent.browser, agent.os, agent.device, coalesce(agent.is_bot, false) as is_bot,
    request.session_id, request.event_id
from lake.person_request as request
left join lake.site as site on site.site_id = request.site_id
left join lake.client as client on client.client_id = request.client_id
left join lake.agent as agent on agent.agent_id = request.agent_id
where request.resource_kind in ('record', 'list', 'export')
    and (request.status between 200 and 299 or request.status = 304);
comment on view lake.personal_data_access is '個人データへのアクセス一件につき一行（記録・一覧・書き出しが 2xx か 304 で返ったもの） / One row per access to personal data: a record, list or export that was answered with 2xx or 304. [personal]';
-- column time: リクエストの時刻 / Instant of the request. [none]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column site_group: サイトのグループ / Group of the site. [none]
-- column franchise: 加盟店。ほかのサイトでは空 / Franchise shop; null for other sites. [none]
-- column user_id: 利用者（別名は代表の ID にそろえる）。空ならだれともわからない / User, an alias under the usual ID; null when nobody is named. [personal]
-- column user_type: customer・staff・franchise・contractor・system / customer, staff, franchise, contractor or system. [none]
-- column is_credited: 行には名がなく、同じセッションの利用者とみなした / True when the line names nobody and its session's user is taken. [none]
-- column resource_kind: record（一件）・list（一覧）・export（書き出し） / record, list or export. [none]
-- column resource_id: 設定にある個人データの種類 / Personal-data resource of the settings. [none]
-- column data_level: 管理区分、0 から 3（最高） / Management level, 0 to 3, the highest. [none]
-- column subject_id: だれのデータか。一覧と書き出しではふつう空 / Whose data; mostly null for lists and exports. [personal]
-- column method: HTTP メソッド / HTTP method. [none]
-- column url_path: パス（記録のまま） / Path as logged. [personal]
-- column url_query: クエリ（? なし、個人の値は伏せ字） / Query without its question mark, personal values masked. [personal]
-- column status: HTTP ステータス / HTTP status. [none]
-- column bytes: 応答本文のバイト数 / Bytes of the response body. [none]
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
