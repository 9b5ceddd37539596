"""Makes the evidence bundle of an incident or a case: a ZIP file with a manifest of digests.

What it rests on is held first, so that neither retention nor an erasure takes it away while the
incident is looked into.
"""

import datetime as dt
import hashlib
import inspect
import json
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines import __version__, lake
from pipelines.bundle import verify
from pipelines.bundle.lines import days_of, find_lines, told_ledger, told_lines
from pipelines.bundle.page import bundle_page
from pipelines.detect.aggregates import load_macros
from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import rfc3339
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.private_files import require_place, whole_file
from pipelines.records import Act, Records, Series, account
from pipelines.records.verify import verify as verify_records
from pipelines.report.detail.gather import PAST_DAYS
from pipelines.report.detail.lines import Actors, lines_of
from pipelines.retention.holds import ActorKind, Criteria, add_hold, read_holds
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.words import LANGUAGES, Words
from pipelines.triage.decisions import decisions_of
from pipelines.worksheet.choose import Chosen, choose, choose_case
from pipelines.worksheet.document import render
from pipelines.worksheet.facts import Facts
from pipelines.worksheet.make import facts_of, sheet_of

ACT = "incident evidence"
_FORMAT = 1
_IDS = re.compile(r"\b[0-9a-f]{16}\b")
_HELD: dict[str, ActorKind] = {"user": "user", "ip": "ip"}


@dataclass(frozen=True)
class Bundle:
    """Where a bundle lies and what it holds; `lines_proven` have a digest of the line as logged."""

    file: Path
    incident_id: str
    date: dt.date
    manifest_sha256: str
    files: int
    lines: int
    lines_proven: int
    hold_ids: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return asdict(self) | {"file": str(self.file), "date": self.date.isoformat()}


_Contents = dict[str, Iterable[bytes]]
"""What goes into a bundle, in pieces, by its path in it."""


def make_bundle(
    home: Home,
    settings: Settings,
    name: str,
    date: dt.date | None,
    out: Path,
    clock: Callable[[], dt.datetime],
    *,
    author: str,
    landing: Path,
    holds: bool = True,
    is_case: bool = False,
) -> Bundle:
    """Write the bundle of the incident or case called `name` to `out`, mode 0600, in one step.

    `name`, `date` and `is_case` are as for a worksheet. With `holds`, what it rests on is held by
    `author`, unless a hold in force says the same. The use is on record, and the digest of the
    manifest.

    Raises:
        UsageError: no such incident or case, or `out` is no place for it.
        MimamoriError: there is no lake, or the file cannot be written; none is left then.
    """
    path = require_place(out)
    now = clock()
    records = Records(home)
    about: dict[str, Any] = {"incident": name, "date": date and date.isoformat()}
    if is_case:
        about = {"case": name}
    with records.use(Act(ACT, about), clock) as use:
        yesterday = now.astimezone(settings.zone).date() - dt.timedelta(days=1)
        with lake.open_reader(home, settings.timezone) as con:
            chosen = choose_case(con, name) if is_case else choose(con, name, date, yesterday)
        hold_ids = _hold(home, settings, chosen, author, now) if holds else ()
        with lake.open_reader(home, settings.timezone) as con, whole_file(path) as stream:
            load_macros(con)
            lines, proven = find_lines(con, settings.zone, landing, chosen)
            about_it = {
                "format": _FORMAT,
                "incident_id": chosen.incident.incident_id,
                "date": chosen.incident.date.isoformat(),
                "case_id": chosen.case_id,
                "days": [day.isoformat() for day in chosen.days],
                "made_at": rfc3339(now),
                "made_by": account(),
                "release": __version__,
                "records_head": records.head().hash,
                "lines": lines,
                "lines_proven": proven,
                "hold_ids": list(hold_ids),
            }
            contents = _contents(con, home, settings, chosen, now)
            for language in LANGUAGES:
                page = bundle_page(chosen, about_it, Words(language, settings.zone))
                contents[f"README.{language}.html"] = [page.encode()]
            manifest, count = _write(stream, contents, about_it, now)
        use.rows = lines
    sha256 = hashlib.sha256(manifest).hexdigest()
    incident = chosen.incident
    noted = {"incident": incident.incident_id, "manifest_sha256": sha256, "file": out.name}
    records.append(Series.EVIDENCE, Act(ACT, noted), clock())
    return Bundle(out, incident.incident_id, incident.date, sha256, count, lines, proven, hold_ids)


def is_on_record(records: Records, manifest_sha256: str) -> bool:
    """Return whether a bundle with this manifest was made here, by records that are sound."""
    return verify_records(records).ok and any(
        one.what == ACT
        and isinstance(one.about, dict)
        and one.about.get("manifest_sha256") == manifest_sha256
        for one in records.entries(Series.EVIDENCE)
    )


def _hold(
    home: Home, settings: Settings, chosen: Chosen, author: str, now: dt.datetime
) -> tuple[str, ...]:
    """Hold what is known of the incident's actors on its days; else its sites on them."""
    first, last = days_of(chosen, settings.zone)
    wanted = []
    for one in chosen.findings:
        kind = _HELD.get(one.actor_kind)
        if kind is not None:
            wanted.append(Criteria(kind, one.actor, None, first, last))
        elif one.site_id is not None:
            wanted.append(Criteria(None, None, one.site_id, first, last))
    with lake.open_reader(home, settings.timezone) as con:
        known = {
            Criteria(hold.actor_kind, hold.actor, hold.site_id, hold.from_day, hold.to_day): hold
            for hold in read_holds(con)
        }
    reason = str(message("bundle.hold_reason", incident=chosen.incident.incident_id))
    return tuple(
        (known[one] if one in known else add_hold(home, settings, one, reason, author, now)).hold_id
        for one in dict.fromkeys(wanted)
    )


def _contents(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    chosen: Chosen,
    now: dt.datetime,
) -> _Contents:
    facts = facts_of(con, settings, chosen)
    texts = {
        "findings.json": _json(_findings(con, chosen)),
        "close-up.json": _json(_close_ups(con, chosen)),
        "settings.json": _json(_settings(settings, facts)),
        "records.ndjson": _records(home, chosen),
        "verify.py": inspect.getsource(verify),
    }
    for one in chosen.findings:
        if isinstance(one.evidence.get("query"), str):
            texts[f"queries/{one.finding_id}.sql"] = one.evidence["query"] + "\n"
    for language in LANGUAGES:
        words = Words(language, settings.zone)
        texts[f"worksheet.{language}.html"] = render(sheet_of(facts, words, now), words)
    known = load_catalogue()
    for detector in sorted({one.detector for one in chosen.findings} & known.keys()):
        for path in sorted(known[detector].folder.iterdir()):
            if path.is_file() and not path.name.startswith(("fires", "silent")):
                texts[f"detectors/{detector}/{path.name}"] = path.read_text(encoding="utf-8")
    return {
        **{path: [text.encode()] for path, text in texts.items()},
        "lines.ndjson": told_lines(con),
        "ledger.ndjson": told_ledger(con, settings.zone, chosen),
    }


def _findings(con: duckdb.DuckDBPyConnection, chosen: Chosen) -> list[dict[str, Any]]:
    decided = decisions_of(con, [one.finding_id for one in chosen.findings])
    return [
        one.as_json() | {"decisions": [asdict(word) for word in decided.get(one.finding_id, ())]}
        for one in chosen.findings
    ]


def _close_ups(con: duckdb.DuckDBPyConnection, chosen: Chosen) -> list[dict[str, Any]]:
    """Each day of the actors, summed up by hour, resource, network and browser."""
    close_ups: list[dict[str, Any]] = []
    for on in chosen.days:
        found = [one for one in chosen.findings if one.date == on]
        past_from = on - dt.timedelta(days=PAST_DAYS)
        with lines_of(con, on, past_from, Actors.of(found, [])) as lines:
            close_ups += (asdict(one) for one in lines.close_ups().values())
    return close_ups


def _settings(settings: Settings, facts: Facts) -> dict[str, Any]:
    """The settings that the findings rest on; the digest is that of the whole, as on record."""
    sites = {one.site_id for one in facts.sites} | {one.site_id for one in facts.chosen.findings}
    whole = settings.model_dump(mode="json")
    named = [
        one
        for site, one in zip(settings.sites, whole["sites"], strict=True)
        if site.placeholders or site.id in sites
    ]
    return {
        "sha256": hashlib.sha256(settings.model_dump_json().encode()).hexdigest(),
        "timezone": whole["timezone"],
        "business_hours": whole["business_hours"],
        "user_types": whole["user_types"],
        "resources": whole["resources"],
        "sites": named,
        "detectors": whole["detectors"],
    }


def _records(home: Home, chosen: Chosen) -> str:
    """The records of nights that examined the days, and of decisions about findings or cases."""
    days = {day.isoformat() for day in chosen.days}
    ids = {one.finding_id for one in chosen.findings}
    ids |= {one.case_id for one in chosen.findings if one.case_id is not None}
    made = KeyedIds.made_with(Pseudonyms.of(home))
    records = Records(home)
    found = [
        {"series": series, **vars(entry)}
        for series in (Series.EVIDENCE, Series.DECISIONS)
        for entry in records.entries(series)
        if _is_about(entry.about, days, ids, made)
    ]
    found.sort(key=lambda one: one["seq"])
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found)


def _is_about(about: Any, days: set[str], ids: set[str], made: KeyedIds) -> bool:
    named = set(_IDS.findall(json.dumps(about)))
    # Records of before ids were keyed have those of then.
    return (
        isinstance(about, dict) and not days.isdisjoint(about.get("readings", ()))
    ) or not ids.isdisjoint(named | set(map(made.of_former, named)))


def _write(
    stream: Any, contents: _Contents, about: dict[str, Any], now: dt.datetime
) -> tuple[bytes, int]:
    """Write the ZIP file; return its manifest and how many files that names."""
    files = []
    stamp = now.astimezone(dt.UTC).timetuple()[:6]
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path, pieces in sorted(contents.items()):
            hasher, size = hashlib.sha256(), 0
            with bundle.open(_entry(path, stamp), "w", force_zip64=True) as entry:
                for data in pieces:
                    hasher.update(data)
                    size += len(data)
                    entry.write(data)
            files.append({"path": path, "bytes": size, "sha256": hasher.hexdigest()})
        manifest = _json(about | {"files": files}).encode()
        bundle.writestr(_entry(verify.MANIFEST, stamp), manifest)
    return manifest, len(files)


def _entry(path: str, stamp: Any) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, stamp)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, indent=2, default=_told) + "\n"


def _told(value: Any) -> str:
    return rfc3339(value) if isinstance(value, dt.datetime) else str(value)
