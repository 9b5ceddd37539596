-- Cases: the findings on one actor over days, and what people decide about them.

alter table lake.findings add column case_id varchar;
comment on column lake.findings.case_id is 'Case that it belongs to: one for all findings on a person, address, session or site, over days. [none]';
update lake.findings set case_id = left(sha256(concat_ws(
    chr(31), 'case', actor_kind, actor, case when actor_kind = 'site' then category else '' end
)), 16);
alter table lake.shadow_finding add column case_id varchar;
comment on column lake.shadow_finding.case_id is 'Null: what is found in shadow is in no case. [none]';

create table lake.case_decision (
    case_id varchar, actor_kind varchar, actor varchar, act varchar, owner varchar, due_on date,
    verdict varchar, note varchar, findings ubigint, author varchar, decided_at timestamptz
);
comment on table lake.case_decision is 'ケースについての判断一つにつき一行。最後のものが有効 / One row per decision about a case; the last one counts. [personal]';
comment on column lake.case_decision.case_id is 'Case, see lake.findings. [none]';
comment on column lake.case_decision.actor_kind is 'user, ip, session or site. [none]';
comment on column lake.case_decision.actor is 'Whom or what the case is about. [personal]';
comment on column lake.case_decision.act is 'assigned or closed. [none]';
comment on column lake.case_decision.owner is 'Who has it since then; null once it is closed. [personal]';
comment on column lake.case_decision.due_on is 'Day by which it should be closed; null once it is. [none]';
comment on column lake.case_decision.verdict is 'How it was closed, where that was said: confirmed, false_alarm or explained. [none]';
comment on column lake.case_decision.note is 'What the person wrote; of a closed case the reason. [personal]';
comment on column lake.case_decision.findings is 'Findings that were open then. [none]';
comment on column lake.case_decision.author is 'Who decided it, with the account. [personal]';
comment on column lake.case_decision.decided_at is 'Instant of the decision. [none]';
