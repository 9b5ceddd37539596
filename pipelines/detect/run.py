"""Runs the detectors over a day: SQL over the day's rows and the aggregates of the days before."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from pipelines.calendar import working_days
from pipelines.detect.catalogue import Detector, Text, load_catalogue
from pipelines.errors import MimamoriError
from pipelines.findings import Finding, Severity
from pipelines.lake import insert_rows, quoted, transaction
from pipelines.paths import SQL_DIR
from pipelines.settings import Settings

_HISTORY_DAYS = 90
_BOUND = re.compile(r"\$([a-z_]+)")
_FIELD = re.compile(r"\{([a-z_]+)\}")
_TOO_LONG = 120
_EVIDENCE_CHARACTERS = 1000


def detect_day(con: duckdb.DuckDBPyConnection, settings: Settings, day: dt.date) -> list[Finding]:
    """Return the findings of a day, the most urgent first. Reads only.

    Raises:
        MimamoriError: a detector's query fails; the message names the file.
    """
    con.execute((SQL_DIR / "macros.sql").read_text(encoding="utf-8"))
    findings = [
        finding
        for detector in load_catalogue().values()
        if detector.mode == "active"
        for finding in _run(con, settings, detector, day)
    ]
    return sorted(findings, key=lambda found: (found.severity.rank, -found.score, found.finding_id))


def replace_findings(
    con: duckdb.DuckDBPyConnection,
    day: dt.date,
    findings: Sequence[Finding],
    clock: Callable[[], dt.datetime],
) -> list[Finding]:
    """Put the findings of a day in place of those before; return them as they now stand.

    What people decided about a finding (its status) lasts when it is found again.
    """
    decided = dict(
        con.execute(
            "select finding_id, status from lake.findings where date = ? and status <> 'new'",
            [day],
        ).fetchall()
    )
    kept = [
        Finding(**{**vars(finding), "status": decided.get(finding.finding_id, finding.status)})
        for finding in findings
    ]
    detected_at = clock()
    with transaction(con):
        con.execute("delete from lake.findings where date = ?", [day])
        insert_rows(
            con,
            "findings",
            [
                {
                    **vars(finding),
                    "severity": str(finding.severity),
                    "evidence": json.dumps(finding.evidence, ensure_ascii=False),
                    "measures": list(finding.measures),
                    "detected_at": detected_at,
                }
                for finding in kept
            ],
        )
    return kept


def _run(
    con: duckdb.DuckDBPyConnection, settings: Settings, detector: Detector, day: dt.date
) -> list[Finding]:
    bound = _parameters(settings, detector, day)
    names = set(_BOUND.findall(detector.query))
    missing = names - bound.keys()
    path = detector.folder / "query.sql"
    if missing:
        raise MimamoriError(f"{path}: ${min(missing)} is no parameter of {detector.id}")
    try:
        cursor = con.execute(
            "select * replace (to_json(evidence) as evidence) from (\n" + detector.query + "\n)",
            {name: bound[name] for name in names},
        )
        columns = [column[0] for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        franchises: dict[str, str | None] = dict(
            con.execute("select site_id, franchise from lake.site").fetchall()
        )
    except duckdb.Error as error:
        raise MimamoriError(f"{path}: {error}") from None
    return [_finding(settings, detector, day, row, franchises) for row in rows]


def _parameters(settings: Settings, detector: Detector, day: dt.date) -> dict[str, Any]:
    first = day - dt.timedelta(days=_HISTORY_DAYS)
    hours = settings.business_hours
    return {
        "date": day,
        "history_from": first,
        "working_days": working_days(hours, first, day),
        "business_from_minute": hours.from_.hour * 60 + hours.from_.minute,
        "business_to_minute": hours.to.hour * 60 + hours.to.minute,
        "day_begins_at": dt.datetime.combine(day, dt.time(), settings.zone),
        "day_ends_at": dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), settings.zone),
        **{name: parameter.value for name, parameter in detector.parameters.items()},
    }


def _finding(
    settings: Settings,
    detector: Detector,
    day: dt.date,
    row: dict[str, Any],
    franchises: dict[str, str | None],
) -> Finding:
    evidence = {
        key: _cut(value) for key, value in json.loads(row["evidence"]).items() if value is not None
    }
    names = {
        **evidence,
        "date": day.isoformat(),
        "site_id": row["site_id"],
        "actor": row["actor"],
        "event_count": row["event_count"],
        "subject_count": row["subject_count"],
        "first_seen": f"{row['first_seen'].astimezone(settings.zone):%H:%M}",
        "last_seen": f"{row['last_seen'].astimezone(settings.zone):%H:%M}",
    }
    evidence["query"] = _filled(detector.evidence_query, names, quoted)
    return Finding(
        finding_id=_finding_id(detector.id, day, row["site_id"], row["actor_kind"], row["actor"]),
        date=day,
        detector=detector.id,
        category=detector.category,
        severity=Severity(row["severity"]),
        score=round(min(max(float(row["score"]), 0.0), 100.0), 1),
        site_id=row["site_id"],
        franchise=franchises.get(row["site_id"]),
        actor_kind=row["actor_kind"],
        actor=row["actor"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        event_count=row["event_count"],
        subject_count=row["subject_count"],
        summary=_summary(detector.summary, settings.locale, names),
        evidence=evidence,
        measures=detector.measures,
    )


def _summary(summary: Text, locale: str, names: dict[str, Any]) -> str:
    return _filled(summary.in_locale(locale), names, _shown)


def _filled(template: str, names: dict[str, Any], show: Callable[[str], str]) -> str:
    """The template with its {names} filled in once; what stands in a value is never expanded."""
    return _FIELD.sub(lambda match: show(_text(names.get(match[1]))), template).strip()


def _text(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, float):
        return f"{value:,.1f}".removesuffix(".0")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def _cut(value: Any) -> Any:
    """Evidence with no text longer than a person reads; the rows themselves are in the lake."""
    if isinstance(value, list):
        return [_cut(item) for item in value]
    if isinstance(value, str) and len(value) > _EVIDENCE_CHARACTERS:
        return value[: _EVIDENCE_CHARACTERS - 1] + "…"
    return value


def _shown(text: str) -> str:
    return text if len(text) <= _TOO_LONG else text[: _TOO_LONG - 1] + "…"


def _finding_id(detector: str, day: dt.date, site: str, actor_kind: str, actor: str) -> str:
    key = f"{detector}\x1f{day}\x1f{site}\x1f{actor_kind}\x1f{actor}"
    return hashlib.sha256(key.encode()).hexdigest()[:16]
