"""What a finding says in a sentence: a detector's words with the figures of its evidence."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.codes import FIELD, code_in_words, filled, length_of_time
from pipelines.findings import PARTNER_SITE, TOLD_ON, USER_CLAIMED, Finding
from pipelines.text.words import Language, Words

SIGMA = "sigma:"
"""What the detector's id of a Sigma rule begins with."""
SILENT_SINCE = "silent_since"
"""Evidence of when a silent site sent its last record."""
_TOO_LONG = 120
_WHERE_KNOWN = re.compile(r"\[([^\[\]]*)\]")
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

    What its header has in square brackets is left out where a value of it is not known. Behind it
    stands since when a site is silent, if for more than a day. Long values are cut.
    """
    template = _WHERE_KNOWN.sub(
        lambda part: (
            "" if any(names.get(name) is None for name in FIELD.findall(part[1])) else part[1]
        ),
        detector.summary.in_locale(words.language),
    )
    wanted = names.keys() & set(FIELD.findall(template))
    texts = {name: _value_in_words(words, detector, name, names) for name in wanted}
    text = filled(template, texts, lambda value: _cut(as_text(value)))
    since, days = names.get(SILENT_SINCE), names.get("silent_days")
    if not since or not isinstance(days, int):
        return text
    return words("finding.silent", text=text, since=_cut(str(since)), n=days)


def summary_in(finding: Finding, locale: Language, zone: ZoneInfo) -> str:
    """Return a stored finding's sentence in a language, whatever the one it was found in.

    That of a detector that is no more stays as it was.
    """
    words = Words(locale, zone)
    if finding.detector.startswith(SIGMA) and isinstance(finding.evidence.get("title"), str):
        text = sentence_of_rule(words, {**finding.evidence, **vars(finding)})
        return attributed(words, finding.evidence, text)
    detector = load_catalogue().get(finding.detector)
    if detector is None:
        return finding.summary
    values = named_values(vars(finding), finding.date, zone)
    text = summary_of(detector, words, {**finding.evidence, **values})
    return attributed(words, finding.evidence, text)


def attributed(words: Words, evidence: Mapping[str, Any], text: str) -> str:
    """Return a sentence with whose word it is: a partner's log, or the sender's as to the user.

    Before that stands since when it goes on, where it was told before.
    """
    told_on = evidence.get(TOLD_ON)
    if told_on:
        text = words("finding.goes_on", day=_cut(str(told_on)), text=text)
    if evidence.get(USER_CLAIMED):
        text = words("finding.by_claim", text=text)
    site = evidence.get(PARTNER_SITE)
    return words("finding.by_partner", site=_cut(str(site)), text=text) if site else text


def sentence_of_rule(words: Words, names: Mapping[str, Any]) -> str:
    """Return what the finding of a Sigma rule says: its author's title, and ours around it.

    `names` are the values of the finding's evidence and the finding's own. Long values are cut.
    """
    values = {key: names.get(key) for key in ("actor", "event_count", "successes")}
    texts = {"title": names["title"], "site_id": names["site_id"] or "-", **values}
    shown = {key: _cut(as_text(value)) for key, value in texts.items()}
    return words(f"sigma.{names['actor_kind']}", **shown)


def _clock(instant: dt.datetime, day: dt.date, zone: ZoneInfo) -> str:
    """The time of day, with the date where that is another: a gap may begin the evening before."""
    local = instant.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == day else f"{local:%m/%d %H:%M}"


def _value_in_words(words: Words, detector: Detector, name: str, names: Mapping[str, Any]) -> Any:
    """The value in words where it is a code or a length of time; what clients sent is none."""
    value = names[name]
    length = length_of_time(words, detector, name, names)
    if length is not None:
        return length
    items = value if isinstance(value, list) else [value]
    texts = [
        code_in_words(words, detector, name, one, names) for one in items if isinstance(one, str)
    ]
    known = [one for one in texts if one is not None]
    return words("list_separator").join(known) if items and len(known) == len(items) else value


def as_text(value: Any) -> str:
    """Return a value as a template shows it."""
    if value is None:
        return "?"
    if isinstance(value, float):
        return f"{value:,.1f}".removesuffix(".0")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def _cut(text: str) -> str:
    return text if len(text) <= _TOO_LONG else text[: _TOO_LONG - 1] + "…"
