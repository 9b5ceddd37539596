-- What the log of each site carries, counted once a day and not by every night that asks.

create table lake.site_field_day (
    log_date date, site_id varchar, records ubigint,
    personal_accesses ubigint, client_ip ubigint, client_host ubigint,
    country ubigint, asn ubigint, session_id ubigint,
    personal_session_id ubigint, url_path ubigint, url_query ubigint,
    status ubigint, answered ubigint, bytes ubigint,
    referrer ubigint, user_agent ubigint, record_requests ubigint,
    subject_id ubigint, list_requests ubigint, export_requests ubigint,
    admin_requests ubigint, login_requests ubigint, logout_requests ubigint,
    login_failures ubigint, login_successes ubigint, user_id ubigint,
    personal_user_id ubigint, user_type ubigint, named_failures ubigint
);
comment on table lake.site_field_day is 'サイト・日ごとに一行：検出が要る項目が、いくつのリクエストにあるか / One row per site and day with lines: in how many requests each thing is that detectors rest on. [none]';
comment on column lake.site_field_day.log_date is '設定の時間帯での日 / Day in the configured zone. [none]';
comment on column lake.site_field_day.site_id is 'サイト / Site, see lake.site. [none]';
comment on column lake.site_field_day.records is 'リクエスト / Requests. [none]';
comment on column lake.site_field_day.personal_accesses is '個人データへのアクセス（2xx か 304） / Accesses to personal data (2xx or 304). [none]';
comment on column lake.site_field_day.client_ip is '接続元の IP アドレスがあるリクエスト / Requests with a client address. [none]';
comment on column lake.site_field_day.client_host is '逆引きのホスト名があるリクエスト / Requests with a host name of the client. [none]';
comment on column lake.site_field_day.country is '国があるリクエスト / Requests with a country. [none]';
comment on column lake.site_field_day.asn is 'AS 番号があるリクエスト / Requests with a number of an autonomous system. [none]';
comment on column lake.site_field_day.session_id is 'セッションがあるリクエスト / Requests with a session. [none]';
comment on column lake.site_field_day.personal_session_id is 'セッションがある、個人データへのアクセス / Accesses to personal data with a session. [none]';
comment on column lake.site_field_day.url_path is 'パスがあるリクエスト / Requests with a path. [none]';
comment on column lake.site_field_day.url_query is 'クエリーがあるリクエスト / Requests with a query. [none]';
comment on column lake.site_field_day.status is 'ステータスがあるリクエスト / Requests with a status. [none]';
comment on column lake.site_field_day.answered is 'ステータス 200 のリクエスト / Requests with status 200. [none]';
comment on column lake.site_field_day.bytes is 'そのうち、バイト数があるもの / Those of them with a number of bytes. [none]';
comment on column lake.site_field_day.referrer is 'リファラーがあるリクエスト / Requests with a referrer. [none]';
comment on column lake.site_field_day.user_agent is 'ユーザーエージェントがあるリクエスト / Requests with a user agent. [none]';
comment on column lake.site_field_day.record_requests is '個人データのある record のリクエスト / Requests for records with personal data. [none]';
comment on column lake.site_field_day.subject_id is 'そのうち、対象者があるもの / Those of them with a subject. [none]';
comment on column lake.site_field_day.list_requests is '個人データのある list のリクエスト / Requests for lists with personal data. [none]';
comment on column lake.site_field_day.export_requests is '個人データのある export のリクエスト / Requests for exports with personal data. [none]';
comment on column lake.site_field_day.admin_requests is 'admin のリクエスト / Requests for admin pages. [none]';
comment on column lake.site_field_day.login_requests is 'login のリクエスト / Requests for log-in pages. [none]';
comment on column lake.site_field_day.logout_requests is 'logout のリクエスト / Requests for log-out pages. [none]';
comment on column lake.site_field_day.login_failures is '失敗したログイン / Failed log-ins. [none]';
comment on column lake.site_field_day.login_successes is '成功したログイン / Successful log-ins. [none]';
comment on column lake.site_field_day.user_id is '利用者がわかるリクエスト / Requests whose user is known. [none]';
comment on column lake.site_field_day.personal_user_id is '利用者がわかる、個人データへのアクセス / Accesses to personal data whose user is known. [none]';
comment on column lake.site_field_day.user_type is '利用者の種類がわかるリクエスト / Requests whose user is of a known type. [none]';
comment on column lake.site_field_day.named_failures is '失敗したログインのうち、アカウントがわかるもの / Failed log-ins that name an account. [none]';
