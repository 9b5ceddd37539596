-- How fetches from the sources of the settings ended.

create table lake.source_fetch (
    source varchar, site_id varchar, started_at timestamptz, ended_at timestamptz,
    status varchar, message varchar, message_by_language json, files ubigint, bytes ubigint
);
comment on table lake.source_fetch is '取得元と設定のサイト（またはテンプレート）ごとに、取得一回につき一行 / One row per fetch, source and entry of the settings (a site or template) that it serves; written by the next ingest. Used by the report and its summary. [none]';
comment on column lake.source_fetch.source is 'Name of the source: the id of the site or template whose source: it is, or landing for that of all sites. [none]';
comment on column lake.source_fetch.site_id is 'Id of the entry of the settings; for a template with its placeholder. [none]';
comment on column lake.source_fetch.started_at is 'Instant at which the source was asked. [none]';
comment on column lake.source_fetch.ended_at is 'Instant at which the fetch from the source ended. [none]';
comment on column lake.source_fetch.status is 'done (all that was new came) or failed. [none]';
comment on column lake.source_fetch.message is 'What did not come, and why. [none]';
comment on column lake.source_fetch.message_by_language is 'JSON object: what the message says in each language, by its code. [none]';
comment on column lake.source_fetch.files is 'Files that came for the entry. [none]';
comment on column lake.source_fetch.bytes is 'Bytes that were transferred for them. [none]';
