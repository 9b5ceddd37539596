"""From what rules matched to findings: one for each rule, actor, site and day.

The actor is the address. What a correlation grouped otherwise and what came from many addresses
names the user it was grouped by, or else the site, and the addresses are evidence.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from pipelines.detect.run import cut
from pipelines.detect.sigma.match import Match, any_of
from pipelines.detect.sigma.proof import selected
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.wording import sentence_of_rule
from pipelines.findings import Finding, Severity
from pipelines.lake import quoted
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.settings.model import Settings
from pipelines.text.words import Words

_SHOWN_COLUMNS = "time, client_ip, user_id, method, url_path, url_query, status, bytes, user_agent"
_FINDINGS = """
with seen as (
    select
        matched.*,
        (
            select any_value(scanner.reason)
            from context_scanner_client as scanner
            where scanner.client_id = matched.client_id
                and matched.time between scanner.from_at and scanner.to_at
        ) as scan_reason
    from sigma_match as matched
    where matched.rule in (select unnest($rules::bigint[]))
),
spread as (
    select
        *,
        group_key is not null
            and min(client_ip) over one_group is distinct from max(client_ip) over one_group
            as is_spread
    from seen
    window one_group as (partition by rule, site_id, group_key)
),
kind as (
    select
        *,
        case
            when is_spread and user_id is not null and rule in (select unnest($by_user::bigint[]))
                then 'user'
            when is_spread or client_ip is null then 'site'
            else 'ip'
        end as actor_kind
    from spread
),
named as (
    select
        *,
        case actor_kind when 'user' then user_id when 'ip' then client_ip else site_id end as actor
    from kind
),
judged as (
    select
        *,
        bool_and(scan_reason is not null) over (partition by rule, site_id, actor_kind, actor)
            as is_authorised
    from named
),
hit as (
    select
        *,
        coalesce(status between 200 and 299, false) as is_success,
        url_path || coalesce('?' || url_query, '') as target
    from judged
    -- What an authorised scanner did is left out, unless it is all there is.
    where is_authorised or scan_reason is null
),
source as (
    select
        rule, site_id, actor_kind, actor,
        bool_or(is_authorised) as is_authorised,
        any_value(scan_reason) as scan_reason,
        count(*) as requests,
        count(*) filter (where is_success) as successes,
        count(*) filter (where is_success and data_level > 0) as personal_successes,
        count(distinct subject_id) filter (where is_success and data_level > 0) as subjects,
        min(time) as first_seen,
        max(time) as last_seen,
        list(distinct target order by target) filter (where is_success)[1:5] as answered_paths,
        list(distinct target order by target)[1:5] as paths,
        first_ten(list(distinct client_ip) filter (where client_ip is not null)) as addresses,
        source_evidence(time, status, user_id, country, user_agent) as told
    from hit
    group by rule, site_id, actor_kind, actor
)
select source.* exclude (told), unnest(source.told)
from source
order by source.rule, source.site_id, source.actor
"""


def raise_findings(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    rules: Sequence[Rule],
    franchises: Mapping[str, str | None],
) -> list[Finding]:
    """Return the findings of what `sigma_match` holds of a day, in order of rule, site and actor.

    `score` is the strength of the evidence. Reads `context_scanner_client` too, and needs the SQL
    functions of the detectors (`aggregates.load_macros`).
    """
    reported = [number for number, rule in enumerate(rules) if rule.is_reported]
    by_user = [
        number
        for number, rule in enumerate(rules)
        if rule.correlation is not None and rule.correlation.has_user_key
    ]
    cursor = con.execute(_FINDINGS, {"rules": reported, "by_user": by_user})
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    ids = KeyedIds.of(con)
    return [_finding(settings, day, rules, row, franchises, ids) for row in rows]


def _finding(
    settings: Settings,
    day: dt.date,
    rules: Sequence[Rule],
    row: Mapping[str, Any],
    franchises: Mapping[str, str | None],
    ids: KeyedIds,
) -> Finding:
    rule = rules[row["rule"]]
    site = row["site_id"]
    actor = row["actor"] or "-"
    evidence = _evidence(rules, rule, day, row)
    labels = {
        "actor_kind": row["actor_kind"],
        "actor": actor,
        "site_id": site,
        "event_count": row["requests"],
    }
    return Finding(
        finding_id=ids.finding(rule.detector, day, site, row["actor_kind"], actor),
        date=day,
        detector=rule.detector,
        category="web_attack",
        severity=Severity.INFO if row["is_authorised"] else rule.severity,
        score=_strength(row),
        site_id=site,
        franchise=franchises.get(site),
        actor_kind=row["actor_kind"],
        actor=actor,
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        event_count=row["requests"],
        subject_count=row["subjects"],
        summary=sentence_of_rule(Words(settings.locale, settings.zone), {**evidence, **labels}),
        evidence=evidence,
        measures=rule.measures,
    )


def _strength(row: Mapping[str, Any]) -> float:
    bonus = 55 if row["personal_successes"] else 35 if row["successes"] else 0
    return round(min(100.0, 10 + 12 * math.log10(row["requests"]) + bonus), 1)


def _evidence(
    rules: Sequence[Rule], rule: Rule, day: dt.date, row: Mapping[str, Any]
) -> dict[str, Any]:
    about = rule.about
    answered = row["answered_paths"] or []
    paths = [*answered, *(path for path in row["paths"] or () if path not in answered)][:5]
    evidence = {
        "observed": row["requests"],
        "unit": "requests",
        "successes": row["successes"],
        "statuses": row["statuses"],
        "series": row["series"],
        "paths": paths,
        "users": row["users"],
        "addresses": None if row["actor_kind"] == "ip" else row["addresses"],
        "countries": row["countries"],
        "browsers": row["browsers"],
        "reason": "declared_scanner" if row["is_authorised"] else None,
        "reason_on_record": row["scan_reason"],
        "rule_id": about.id,
        "title": about.title,
        "description": about.description,
        "level": about.level,
        "rule_status": about.status,
        "author": about.author,
        "tags": list(about.tags),
        "references": list(about.references),
        "false_positives": list(about.false_positives),
    }
    kept = {key: cut(value) for key, value in evidence.items() if value not in (None, "", [])}
    return {**kept, "query": _query(rules, rule, day, row)}


def _query(rules: Sequence[Rule], rule: Rule, day: dt.date, row: Mapping[str, Any]) -> str:
    """SQL that shows the rows; of a correlation, what its rules matched from then to then."""
    match = _events_of(rules, rule)
    wheres = [f"log_date = '{day}'"]
    if row["site_id"] is not None:
        wheres.append(f"site_id = {quoted(row['site_id'])}")
    column = {"ip": "client_ip", "user": "user_id"}.get(row["actor_kind"])
    if column is not None:
        wheres.append(f"{column} = {quoted(row['actor'])}")
    if rule.correlation is not None:
        wheres.append(f"time between '{row['first_seen']}' and '{row['last_seen']}'")
    return (
        f"select {_SHOWN_COLUMNS}\n"
        f"from (select {selected(match.columns)} from lake.access_log)\n"
        f"where {' and '.join(wheres)}\n  and {match.sql}\norder by time"
    )


def _events_of(rules: Sequence[Rule], rule: Rule) -> Match:
    if rule.match is not None:
        return rule.match
    numbers = rule.correlation.rules if rule.correlation is not None else ()
    return any_of([_events_of(rules, rules[number]) for number in dict.fromkeys(numbers)])
