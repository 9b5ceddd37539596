create or replace view lake.findings_open as
with incident as (
    select date, incident_id, risk, is_within_budget, unnest(finding_ids) as finding_id
    from lake.incident
),
decision as (
    select
        finding_id,
        arg_max_null(author, decided_at) as author, arg_max_null(note, decided_at) as note,
        max(decided_at) as decided_at
    from lake.triage
    group by finding_id
)
select
    findings.date, incident.incident_id, incident.risk,
    coalesce(incident.is_within_budget, false) as is_within_budget,
    findings.finding_id, findings.detector, findings.category,
    findings.severity, findings.score, findings.site_id, findings.franchise,
    findings.actor_kind, findings.actor, findings.first_seen, findings.last_seen,
    findings.event_count, findings.subject_count, findings.summary, findings.status, findings.case_id,
    decision.author, decision.note, decision.decided_at
from lake.findings as findings
left join incident
    on incident.date = findings.date and incident.finding_id = findings.finding_id
left join decision on decision.finding_id = findings.finding_id
where findings.status in ('new', 'acknowledged');
comment on view lake.findings_open is 'まだ終わっていない検出一件につき一行（新規・確認中） / One row per finding that is still open: new or acknowledged. [personal]';
-- column date: 調べた日 / Day examined. [none]
-- column incident_id: インシデント / Incident that it belongs to. [none]
-- column risk: インシデントのリスク、0 から 100 / Risk of the incident, 0 to 100. [none]
-- column is_within_budget: 一晩の枠の中 / True when it is within the night's budget. [none]
-- column finding_id: 検出の番号。mimamori findings show に渡す / Id, for mimamori findings show. [none]
-- column detector: 検出器 / Detector. [none]
-- column category: personal_data・authentication・web_attack・operations / personal_data, authentication, web_attack or operations. [none]
-- column severity: critical・high・medium・low・info / critical, high, medium, low or info. [none]
-- column score: 点数、0 から 100 / Score, 0 to 100. [none]
-- column site_id: サイト / Site. [none]
-- column franchise: 加盟店 / Franchise shop of the site. [none]
-- column actor_kind: 当事者の種類：user・ip・session・site / user, ip, session or site. [none]
-- column actor: 当事者 / Actor. [personal]
-- column first_seen: 最初の出来事 / First event. [none]
-- column last_seen: 最後の出来事 / Last event. [none]
-- column event_count: 出来事の数 / Events that it rests on. [none]
-- column subject_count: 関わる人の数 / Distinct data subjects touched. [none]
-- column summary: 一文の要約 / One sentence. [personal]
-- column status: new（新規）か acknowledged（確認中） / new or acknowledged. [none]
-- column case_id: ケースの番号。mimamori cases show に渡す / Case, for mimamori cases show. [none]
-- column author: 最後に判断した人 / Who decided last. [personal]
-- column note: その覚え書き / What they wrote. [personal]
-- column decided_at: その時刻 / When. [none]
