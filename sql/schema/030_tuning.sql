-- What settings change of detectors, and what is found in shadow: kept, and told to nobody but who asks.

alter table lake.detector_day add column shadow_findings ubigint;
alter table lake.detector_day add column settings varchar;
comment on column lake.detector_day.mode is 'active, shadow (its findings are kept apart) or off (not run), by the header or the settings; failed when its query could not be run. [none]';
comment on column lake.detector_day.findings is 'Findings after it, those in shadow too. [none]';
comment on column lake.detector_day.shadow_findings is 'Of these, findings in shadow: in lake.shadow_finding, not in the report. [none]';
comment on column lake.detector_day.settings is 'JSON of what `detectors:` in settings changed of it: mode, parameters, sites; null where it ran as shipped. [none]';

create table lake.shadow_finding (
    finding_id varchar, date date, detector varchar, category varchar, severity varchar,
    score double, site_id varchar, franchise varchar, actor_kind varchar, actor varchar,
    first_seen timestamptz, last_seen timestamptz, event_count ubigint, subject_count ubigint,
    summary varchar, evidence json, measures utinyint[], status varchar, detected_at timestamptz
);
comment on table lake.shadow_finding is '影（`mode: shadow`）の検出器の検出一件につき一行。報告書にも通知にも出ない / One row per finding of a detector in shadow: in no report and no delivery. [personal]';
comment on column lake.shadow_finding.finding_id is 'The id that the finding has when its detector is active. [none]';
comment on column lake.shadow_finding.date is 'Day examined. [none]';
comment on column lake.shadow_finding.detector is 'Detector id, a folder in sql/detectors/, or sigma: and the id of a rule. [none]';
comment on column lake.shadow_finding.category is 'personal_data, authentication, web_attack or operations. [none]';
comment on column lake.shadow_finding.severity is 'critical, high, medium, low or info. [none]';
comment on column lake.shadow_finding.score is '0 to 100, of the finding by itself. [none]';
comment on column lake.shadow_finding.site_id is 'Site, see lake.site. [none]';
comment on column lake.shadow_finding.franchise is 'Franchise shop of the site. [none]';
comment on column lake.shadow_finding.actor_kind is 'user, ip, session or site. [none]';
comment on column lake.shadow_finding.actor is 'user_id, client_ip, session_id or site_id. [personal]';
comment on column lake.shadow_finding.first_seen is 'First event. [none]';
comment on column lake.shadow_finding.last_seen is 'Last event. [none]';
comment on column lake.shadow_finding.event_count is 'Events that it rests on. [none]';
comment on column lake.shadow_finding.subject_count is 'Distinct data subjects touched. [none]';
comment on column lake.shadow_finding.summary is 'One sentence in the report''s language. [personal]';
comment on column lake.shadow_finding.evidence is 'Figures the decision rests on, and the query that shows the rows. [personal]';
comment on column lake.shadow_finding.measures is 'Technical security measures served, 1 to 7. [none]';
comment on column lake.shadow_finding.status is 'new: nobody decides about it. [none]';
comment on column lake.shadow_finding.detected_at is 'Instant of the detection. [none]';
