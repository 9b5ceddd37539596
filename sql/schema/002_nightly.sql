-- What check, detect and report write. A stage replaces its rows of a day in one transaction.

create table lake.stage_run (
    stage varchar, log_date date, started_at timestamptz, ended_at timestamptz,
    status varchar, message varchar, settings_sha256 varchar
);
comment on table lake.stage_run is 'One row per stage and day it was run for: the tool''s own record of its use. [none]';
comment on column lake.stage_run.stage is 'aggregate, check, detect, report or upkeep. [none]';
comment on column lake.stage_run.log_date is 'Day that was worked on. [none]';
comment on column lake.stage_run.started_at is 'Instant of the start. [none]';
comment on column lake.stage_run.ended_at is 'Instant of the end. [none]';
comment on column lake.stage_run.status is 'done or failed. [none]';
comment on column lake.stage_run.message is 'Result in one line. [none]';
comment on column lake.stage_run.settings_sha256 is 'Fingerprint of the settings that were in force. [none]';

create table lake.site_day (
    log_date date, site_id varchar, lines ubigint, records ubigint, rejects ubigint,
    hours_with_records utinyint, first_time timestamptz, last_time timestamptz,
    ip_missing ubigint, agent_missing ubigint, request_missing ubigint, status_missing ubigint,
    domain_foreign ubigint, users ubigint, bot_records ubigint,
    client_errors ubigint, server_errors ubigint, personal_accesses ubigint, bytes ubigint
);
comment on table lake.site_day is 'One row per site and day: the profile that data-quality checks judge and reports show. Sites without a line have a row of zeros. [none]';
comment on column lake.site_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.site_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.site_day.lines is 'records + rejects. [none]';
comment on column lake.site_day.records is 'Records of the day. [none]';
comment on column lake.site_day.rejects is 'Rejected lines counted on the day. [none]';
comment on column lake.site_day.hours_with_records is 'Hours of the day with at least one record, 0 to 24 (25 when clocks go back). [none]';
comment on column lake.site_day.first_time is 'First record. [none]';
comment on column lake.site_day.last_time is 'Last record. [none]';
comment on column lake.site_day.ip_missing is 'Records without a client address. [none]';
comment on column lake.site_day.agent_missing is 'Records without a user agent. [none]';
comment on column lake.site_day.request_missing is 'Records whose request was no HTTP. [none]';
comment on column lake.site_day.status_missing is 'Records without a status. [none]';
comment on column lake.site_day.domain_foreign is 'Records whose host is none of the site''s domains. [none]';
comment on column lake.site_day.users is 'Distinct users. [none]';
comment on column lake.site_day.bot_records is 'Records of bots. [none]';
comment on column lake.site_day.client_errors is 'Records with status 4xx. [none]';
comment on column lake.site_day.server_errors is 'Records with status 5xx. [none]';
comment on column lake.site_day.personal_accesses is 'Accesses to personal data: data_level above 0 and status 2xx or 304. [none]';
comment on column lake.site_day.bytes is 'Sum of response bytes. [none]';

create table lake.site_hour (
    log_date date, site_id varchar, hour_at timestamptz, records ubigint, server_errors ubigint
);
comment on table lake.site_hour is 'One row per site and hour with records: the rhythm of a site. [none]';
comment on column lake.site_hour.log_date is 'Day in the configured zone. [none]';
comment on column lake.site_hour.site_id is 'Site, see lake.site. [none]';
comment on column lake.site_hour.hour_at is 'Instant at which the hour begins. [none]';
comment on column lake.site_hour.records is 'Records of the hour. [none]';
comment on column lake.site_hour.server_errors is 'Records with status 5xx. [none]';

create table lake.user_day (
    log_date date, site_id varchar, user_id varchar, user_type varchar,
    requests ubigint, record_accesses ubigint, subjects ubigint, active_hours utinyint,
    bytes ubigint, first_time timestamptz, last_time timestamptz
);
comment on table lake.user_day is 'One row per site, user and day with a successful request: the past against which a user''s day is judged. [personal]';
comment on column lake.user_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.user_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.user_day.user_id is 'User. [personal]';
comment on column lake.user_day.user_type is 'Type of the user. [none]';
comment on column lake.user_day.requests is 'Requests answered with 2xx, 3xx. [none]';
comment on column lake.user_day.record_accesses is 'Accesses to single records of personal data. [none]';
comment on column lake.user_day.subjects is 'Distinct data subjects in these. [none]';
comment on column lake.user_day.active_hours is 'Hours of the day with at least one request. [none]';
comment on column lake.user_day.bytes is 'Response bytes. [none]';
comment on column lake.user_day.first_time is 'First request. [none]';
comment on column lake.user_day.last_time is 'Last request. [none]';

create table lake.user_hour (
    log_date date, site_id varchar, user_id varchar, user_type varchar,
    hour utinyint, personal_accesses ubigint
);
comment on table lake.user_hour is 'One row per site, user, day and hour with access to personal data: at which hours a user and a shift are wont to work. [personal]';
comment on column lake.user_hour.log_date is 'Day in the configured zone. [none]';
comment on column lake.user_hour.site_id is 'Site, see lake.site. [none]';
comment on column lake.user_hour.user_id is 'User. [personal]';
comment on column lake.user_hour.user_type is 'Type of the user. [none]';
comment on column lake.user_hour.hour is 'Hour of the day in the configured zone, 0 to 23. [none]';
comment on column lake.user_hour.personal_accesses is 'Accesses to personal data in that hour. [none]';

create table lake.user_place (
    log_date date, user_id varchar, country varchar, asn uinteger, network varchar,
    requests ubigint, first_time timestamptz
);
comment on table lake.user_place is 'One row per user, day and network with a successful request: where a user is wont to be. [personal]';
comment on column lake.user_place.log_date is 'Day in the configured zone. [none]';
comment on column lake.user_place.user_id is 'User. [personal]';
comment on column lake.user_place.country is 'ISO 3166-1 alpha-2 code; null when unknown. [none]';
comment on column lake.user_place.asn is 'Autonomous system number; null when unknown. [none]';
comment on column lake.user_place.network is 'First 16 bits of an IPv4 address, first 32 bits of an IPv6 one, as a prefix. [none]';
comment on column lake.user_place.requests is 'Requests answered with 2xx, 3xx. [none]';
comment on column lake.user_place.first_time is 'First request of the day from there. [none]';

create table lake.check_result (
    log_date date, suite varchar, check_id varchar, site_id varchar, severity varchar,
    success boolean, observed varchar, expected varchar, title_ja varchar, title_en varchar,
    checked_at timestamptz
);
comment on table lake.check_result is 'One row per day, data-quality check and site that was judged. [none]';
comment on column lake.check_result.log_date is 'Day that was checked. [none]';
comment on column lake.check_result.suite is 'Great Expectations suite, a file in expectations/. [none]';
comment on column lake.check_result.check_id is 'Id of the expectation in its suite. [none]';
comment on column lake.check_result.site_id is 'Site judged; null when the check is about the day as a whole. [none]';
comment on column lake.check_result.severity is 'critical (data missing or wrong) or warning. [none]';
comment on column lake.check_result.success is 'True when the expectation was met. [none]';
comment on column lake.check_result.observed is 'What was found, as text. [none]';
comment on column lake.check_result.expected is 'What was expected, as text. [none]';
comment on column lake.check_result.title_ja is 'What the check asks, in Japanese. [none]';
comment on column lake.check_result.title_en is 'What the check asks, in English. [none]';
comment on column lake.check_result.checked_at is 'Instant of the check. [none]';

create table lake.findings (
    finding_id varchar, date date, detector varchar, category varchar, severity varchar,
    score double, site_id varchar, franchise varchar, actor_kind varchar, actor varchar,
    first_seen timestamptz, last_seen timestamptz, event_count ubigint, subject_count ubigint,
    summary varchar, evidence json, measures utinyint[], status varchar, detected_at timestamptz
);
comment on table lake.findings is 'One row per detector, actor, site and day. [personal]';
comment on column lake.findings.finding_id is 'Stable: the same finding on a re-run has the same id. [none]';
comment on column lake.findings.date is 'Day examined. [none]';
comment on column lake.findings.detector is 'Detector id, a folder in sql/detectors/. [none]';
comment on column lake.findings.category is 'personal_data, authentication, web_attack or operations. [none]';
comment on column lake.findings.severity is 'critical, high, medium, low or info. [none]';
comment on column lake.findings.score is '0 to 100. [none]';
comment on column lake.findings.site_id is 'Site, see lake.site. [none]';
comment on column lake.findings.franchise is 'Franchise shop of the site. [none]';
comment on column lake.findings.actor_kind is 'user, ip, session or site. [none]';
comment on column lake.findings.actor is 'user_id, client_ip, session_id or site_id. [personal]';
comment on column lake.findings.first_seen is 'First event. [none]';
comment on column lake.findings.last_seen is 'Last event. [none]';
comment on column lake.findings.event_count is 'Events that it rests on. [none]';
comment on column lake.findings.subject_count is 'Distinct data subjects touched. [none]';
comment on column lake.findings.summary is 'One sentence in the report''s language. [personal]';
comment on column lake.findings.evidence is 'Figures the decision rests on, and the query that shows the rows. [personal]';
comment on column lake.findings.measures is 'Technical security measures served, 1 to 7. [none]';
comment on column lake.findings.status is 'new, acknowledged, closed or suppressed. [none]';
comment on column lake.findings.detected_at is 'Instant of the detection. [none]';
