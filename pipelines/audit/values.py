"""The audit's figures for machines: everything that the page shows, and what it had to cut."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from pipelines.audit.facts import Facts, Site, Watched
from pipelines.audit.judge import Judged, overall
from pipelines.audit.judge import as_values as verdict_values
from pipelines.report.export import exact_json

_LETTERS = {
    "complete": "c",
    "doubt": "d",
    "nothing": "n",
    "unchecked": "u",
    "before": "b",
    "closed": "x",
    "later": "-",
}


def audit_json(facts: Facts, verdicts: tuple[Judged, ...], made_at: dt.datetime) -> str:
    """Return `audit.json`: instants RFC 3339 in UTC, dates ISO 8601, text exact."""
    return exact_json(_values(facts, verdicts, made_at), indent=2) + "\n"


def _values(facts: Facts, verdicts: tuple[Judged, ...], made_at: dt.datetime) -> dict[str, Any]:
    return {
        "month": str(facts.month),
        "made_at": made_at,
        "is_over": facts.is_over,
        "standing": str(overall(verdicts)),
        "verdicts": verdict_values(verdicts),
        "days": [asdict(day) for day in facts.days],
        "cover_letters": {letter: name for name, letter in _LETTERS.items()},
        "sites": [_site(site) for site in facts.sites],
        "detectors": [
            {
                "detector": one.detector,
                "ran_on": sorted(one.ran_on),
                "failed_on": sorted(one.failed_on),
            }
            for one in facts.nights.values()
        ],
        "changed_detectors": [asdict(one) for one in facts.changed_detectors],
        "coverage": [one.as_json for site in facts.coverage for one in site.detectors],
        "findings": {
            "total": asdict(facts.totals),
            "by_measure": {
                str(measure): [asdict(one) for one in outcomes]
                for measure, outcomes in facts.outcomes.items()
            },
        },
        "accesses": [asdict(one) for one in facts.accesses],
        "refused": facts.refused,
        "contractors": {
            "count": facts.contractor_count,
            "first": [asdict(one) for one in facts.contractors],
        },
        "workers_abroad": {
            "count": facts.workers_abroad_count,
            "first": [asdict(one) for one in facts.workers_abroad],
        },
        "countries": [asdict(one) for one in facts.countries],
        "use": {
            **asdict(facts.use),
            "unused_rights": [asdict(one) for one in facts.use.unused],
        },
        "masked": dict(facts.masked),
        "checks_failed": [asdict(one) for one in facts.checks],
        "rejects": [asdict(one) for one in facts.rejects],
        "unreadable_files": facts.unreadable,
        "reviews": [{**asdict(day), "state": day.state} for day in facts.reviews],
        "suppressions": [asdict(one) for one in facts.rules],
        "explained": [asdict(one) for one in facts.explained],
        "failed_runs": [asdict(one) for one in facts.failed_runs],
        "runs": [asdict(one) for one in facts.runs],
        "retention": {
            "access_log_days": facts.kept.settings.access_log_days,
            "pseudonymise_after_days": facts.kept.settings.pseudonymise_after_days,
            "oldest_on": facts.kept.oldest_on,
            "due_before": facts.kept.due_before,
            "overdue_records": facts.kept.overdue,
            "oldest_overdue_on": facts.kept.oldest_overdue_on,
            "oldest_by_kind": dict(facts.kept.oldest_by_kind),
            "let_go": [one.as_json() for one in facts.kept.let_go],
            "holds": facts.kept.holds,
            "waiting_rows": facts.kept.waiting,
            "held_rows": facts.kept.held,
        },
        "watch": None if facts.watched is None else _watched(facts.watched),
        "questions": [one.as_json() for one in facts.questions],
        "disclosures": [one.as_values() for one in facts.disclosures],
        "requests": dict(facts.kept.requests),
        "deliveries": None
        if facts.deliveries is None
        else [asdict(one) for one in facts.deliveries],
    }


def _watched(watched: Watched) -> dict[str, Any]:
    proof = watched.proof
    return {
        "uses": watched.watch.times,
        "accounts": watched.watch.accounts,
        "used": [asdict(one) for one in watched.watch.used],
        "records": {
            "ok": proof.ok,
            "entries": proof.entries,
            "head": proof.head,
            "first_bad": proof.first_bad and vars(proof.first_bad),
        },
    }


def _site(site: Site) -> dict[str, Any]:
    return {
        "site_id": site.site_id,
        "name": site.name,
        "group": site.group,
        "days": "".join(_LETTERS[one] for one in site.cover),
        "lines": site.lines,
        "rejects": site.rejects,
        "lacking_hours": {on.isoformat(): hours for on, hours in site.lacking.items()},
    }
