-- What detection judges a day against, explanations on record, incidents and what people decided.

alter table lake.site_day add column login_failures ubigint;
alter table lake.site_day add column login_successes ubigint;
alter table lake.site_day add column failed_accounts ubigint;
alter table lake.site_day add column not_found ubigint;
comment on column lake.site_day.login_failures is 'Log-ins that failed. [none]';
comment on column lake.site_day.login_successes is 'Log-ins that worked. [none]';
comment on column lake.site_day.failed_accounts is 'Distinct accounts whose log-in failed. [none]';
comment on column lake.site_day.not_found is 'Records with status 404. [none]';

alter table lake.site_hour add column client_errors ubigint;
alter table lake.site_hour add column bot_records ubigint;
alter table lake.site_hour add column login_failures ubigint;
alter table lake.site_hour add column client_addresses ubigint;
comment on column lake.site_hour.client_errors is 'Records with status 4xx. [none]';
comment on column lake.site_hour.bot_records is 'Records whose user agent says it is a bot. [none]';
comment on column lake.site_hour.login_failures is 'Log-ins that failed. [none]';
comment on column lake.site_hour.client_addresses is 'Distinct client addresses. [none]';

alter table lake.user_day add column refused ubigint;
alter table lake.user_day add column list_accesses ubigint;
alter table lake.user_day add column exports ubigint;
alter table lake.user_day add column export_bytes ubigint;
alter table lake.user_day add column personal_bytes ubigint;
alter table lake.user_day add column sequential_steps ubigint;
alter table lake.user_day add column subject_span bigint;
alter table lake.user_day add column addresses ubigint;
alter table lake.user_day add column agents ubigint;
comment on column lake.user_day.refused is 'Requests to personal data answered with 401, 403 or 404. [none]';
comment on column lake.user_day.list_accesses is 'Accesses to lists of personal data. [none]';
comment on column lake.user_day.exports is 'Accesses to exports of personal data. [none]';
comment on column lake.user_day.export_bytes is 'Bytes of these. [none]';
comment on column lake.user_day.personal_bytes is 'Bytes of all accesses to personal data. [none]';
comment on column lake.user_day.sequential_steps is 'Accesses to the record whose number follows that of the access before it, either way. [none]';
comment on column lake.user_day.subject_span is 'How many numbers the middle eight tenths of the records seen of one resource lie within, by the numbers at the end of their ids; of the resource with most of them. [none]';
comment on column lake.user_day.addresses is 'Distinct client addresses. [none]';
comment on column lake.user_day.agents is 'Distinct user agents. [none]';

alter table lake.user_place add column block varchar;
alter table lake.user_place add column last_time timestamptz;
alter table lake.user_place add column personal_accesses ubigint;
comment on column lake.user_place.block is 'First 24 bits of an IPv4 address, first 48 bits of an IPv6 one, as a prefix. [pseudonym]';
comment on column lake.user_place.last_time is 'Last request of the day from there. [none]';
comment on column lake.user_place.personal_accesses is 'Accesses to personal data from there. [none]';

create table lake.user_agent_day (
    log_date date, user_id varchar, browser varchar, os varchar, device varchar,
    requests ubigint, first_time timestamptz
);
comment on table lake.user_agent_day is 'One row per user, day and kind of browser with a successful request: what a user is wont to work with. [personal]';
comment on column lake.user_agent_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.user_agent_day.user_id is 'User. [personal]';
comment on column lake.user_agent_day.browser is 'Browser family. [none]';
comment on column lake.user_agent_day.os is 'Operating system family. [none]';
comment on column lake.user_agent_day.device is 'Device family. [none]';
comment on column lake.user_agent_day.requests is 'Requests answered with 2xx, 3xx. [none]';
comment on column lake.user_agent_day.first_time is 'First request of the day with it. [none]';

create table lake.block_day (
    log_date date, site_id varchar, block varchar, country varchar, asn uinteger,
    requests ubigint, users ubigint, addresses ubigint,
    login_failures ubigint, login_successes ubigint, failed_accounts ubigint,
    personal_accesses ubigint, anonymous_accesses ubigint, refused ubigint
);
comment on table lake.block_day is 'One row per site, day and address block that named a user, tried to log in or asked for personal data: which networks offices, carriers and monitors come from. [pseudonym]';
comment on column lake.block_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.block_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.block_day.block is 'First 24 bits of an IPv4 address, first 48 bits of an IPv6 one, as a prefix. [pseudonym]';
comment on column lake.block_day.country is 'ISO 3166-1 alpha-2 code; null when unknown. [none]';
comment on column lake.block_day.asn is 'Autonomous system number; null when unknown. [none]';
comment on column lake.block_day.requests is 'Requests that named a user, a log-in or personal data. [none]';
comment on column lake.block_day.users is 'Distinct users with a request that was not refused. [none]';
comment on column lake.block_day.addresses is 'Distinct client addresses. [none]';
comment on column lake.block_day.login_failures is 'Log-ins that failed. [none]';
comment on column lake.block_day.login_successes is 'Log-ins that worked. [none]';
comment on column lake.block_day.failed_accounts is 'Distinct accounts whose log-in failed. [none]';
comment on column lake.block_day.personal_accesses is 'Accesses to personal data. [none]';
comment on column lake.block_day.anonymous_accesses is 'Accesses to personal data by nobody who was logged in. [none]';
comment on column lake.block_day.refused is 'Requests to personal data answered with 401, 403 or 404. [none]';

create table lake.resource_day (
    log_date date, site_id varchar, resource_id varchar, resource_kind varchar, data_level utinyint,
    accesses ubigint, anonymous_accesses ubigint, bot_accesses ubigint, users ubigint,
    subjects ubigint, bytes ubigint, refused ubigint
);
comment on table lake.resource_day is 'One row per site, personal-data resource and day with a request for it: how a resource is wont to be used. [none]';
comment on column lake.resource_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.resource_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.resource_day.resource_id is 'Resource of the settings. [none]';
comment on column lake.resource_day.resource_kind is 'record, list, export, login, logout or admin. [none]';
comment on column lake.resource_day.data_level is 'Management level, 0 to 3. [none]';
comment on column lake.resource_day.accesses is 'Requests answered with 2xx or 304. [none]';
comment on column lake.resource_day.anonymous_accesses is 'Of these, by nobody who was logged in. [none]';
comment on column lake.resource_day.bot_accesses is 'Of these, by a user agent that says it is a bot. [none]';
comment on column lake.resource_day.users is 'Distinct users in these. [none]';
comment on column lake.resource_day.subjects is 'Distinct data subjects in these. [none]';
comment on column lake.resource_day.bytes is 'Bytes of these. [none]';
comment on column lake.resource_day.refused is 'Requests answered with 401, 403 or 404. [none]';

create table lake.leak_day (
    log_date date, site_id varchar, kind varchar, place varchar, parameter varchar, page varchar,
    records ubigint, answered ubigint, addresses ubigint, first_time timestamptz, last_time timestamptz
);
comment on table lake.leak_day is 'One row per site, day, kind of personal value, parameter and page in whose addresses such a value was masked. [none]';
comment on column lake.leak_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.leak_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.leak_day.kind is 'Kind of the masked value, as in redactions. [none]';
comment on column lake.leak_day.place is 'path, query or referrer. [none]';
comment on column lake.leak_day.parameter is 'Name of the parameter that held it; null in a path. [none]';
comment on column lake.leak_day.page is 'Path of the page, its numbers and masks as *. [none]';
comment on column lake.leak_day.records is 'Requests. [none]';
comment on column lake.leak_day.answered is 'Of these, answered with 2xx or 3xx. [none]';
comment on column lake.leak_day.addresses is 'Distinct client addresses. [none]';
comment on column lake.leak_day.first_time is 'First request. [none]';
comment on column lake.leak_day.last_time is 'Last request. [none]';

create table lake.explanation_day (
    log_date date, site_id varchar, user_id varchar, reason varchar, source varchar,
    accesses ubigint, subjects ubigint
);
comment on table lake.explanation_day is 'One row per day, site, user and reason on record: accesses to personal data that are explained. [personal]';
comment on column lake.explanation_day.log_date is 'Day in the configured zone. [none]';
comment on column lake.explanation_day.site_id is 'Site, see lake.site. [none]';
comment on column lake.explanation_day.user_id is 'User. [personal]';
comment on column lake.explanation_day.reason is 'Reason as the context has it. [personal]';
comment on column lake.explanation_day.source is 'assignment, team, export or own record. [none]';
comment on column lake.explanation_day.accesses is 'Accesses that it explains. [none]';
comment on column lake.explanation_day.subjects is 'Distinct data subjects in these. [none]';

create table lake.context_read (
    name varchar, source varchar, sha256 varchar, entries ubigint, read_at timestamptz
);
comment on table lake.context_read is 'One row per context table and content that detection has used. [none]';
comment on column lake.context_read.name is 'Key of context: in the settings. [none]';
comment on column lake.context_read.source is 'File or table. [none]';
comment on column lake.context_read.sha256 is 'Fingerprint of the content. [none]';
comment on column lake.context_read.entries is 'Entries in it. [none]';
comment on column lake.context_read.read_at is 'Instant at which detection first used it. [none]';

create table lake.incident (
    incident_id varchar, date date, actor_kind varchar, actor varchar, risk double,
    severity varchar, is_above_fold boolean, detectors varchar[], finding_ids varchar[],
    site_ids varchar[], subject_count ubigint, first_seen timestamptz, last_seen timestamptz,
    reasons varchar[]
);
comment on table lake.incident is 'One row per day and actor with open findings: what belongs together, with its risk. [personal]';
comment on column lake.incident.incident_id is 'Stable: the same incident on a re-run has the same id. [none]';
comment on column lake.incident.date is 'Day examined. [none]';
comment on column lake.incident.actor_kind is 'user, ip, session or site. [none]';
comment on column lake.incident.actor is 'Its value. [personal]';
comment on column lake.incident.risk is '0 to 100: the order of the report. [none]';
comment on column lake.incident.severity is 'That of its gravest finding. [none]';
comment on column lake.incident.is_above_fold is 'True when it is within the night''s budget. [none]';
comment on column lake.incident.detectors is 'Detectors that found something. [none]';
comment on column lake.incident.finding_ids is 'Its findings, the riskiest first. [none]';
comment on column lake.incident.site_ids is 'Sites concerned. [none]';
comment on column lake.incident.subject_count is 'Data subjects touched: the largest count of a finding. [none]';
comment on column lake.incident.first_seen is 'First event. [none]';
comment on column lake.incident.last_seen is 'Last event. [none]';
comment on column lake.incident.reasons is 'What raised or lowered the risk, as name=points. [none]';

create table lake.suppression (
    suppression_id varchar, detector varchar, actor varchar, site_id varchar, network varchar,
    reason varchar, author varchar, created_at timestamptz, valid_until date, ended_at timestamptz
);
comment on table lake.suppression is 'One row per rule by which people keep findings quiet for a time. [personal]';
comment on column lake.suppression.suppression_id is 'Id. [none]';
comment on column lake.suppression.detector is 'Detector it is about; null for all. [none]';
comment on column lake.suppression.actor is 'Actor it is about; null for all. [personal]';
comment on column lake.suppression.site_id is 'Site it is about; null for all. [none]';
comment on column lake.suppression.network is 'Network of the addresses it is about, as a prefix; null for all. [none]';
comment on column lake.suppression.reason is 'Why. [none]';
comment on column lake.suppression.author is 'Who decided it. [personal]';
comment on column lake.suppression.created_at is 'Instant of the decision. [none]';
comment on column lake.suppression.valid_until is 'Last day of findings that it covers. [none]';
comment on column lake.suppression.ended_at is 'Instant at which somebody ended it early; null otherwise. [none]';

create table lake.triage (
    finding_id varchar, date date, detector varchar, actor varchar, site_id varchar,
    status varchar, verdict varchar, note varchar, author varchar, severity varchar,
    subject_count ubigint, decided_at timestamptz
);
comment on table lake.triage is 'One row per decision about a finding; the last one counts. [personal]';
comment on column lake.triage.finding_id is 'Finding, see lake.findings. [none]';
comment on column lake.triage.date is 'Day of the finding. [none]';
comment on column lake.triage.detector is 'Its detector. [none]';
comment on column lake.triage.actor is 'Its actor. [personal]';
comment on column lake.triage.site_id is 'Its site. [none]';
comment on column lake.triage.status is 'new, acknowledged, closed or suppressed. [none]';
comment on column lake.triage.verdict is 'true or false alarm, where it was closed as one: confirmed, false_alarm or explained. [none]';
comment on column lake.triage.note is 'What the person wrote. [personal]';
comment on column lake.triage.author is 'Who decided it. [personal]';
comment on column lake.triage.severity is 'Severity of the finding when it was decided. [none]';
comment on column lake.triage.subject_count is 'Its data subjects at that time. [none]';
comment on column lake.triage.decided_at is 'Instant of the decision. [none]';

create table lake.detector_day (
    log_date date, detector varchar, mode varchar, tests ubigint, candidates ubigint,
    findings ubigint, duration_ms double, detected_at timestamptz
);
comment on table lake.detector_day is 'One row per day and detector: what it looked at and what came out, in shadow too. [none]';
comment on column lake.detector_day.log_date is 'Day examined. [none]';
comment on column lake.detector_day.detector is 'Detector. [none]';
comment on column lake.detector_day.mode is 'active or shadow, or failed when its query could not be run. [none]';
comment on column lake.detector_day.tests is 'Statistical tests it made; null where it makes none. [none]';
comment on column lake.detector_day.candidates is 'Findings before correction for the number of tests. [none]';
comment on column lake.detector_day.findings is 'Findings after it. [none]';
comment on column lake.detector_day.duration_ms is 'Time it took, milliseconds. [none]';
comment on column lake.detector_day.detected_at is 'Instant of the detection. [none]';

-- The aggregates of all days have to be computed with the new columns.
delete from lake.stage_run where stage = 'aggregate';
