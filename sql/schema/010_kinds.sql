-- What kind of request each is, once instead of on every row: a third less to write a night. Rows of
-- lake.request move to lake.request_fact; lake.request stands for both from then on (sql/views/base/).

create table lake.kind (
    kind_id ubigint, site_id varchar, site_domain varchar, method varchar, protocol varchar,
    user_type varchar, resource_id varchar, resource_kind varchar, data_level utinyint,
    login_result varchar, seen_at timestamptz
);
comment on table lake.kind is 'One row per site, host, method, protocol, type of user, personal-data resource and outcome of a log-in that requests had together. [none]';
comment on column lake.kind.kind_id is 'Stable hash of the other columns; key of lake.request_fact. [none]';
comment on column lake.kind.site_id is 'Site, see lake.site. [none]';
comment on column lake.kind.site_domain is 'Host asked for: lower case, no port, no final dot, IDN as Unicode NFC. [none]';
comment on column lake.kind.method is 'HTTP method; null when the request was no HTTP. [none]';
comment on column lake.kind.protocol is 'As in HTTP/1.1. [none]';
comment on column lake.kind.user_type is 'customer, staff, franchise, contractor or system, by the settings. [none]';
comment on column lake.kind.resource_id is 'Personal-data resource of the settings that the request matched. [none]';
comment on column lake.kind.resource_kind is 'record, list, export, login, logout or admin. [none]';
comment on column lake.kind.data_level is 'Management level of the data, 0 none to 3 highest. [none]';
comment on column lake.kind.login_result is 'success or failure of a log-in, by the statuses of the resource; null for other requests. [none]';
comment on column lake.kind.seen_at is 'Instant of the ingest that met the kind first. [none]';

create table lake.request_fact (
    event_id ubigint, time timestamptz, log_date date, kind_id ubigint, client_id ubigint,
    agent_id ubigint, user_id varchar, session_id varchar, url_path varchar, url_query varchar,
    status usmallint, bytes ubigint, duration_ms double, referrer varchar,
    referrer_domain varchar, subject_id varchar, redactions varchar[], file_id ubigint,
    line_no ubigint
);
alter table lake.request_fact set partitioned by (log_date);
comment on table lake.request_fact is 'One row per request that a server logged; partitioned by log_date. Read it through lake.request, which adds the kind, or lake.access_log, which adds client and agent too. [personal]';
comment on column lake.request_fact.event_id is 'Stable: the same line of the same file has the same id on every run. [none]';
comment on column lake.request_fact.time is 'Instant of the request, microseconds. [none]';
comment on column lake.request_fact.log_date is 'Day of time in the configured zone. [none]';
comment on column lake.request_fact.kind_id is 'Kind of request, see lake.kind. [none]';
comment on column lake.request_fact.client_id is 'Client, see lake.client. [pseudonym]';
comment on column lake.request_fact.agent_id is 'User agent, see lake.agent; null where none was logged. [none]';
comment on column lake.request_fact.user_id is 'User that the line names, also where the server refused. [personal]';
comment on column lake.request_fact.session_id is 'Keyed hash of the session cookie where logged. [pseudonym]';
comment on column lake.request_fact.url_path is 'Path, percent-encoded as logged. [personal]';
comment on column lake.request_fact.url_query is 'Query without its question mark. [personal]';
comment on column lake.request_fact.status is 'HTTP status; null for 000. [none]';
comment on column lake.request_fact.bytes is 'Bytes of the response body. [none]';
comment on column lake.request_fact.duration_ms is 'Time taken to serve, milliseconds. [none]';
comment on column lake.request_fact.referrer is 'Referring page as logged. [personal]';
comment on column lake.request_fact.referrer_domain is 'Host of the referrer, in the spelling of site_domain. [none]';
comment on column lake.request_fact.subject_id is 'Whose data: the value of the pattern''s subject placeholder. [personal]';
comment on column lake.request_fact.redactions is 'Kinds of personal values masked in this record. [none]';
comment on column lake.request_fact.file_id is 'Source file, see lake.ledger. [none]';
comment on column lake.request_fact.line_no is 'Line number in the source file, from 1. [none]';

insert into lake.kind by name
with met as (
    select distinct
        site_id, site_domain, method, protocol, user_type, resource_id, resource_kind, data_level,
        login_result
    from lake.request
)
select
    ('0x' || left(sha256(to_json(met)::varchar), 16))::ubigint as kind_id,
    met.*,
    now() as seen_at
from met;

insert into lake.request_fact by name
select
    request.event_id, request.time, request.log_date, kind.kind_id, request.client_id,
    request.agent_id, request.user_id, request.session_id, request.url_path, request.url_query,
    request.status, request.bytes, request.duration_ms, request.referrer,
    request.referrer_domain, request.subject_id, request.redactions, request.file_id,
    request.line_no
from lake.request as request
inner join lake.kind as kind
    on kind.site_id is not distinct from request.site_id
    and kind.site_domain is not distinct from request.site_domain
    and kind.method is not distinct from request.method
    and kind.protocol is not distinct from request.protocol
    and kind.user_type is not distinct from request.user_type
    and kind.resource_id is not distinct from request.resource_id
    and kind.resource_kind is not distinct from request.resource_kind
    and kind.data_level is not distinct from request.data_level
    and kind.login_result is not distinct from request.login_result;

drop table lake.request;
