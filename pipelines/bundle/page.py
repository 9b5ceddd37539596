"""The page of a bundle: what is in it, and how somebody who has only this file verifies it."""

from collections.abc import Mapping
from typing import Any

from pipelines.report.render import environment
from pipelines.text.words import Words
from pipelines.worksheet.choose import Chosen

FILES = (
    "lines.ndjson",
    "findings.json",
    "close-up.json",
    "queries/",
    "worksheet.ja.html, worksheet.en.html",
    "ledger.ndjson",
    "records.ndjson",
    "settings.json",
    "detectors/",
    "manifest.json",
    "verify.py",
)
_KEYS = (
    *("lines", "findings", "close_up", "queries", "worksheet", "ledger", "records", "settings"),
    *("detectors", "manifest", "verify"),
)


def bundle_page(chosen: Chosen, about: Mapping[str, Any], words: Words) -> str:
    """Return the page as HTML that needs nothing else; `about` is what the manifest begins with."""
    incident = chosen.incident
    files = [(name, words(f"bundle.file.{key}")) for name, key in zip(FILES, _KEYS, strict=True)]
    facts = [
        (words("bundle.fact.incident"), incident.incident_id),
        (words("bundle.fact.day"), words.iso_day(incident.date)),
        (words("bundle.fact.actor"), chosen.findings[0].actor),
        (words("bundle.fact.findings"), words.number(len(chosen.findings))),
        (
            words("bundle.fact.lines"),
            words("bundle.lines", n=about["lines"], proven=about["lines_proven"]),
        ),
        (words("bundle.fact.made"), f"{about['made_at']}, {about['made_by']}"),
        (words("bundle.fact.release"), f"mimamori {about['release']}"),
        (words("bundle.fact.head"), about["records_head"]),
        (words("bundle.fact.holds"), ", ".join(about["hold_ids"]) or words("bundle.no_hold")),
    ]
    steps = [words(f"bundle.step.{key}") for key in ("digest", "verify", "record", "line")]
    template = environment(words).get_template("bundle.html.j2")
    return template.render(
        t=words, title=words("bundle.title"), lead=words("bundle.lead"), facts=facts, files=files,
        steps=steps, limits=words("bundle.limits"),
    )  # fmt: skip
