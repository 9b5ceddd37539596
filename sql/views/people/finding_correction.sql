create or replace view lake.finding_correction as
with spelling as (
    select correction_id, person_kind, unnest(persons) as person from lake.correction
),
account as (
    select correction_id, person from spelling
    union
    select spelling.correction_id, alias.usual_id
    from spelling inner join lake.user_alias as alias on alias.user_id = spelling.person
    where spelling.person_kind = 'user'
)
select
    findings.date, findings.finding_id, findings.site_id, correction.correction_id,
    correction.from_day, correction.to_day, correction.note, correction.author,
    correction.created_at,
    bool_or(findings.actor_kind = correction.person_kind and findings.actor = account.person)
        as is_actor
from lake.findings as findings
inner join lake.correction as correction
    on findings.date between correction.from_day and correction.to_day
inner join account on account.correction_id = correction.correction_id
where (findings.actor_kind = correction.person_kind and findings.actor = account.person)
    or contains(findings.evidence::varchar, to_json(account.person)::varchar)
group by all;
comment on view lake.finding_correction is '検出と、その当事者または根拠に名のある人の訂正の注記の組一つにつき一行 / One row per finding and correction of a person who is its actor or named in its evidence. [personal]';
-- column date: 調べた日 / Day examined. [none]
-- column finding_id: 検出の番号 / Finding, see lake.findings. [none]
-- column site_id: サイト / Site. [none]
-- column correction_id: 訂正の番号 / Correction, see lake.correction. [none]
-- column from_day: 訂正の最初の日 / First day of the correction. [none]
-- column to_day: 訂正の最後の日 / Last day of the correction. [none]
-- column note: 本人が誤りだという内容 / What the person says is wrong. [personal]
-- column author: 書き留めた人 / Who noted it. [personal]
-- column created_at: 書き留めた時刻 / Instant of the note. [none]
-- column is_actor: 当事者本人の注記 / True when the person is the actor of the finding. [none]
