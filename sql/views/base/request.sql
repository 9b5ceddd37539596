-- One row per request, with its kind beside it. Other views are made of it, so it comes before them.
create or replace view lake.request as
select
    fact.event_id, fact.time, fact.log_date, kind.site_id, kind.site_domain,
    fact.client_id, fact.agent_id, fact.user_id, kind.user_type, fact.session_id,
    kind.method, fact.url_path, fact.url_query, kind.protocol,
    fact.status, fact.bytes, fact.duration_ms,
    fact.referrer, fact.referrer_domain,
    kind.resource_id, kind.resource_kind, kind.data_level, fact.subject_id,
    kind.login_result, fact.redactions, fact.file_id, fact.line_no
from lake.request_fact as fact
inner join lake.kind as kind on kind.kind_id = fact.kind_id;
comment on view lake.request is '要求一件につき一行。接続元とブラウザーは番号で / One row per request that a server logged, client and agent by their ids; lake.access_log adds them. [personal]';
-- column client_id: 接続元。lake.client を見よ / Client, see lake.client. [pseudonym]
-- column agent_id: ユーザーエージェント。lake.agent を見よ / User agent, see lake.agent; null where none was logged. [none]
-- column login_result: ログインの成否（success・failure）。ほかの要求では空 / success or failure of a log-in, by the statuses of the resource; null for other requests. [none]
