"""What a finding says in a sentence: a detector's words with the figures of its evidence."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.findings import PARTNER_SITE, Finding
from pipelines.report.words import Language, Words

_FIELD = re.compile(r"\{([a-z_]+)\}")
_TOO_LONG = 120
_VALUES = ("site_id", "actor", "event_count", "subject_count")


def named_values(row: Mapping[str, Any], day: dt.date, zone: ZoneInfo) -> dict[str, Any]:
    """Return what templates call by name beside the evidence, of a finding or a detector's row."""
    return {
        **{name: row[name] for name in _VALUES},
        "date": day.isoformat(),
        "first_seen": _clock(row["first_seen"], day, zone),
        "last_seen": _clock(row["last_seen"], day, zone),
    }


def summary_of(detector: Detector, words: Words, names: Mapping[str, Any]) -> str:
    """Return the sentence of a detector in a language; values that are words are in it too.

    Long values are cut.
    """
    told = {name: _told(words, name, value) for name, value in names.items()}
    return filled(detector.summary.in_locale(words.language), told, _shown)


def summary_in(finding: Finding, locale: Language, zone: ZoneInfo) -> str:
    """Return a stored finding's sentence in a language, whatever the one it was found in.

    That of a Sigma rule, or of a detector that is no more, stays as it was.
    """
    detector = load_catalogue().get(finding.detector)
    if detector is None:
        return finding.summary
    values = named_values(vars(finding), finding.date, zone)
    words = Words(locale, zone)
    text = summary_of(detector, words, {**finding.evidence, **values})
    return attributed(words, finding.evidence, text)


def attributed(words: Words, evidence: Mapping[str, Any], text: str) -> str:
    """Return a sentence with whose word it is, where it rests on a partner's log alone."""
    site = evidence.get(PARTNER_SITE)
    return words("finding.by_partner", site=_shown(str(site)), text=text) if site else text


def filled(template: str, names: Mapping[str, Any], show: Callable[[str], str]) -> str:
    """Return the template with its {names} filled in once; a value is never expanded."""
    return _FIELD.sub(lambda match: show(_text(names.get(match[1]))), template).strip()


def _clock(instant: dt.datetime, day: dt.date, zone: ZoneInfo) -> str:
    """The time of day, with the date where that is another: a gap may begin the evening before."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == day else f"{local:%m/%d %H:%M}"


def _told(words: Words, name: str, value: Any) -> Any:
    """The value in words where it is one of ours; what clients sent has none."""
    key = "reason" if name == "reason" else f"value.{name}"
    if isinstance(value, str):
        return words.known(f"{key}.{value}", value)
    if isinstance(value, list):
        known = [words.known(f"{key}.{item}", "") for item in value]
        if all(known):
            return words("list_separator").join(known)
    return value


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


def _shown(text: str) -> str:
    return text if len(text) <= _TOO_LONG else text[: _TOO_LONG - 1] + "…"
