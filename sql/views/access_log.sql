create or replace view lake.access_log as
select
    request.event_id, request.time, request.log_date,
    request.site_id, site.site_group, request.site_domain,
    client.client_ip,
    coalesce(client.client_host, case when dns.is_confirmed then dns.client_host end)
        as client_host,
    case
        when client.client_host is null and dns.is_confirmed
            then coalesce(dns.client_domain, client.client_domain)
        else client.client_domain
    end as client_domain,
    client.country, client.subdivision, client.city, client.asn, client.as_org,
    request.user_id, request.user_type, request.user_source, request.session_id,
    request.method, request.url_path, request.url_query, request.protocol,
    request.status, request.bytes, request.duration_ms,
    request.referrer, request.referrer_domain,
    agent.user_agent, agent.browser, agent.browser_version, agent.os, agent.os_version,
    agent.device, coalesce(agent.is_bot, false) as is_bot, agent.bot_name,
    request.resource_id, request.resource_kind, request.data_level, request.subject_id,
    request.redactions, request.file_id, request.line_no
from lake.user_request as request
left join lake.client as client on client.client_id = request.client_id
left join lake.reverse_dns as dns on dns.client_ip = client.client_ip
left join lake.agent as agent on agent.agent_id = request.agent_id
left join lake.site as site on site.site_id = request.site_id;
comment on view lake.access_log is 'リクエスト一件につき一行：接続元・ブラウザー・サイトを添えた正規化ずみの記録 / One row per request, with client, agent and site: the normalised record. [personal]';
-- column event_id: 同じファイルの同じ行ならいつも同じ番号 / Stable: the same line of the same file has the same id on every run. [none]
-- column time: リクエストの時刻（マイクロ秒まで） / Instant of the request, microseconds. [none]
-- column log_date: 設定の時間帯での日。まずこれで絞る / Day in the configured zone; narrow by it first. [none]
-- column site_id: サイト / Site. [none]
-- column site_group: サイトのグループ / Group of the site. [none]
-- column site_domain: 求められたホスト名（小文字、ポートなし） / Host asked for: lower case, no port. [none]
-- column client_ip: 接続元アドレス（信頼するプロキシの向こう側） / Client address, past trusted proxies. [personal]
-- column client_host: ホスト名。ログか、確かめた逆引きから / Host name, from the log or confirmed reverse DNS. [personal]
-- column client_domain: ホスト名の登録ドメイン / Registrable domain of the host name. [none]
-- column country: 国（ISO 3166-1） / Country, ISO 3166-1 alpha-2. [none]
-- column subdivision: 地域（ISO 3166-2、国の部分を除く） / ISO 3166-2 code, without the country. [none]
-- column city: 都市（英語名） / City, English name. [none]
-- column asn: AS 番号 / Autonomous system number. [none]
-- column as_org: AS の組織 / Organisation of the autonomous system. [none]
-- column user_id: 行にある利用者（拒まれたときも）。なければ利用記録による利用者 / User that the line names, also where the server refused; else the one of a service history. [personal]
-- column user_type: customer・staff・franchise・contractor・system / customer, staff, franchise, contractor or system. [none]
-- column user_source: 利用者がわかったもと：log（行）か、利用記録と何で合ったか（session・subject・address）。二人のどちらとも決められなければ ambiguous。lake.service_user を見よ / Where the user is from: log (the line), or what the record of a service history was joined by (session, subject or address); ambiguous where it was one of two and none was taken; null where nobody is known. See lake.service_user. [none]
-- column session_id: セッション（Cookie の鍵つきハッシュ） / Session, a keyed hash of the cookie. [pseudonym]
-- column method: HTTP メソッド。HTTP でなければ空 / HTTP method; null when the request was no HTTP. [none]
-- column url_path: パス（記録のまま、% 符号も） / Path, percent-encoded as logged. [personal]
-- column url_query: クエリ（? なし、個人の値は伏せ字） / Query without its question mark, personal values masked. [personal]
-- column protocol: HTTP/1.1 など / As in HTTP/1.1. [none]
-- column status: HTTP ステータス。000 なら空 / HTTP status; null for 000. [none]
-- column bytes: 応答本文のバイト数 / Bytes of the response body. [none]
-- column duration_ms: 応答にかかった時間（ミリ秒） / Time taken to serve, milliseconds. [none]
-- column referrer: 参照元（記録のまま） / Referring page as logged. [personal]
-- column referrer_domain: 参照元のホスト名 / Host of the referrer. [none]
-- column user_agent: ユーザーエージェント（記録のまま） / User agent as logged. [none]
-- column browser: ブラウザー / Browser family. [none]
-- column browser_version: ブラウザーの版 / Browser version, dotted. [none]
-- column os: OS / Operating system family. [none]
-- column os_version: OS の版 / Operating system version, dotted. [none]
-- column device: 端末 / Device family. [none]
-- column is_bot: クローラー・監視・ライブラリーと名のっている / True when the agent says it is a crawler, monitor or library. [none]
-- column bot_name: その名。人なら空 / Name of the bot; null for people. [none]
-- column resource_id: リクエストが当たった、設定にある個人データの種類 / Personal-data resource of the settings that the request matched. [none]
-- column resource_kind: record・list・export・login・logout・admin / record, list, export, login, logout or admin. [none]
-- column data_level: 管理区分、0（なし）から 3（最高） / Management level of the data, 0 none to 3 highest. [none]
-- column subject_id: だれのデータか / Whose data. [personal]
-- column redactions: 伏せ字にした個人の値の種類 / Kinds of personal values masked in this record. [none]
-- column file_id: 元のファイル。lake.ledger を見よ / Source file, see lake.ledger. [none]
-- column line_no: 元のファイルでの行番号、1 から / Line number in the source file, from 1. [none]
