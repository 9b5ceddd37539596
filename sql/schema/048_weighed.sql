-- What a detector found and what is shown stand apart, with each step between them. Until now three keys
-- of the evidence said it: severity_as_news, partner_severity and severity_before, in this order.

alter table lake.findings add column severity_found varchar;
alter table lake.findings add column lowered struct("by" varchar, reason varchar, "from" varchar, "to" varchar)[];
alter table lake.shadow_finding add column severity_found varchar;
alter table lake.shadow_finding add column lowered struct("by" varchar, reason varchar, "from" varchar, "to" varchar)[];

comment on column lake.findings.severity is 'As shown: critical, high, medium, low or info. [none]';
comment on column lake.findings.severity_found is 'What the detector found, whatever is known besides. [none]';
comment on column lake.findings.lowered is 'Each step from severity_found to severity: by what (reason, habit, goes_on, partner, budget), its reason, from and to. [none]';
comment on column lake.shadow_finding.severity_found is 'What the detector found, whatever is known besides. [none]';
comment on column lake.shadow_finding.lowered is 'Each step from severity_found to severity. [none]';

update lake.findings
set
    severity_found = steps.found,
    lowered = list_filter(
        [
            {'by': 'goes_on', 'reason': steps.told_on, 'from': steps.as_news, 'to': 'low'},
            {'by': 'partner', 'reason': steps.partner, 'from': steps.as_own, 'to': 'medium'},
            {'by': 'budget', 'reason': null::varchar, 'from': steps.as_waiting, 'to': 'low'}
        ],
        lambda step: step."from" is not null and step."from" <> step."to"
    ),
    evidence = json_merge_patch(
        findings.evidence,
        '{"severity_as_news": null, "partner_severity": null, "severity_before": null}'
    )
from (
    select
        finding_id,
        json_extract_string(evidence, '$.severity_as_news') as as_news,
        json_extract_string(evidence, '$.told_on') as told_on,
        -- A partner's word is at most `medium`: what was less was not changed.
        case when json_extract_string(evidence, '$.partner_severity') in ('critical', 'high')
            then json_extract_string(evidence, '$.partner_severity') end as as_own,
        json_extract_string(evidence, '$.partner_site') as partner,
        json_extract_string(evidence, '$.severity_before') as as_waiting,
        coalesce(as_news, as_own, as_waiting, severity) as found
    from lake.findings
    where evidence like '%"severity\_as\_news"%' escape '\'
        or evidence like '%"partner\_severity"%' escape '\'
        or evidence like '%"severity\_before"%' escape '\'
) as steps
where steps.finding_id = findings.finding_id;

update lake.findings set severity_found = severity, lowered = [] where severity_found is null;

update lake.shadow_finding
set
    severity_found = steps.found,
    lowered = list_filter(
        [
            {'by': 'goes_on', 'reason': steps.told_on, 'from': steps.as_news, 'to': 'low'},
            {'by': 'partner', 'reason': steps.partner, 'from': steps.as_own, 'to': 'medium'},
            {'by': 'budget', 'reason': null::varchar, 'from': steps.as_waiting, 'to': 'low'}
        ],
        lambda step: step."from" is not null and step."from" <> step."to"
    ),
    evidence = json_merge_patch(
        shadow_finding.evidence,
        '{"severity_as_news": null, "partner_severity": null, "severity_before": null}'
    )
from (
    select
        finding_id,
        json_extract_string(evidence, '$.severity_as_news') as as_news,
        json_extract_string(evidence, '$.told_on') as told_on,
        -- A partner's word is at most `medium`: what was less was not changed.
        case when json_extract_string(evidence, '$.partner_severity') in ('critical', 'high')
            then json_extract_string(evidence, '$.partner_severity') end as as_own,
        json_extract_string(evidence, '$.partner_site') as partner,
        json_extract_string(evidence, '$.severity_before') as as_waiting,
        coalesce(as_news, as_own, as_waiting, severity) as found
    from lake.shadow_finding
    where evidence like '%"severity\_as\_news"%' escape '\'
        or evidence like '%"partner\_severity"%' escape '\'
        or evidence like '%"severity\_before"%' escape '\'
) as steps
where steps.finding_id = shadow_finding.finding_id;

update lake.shadow_finding set severity_found = severity, lowered = [] where severity_found is null;
