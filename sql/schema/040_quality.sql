-- Data quality: the limits that a site's own past teaches, and what a result about the whole lake rests on.

create table lake.site_limit (
    learnt_on date, site_id varchar, days utinyint,
    reject_share double, ip_missing_share double, status_missing_share double,
    request_missing_share double, agent_missing_share double, domain_foreign_share double
);
comment on table lake.site_limit is 'サイトの上限が変わった日ごとに一行：そのサイトの過去 28 日から学んだ、割合の上限 / One row per site and day on which its limits changed: the largest shares that its own last 28 days allow, in force until the next row. Used by the suite site_day. [none]';
comment on column lake.site_limit.learnt_on is 'この日から有効 / Day in the configured zone from which on they are in force. [none]';
comment on column lake.site_limit.site_id is 'サイト / Site, see lake.site. [none]';
comment on column lake.site_limit.days is '学んだ日数 / Days that taught them. [none]';
comment on column lake.site_limit.reject_share is '読めない行の割合の上限、0 から 1 / Largest share of rejected lines, 0 to 1. [none]';
comment on column lake.site_limit.ip_missing_share is '接続元のない記録の割合の上限 / Largest share of records without a client address. [none]';
comment on column lake.site_limit.status_missing_share is '応答コードのない記録の割合の上限 / Largest share of records without a status. [none]';
comment on column lake.site_limit.request_missing_share is 'HTTP でないリクエストの割合の上限 / Largest share of requests that are no HTTP. [none]';
comment on column lake.site_limit.agent_missing_share is 'ブラウザー名のない記録の割合の上限 / Largest share of records without a user agent. [none]';
comment on column lake.site_limit.domain_foreign_share is '設定にないホスト名の割合の上限 / Largest share of requests for a host that is not in the settings. [none]';

alter table lake.check_result add column basis varchar;
comment on column lake.check_result.basis is 'What a result about the whole lake rests on: a digest of the rules and of the versions of the tables; while it stays the same the result is carried over. Null for the suites of a day. [none]';
