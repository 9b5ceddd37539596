-- What is let go: rows of persons pseudonymised and deleted, proof of it, and legal holds.

alter table lake.request_fact add column pseudonym_epoch varchar;
comment on column lake.request_fact.pseudonym_epoch is 'Epoch with whose key the row''s persons were pseudonymised: its first month and its length in months; null while they stand in clear. [none]';

-- A day's rows of these are rewritten when it is pseudonymised, and a month is rewritten at once.
alter table lake.user_day set partitioned by (year(log_date), month(log_date));
alter table lake.user_hour set partitioned by (year(log_date), month(log_date));
alter table lake.user_network_day set partitioned by (year(log_date), month(log_date));
alter table lake.user_agent_day set partitioned by (year(log_date), month(log_date));
alter table lake.subnet_day set partitioned by (year(log_date), month(log_date));
alter table lake.session_user set partitioned by (year(log_date), month(log_date));

create table lake.removed_day (
    file_id ubigint, log_date date, site_id varchar, records ubigint, rejects ubigint,
    removed_at timestamptz
);
comment on table lake.removed_day is '保存期間を過ぎて消した行の数、ファイル・日・消した回ごとに一行 / One row per file, day and deletion: how many of its rows were deleted when their time was over. With lake.ledger_day it proves that nothing else is missing. [none]';
comment on column lake.removed_day.file_id is 'Source file, see lake.ledger. [none]';
comment on column lake.removed_day.log_date is 'Day of the rows in the configured zone. [none]';
comment on column lake.removed_day.site_id is 'Site of the rows, see lake.site. [none]';
comment on column lake.removed_day.records is 'Records deleted. [none]';
comment on column lake.removed_day.rejects is 'Rejected lines deleted. [none]';
comment on column lake.removed_day.removed_at is 'Instant of the deletion. [none]';

create table lake.retention_act (
    done_at timestamptz, night date, kind varchar, act varchar, site_group varchar,
    first_day date, last_day date, days ubigint, "rows" ubigint, files ubigint
);
comment on table lake.retention_act is '保存期間による処分の記録：夜・種類・処分・グループごとに一行 / One row per night, kind of data, act and group of sites: what was let go when its time was over. [none]';
comment on column lake.retention_act.done_at is 'Instant at which it was done. [none]';
comment on column lake.retention_act.night is 'Day after which it was done: the age of data is counted to the end of it. [none]';
comment on column lake.retention_act.kind is 'Kind of data: access_log, rejects, aggregates, findings, reports, … [none]';
comment on column lake.retention_act.act is 'deleted or pseudonymised. [none]';
comment on column lake.retention_act.site_group is 'Group of the sites; null for data that belongs to no site. [none]';
comment on column lake.retention_act.first_day is 'First day of the data; null where it has no days. [none]';
comment on column lake.retention_act.last_day is 'Last day of the data; null where it has no days. [none]';
comment on column lake.retention_act.days is 'Days of the data. [none]';
comment on column lake.retention_act.rows is 'Rows, of tables or of files of one row a line. [none]';
comment on column lake.retention_act.files is 'Files, where the data lies in files of its own. [none]';

create table lake.retention_day (
    log_date date, fates varchar, waiting ubigint, held ubigint, examined_at timestamptz
);
comment on table lake.retention_day is '保存期間を過ぎた日一つにつき一行：どこまで処分したか / One row per day whose time is over for some group: as far as its access rows have been dealt with. [none]';
comment on column lake.retention_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.retention_day.fates is 'Fingerprint of what was due for which sites and countries. [none]';
comment on column lake.retention_day.waiting is 'Rows left in clear because of an open case about their person. [none]';
comment on column lake.retention_day.held is 'Rows left as they are by a legal hold. [none]';
comment on column lake.retention_day.examined_at is 'Instant of the last look. [none]';

create table lake.legal_hold (
    hold_id varchar, actor_kind varchar, actor varchar, site_id varchar, from_day date,
    to_day date, reason varchar, author varchar, created_at timestamptz,
    released_at timestamptz, released_by varchar, release_reason varchar
);
comment on table lake.legal_hold is '保全の指示（消してはならないもの）一つにつき一行 / One row per legal hold: what must be neither deleted nor pseudonymised nor erased until it is released. All that is named must fit. [personal]';
comment on column lake.legal_hold.hold_id is 'Id of the hold. [none]';
comment on column lake.legal_hold.actor_kind is 'user, ip or subject; null where the hold names no person. [none]';
comment on column lake.legal_hold.actor is 'User, address or data subject. [personal]';
comment on column lake.legal_hold.site_id is 'Site; null for all. [none]';
comment on column lake.legal_hold.from_day is 'First day; null for all before. [none]';
comment on column lake.legal_hold.to_day is 'Last day; null for all after. [none]';
comment on column lake.legal_hold.reason is 'Why it is held. [personal]';
comment on column lake.legal_hold.author is 'Who asked for it, with the account that wrote it. [personal]';
comment on column lake.legal_hold.created_at is 'Instant of the decision. [none]';
comment on column lake.legal_hold.released_at is 'Instant of the release; null while it is in force. [none]';
comment on column lake.legal_hold.released_by is 'Who released it. [personal]';
comment on column lake.legal_hold.release_reason is 'Why it was released. [personal]';
