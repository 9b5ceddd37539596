-- Service histories: what applications recorded of their use, and the users that it gives to requests.

create table lake.service_record (
    record_id ubigint, time timestamptz, log_date date, user_id varchar, user_type varchar,
    session_id varchar, client_ip varchar, subject_id varchar, subject_hash varchar,
    action varchar, site_id varchar, source varchar, line_no ubigint, read_at timestamptz
);
alter table lake.service_record set partitioned by (log_date);
comment on table lake.service_record is 'アプリケーションの利用記録（context: services）一件につき一行 / One row per record of an application''s own history of use (context: services), kept when the file no longer has it. [personal]';
comment on column lake.service_record.record_id is 'Stable hash of what the record says: the same record is there once. [none]';
comment on column lake.service_record.time is 'Instant of the use. [none]';
comment on column lake.service_record.log_date is 'Day of time in the configured zone. [none]';
comment on column lake.service_record.user_id is 'User. [personal]';
comment on column lake.service_record.user_type is 'customer, staff, franchise, contractor or system, by the settings when the record was read. [none]';
comment on column lake.service_record.session_id is 'Session, the keyed hash that lake.access_log has too; null where the record names none. [pseudonym]';
comment on column lake.service_record.client_ip is 'Client address, canonical; null where the record names none. [personal]';
comment on column lake.service_record.subject_id is 'Whose data, with a pseudonym in place of a personal value; null where the record names nobody. [personal]';
comment on column lake.service_record.subject_hash is 'The pseudonym of whose data, by which it is found where the log was masked. [pseudonym]';
comment on column lake.service_record.action is 'What was done, in the application''s words; personal values masked. [personal]';
comment on column lake.service_record.site_id is 'Site; null for any. [none]';
comment on column lake.service_record.source is 'File or table. [none]';
comment on column lake.service_record.line_no is 'Line of the file, or row of the table, from 1. [none]';
comment on column lake.service_record.read_at is 'Instant of the ingest that read it. [none]';

create table lake.service_reject (
    read_at timestamptz, source varchar, line_no ubigint, column_name varchar, reason varchar
);
comment on table lake.service_reject is '利用記録の読めない行一つにつき一行。その内容は残さない / One row per line of a service history that could not be read. Its text is not kept. [none]';
comment on column lake.service_reject.read_at is 'Instant of the ingest that read the line. [none]';
comment on column lake.service_reject.source is 'File or table. [none]';
comment on column lake.service_reject.line_no is 'Line of the file, or row of the table, from 1. [none]';
comment on column lake.service_reject.column_name is 'Column at fault. [none]';
comment on column lake.service_reject.reason is 'What is wrong. [none]';

create table lake.service_read (
    read_at timestamptz, source varchar, sha256 varchar, size ubigint, lines ubigint, header varchar,
    rows ubigint, records ubigint, known ubigint, rejects ubigint, problem varchar
);
comment on table lake.service_read is '利用記録を読むたびに一行 / One row per reading of a service history that brought something new or failed: rows = records + known + rejects. [none]';
comment on column lake.service_read.read_at is 'Instant of the ingest. [none]';
comment on column lake.service_read.source is 'File or table. [none]';
comment on column lake.service_read.sha256 is 'SHA-256 of the first size bytes of the file, or of the table''s rows; null where it could not be read. [none]';
comment on column lake.service_read.size is 'Bytes of the file that have been read so far; null for a table. [none]';
comment on column lake.service_read.lines is 'Lines in these bytes, or rows of the table. [none]';
comment on column lake.service_read.header is 'The first line, which names the columns; null for a table. [none]';
comment on column lake.service_read.rows is 'Rows that this reading read. [none]';
comment on column lake.service_read.records is 'Of these, new records. [none]';
comment on column lake.service_read.known is 'Of these, records that the lake had already. [none]';
comment on column lake.service_read.rejects is 'Of these, rows that could not be read. [none]';
comment on column lake.service_read.problem is 'Why it could not be read; null where it could. [none]';

create table lake.service_read_day (
    read_at timestamptz, log_date date, records ubigint
);
comment on table lake.service_read_day is '利用記録を読むたび、利用者がわかるようになった日ごとに一行 / One row per reading of a service history and day whose requests its records may name users of: their own day, and the next where a session may last past midnight. [none]';
comment on column lake.service_read_day.read_at is 'Instant of the ingest. [none]';
comment on column lake.service_read_day.log_date is 'Day of the requests, in the configured zone. [none]';
comment on column lake.service_read_day.records is 'New records. [none]';

create table lake.service_user (
    log_date date, event_id ubigint, user_id varchar, user_type varchar, joined_by varchar,
    users uinteger, seconds uinteger, record_id ubigint
);
alter table lake.service_user set partitioned by (log_date);
comment on table lake.service_user is '利用者の名がなく、利用記録に合ったリクエスト一件につき一行 / One row per request that named no user and met a record of a service history: who it was, how that was found and how sure it is. [personal]';
comment on column lake.service_user.log_date is 'Day of the request in the configured zone. [none]';
comment on column lake.service_user.event_id is 'The request, as in lake.access_log. [none]';
comment on column lake.service_user.user_id is 'User; null where several were equally near, and nobody was taken. [personal]';
comment on column lake.service_user.user_type is 'customer, staff, franchise, contractor or system. [none]';
comment on column lake.service_user.joined_by is 'What request and record have in common: session, subject (and site, and address where the record has one) or address. [none]';
comment on column lake.service_user.users is 'Users whom records of that day name with the same session, subject or address: 1 is certain, of several the nearest in time was taken. [none]';
comment on column lake.service_user.seconds is 'Seconds between request and record. [none]';
comment on column lake.service_user.record_id is 'The nearest record, see lake.service_record. [none]';

create table lake.service_day (
    log_date date, site_id varchar, records ubigint, unused ubigint, nameless ubigint,
    by_session ubigint, by_subject ubigint, by_address ubigint, unsure ubigint, ambiguous ubigint
);
comment on table lake.service_day is 'サイトと日ごとに一行：利用記録と、それで利用者がわかったリクエストの数 / One row per site and day with records of a service history, or requests that met some: how many requests got their users from it. [none]';
comment on column lake.service_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.service_day.site_id is 'Site; null for records that name none. [none]';
comment on column lake.service_day.records is 'Records of the history. [none]';
comment on column lake.service_day.unused is 'Of these, records that gave no request its user: the log names it already, or nothing fits. [none]';
comment on column lake.service_day.nameless is 'Requests for personal data whose line names no user. [none]';
comment on column lake.service_day.by_session is 'Requests that got their user by the session. [none]';
comment on column lake.service_day.by_subject is 'Requests that got their user by the subject. [none]';
comment on column lake.service_day.by_address is 'Requests that got their user by the address. [none]';
comment on column lake.service_day.unsure is 'Of the last three, those with several users to choose from: the nearest was taken. [none]';
comment on column lake.service_day.ambiguous is 'Requests to which two users were equally near, so that none was taken. [none]';
