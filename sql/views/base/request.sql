-- One row per request, with its profile beside it. Other views are made of it, so it comes before them.
create or replace view lake.request as
select
    fact.event_id, fact.time, fact.log_date, profile.site_id, profile.site_domain,
    fact.client_id, fact.agent_id, fact.user_id, profile.user_type, fact.session_id,
    profile.method, fact.url_path, fact.url_query, profile.protocol,
    fact.status, fact.bytes, fact.duration_ms,
    fact.referrer, fact.referrer_domain,
    profile.resource_id, profile.resource_kind, profile.data_level, fact.subject_id,
    profile.login_result, fact.redactions, fact.file_id, fact.line_no
from lake.request_fact as fact
inner join lake.request_profile as profile on profile.request_profile_id = fact.request_profile_id;
comment on view lake.request is 'リクエスト一件につき一行。接続元とブラウザーは番号で / One row per request that a server logged, client and agent by their ids; lake.access_log adds them. [personal]';
-- column client_id: 接続元。lake.client を見よ / Client, see lake.client. [pseudonym]
-- column agent_id: ユーザーエージェント。lake.agent を見よ / User agent, see lake.agent; null where none was logged. [none]
-- column login_result: ログインの成否（success・failure）。ほかのリクエストでは空 / success or failure of a log-in, by the statuses of the resource; null for other requests. [none]
