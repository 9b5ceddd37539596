"""The lines of evidence of a finding in the reader's words: figures, reasons, values as logged."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.codes import code_in_words, label, length_of_time, type_of
from pipelines.detect.evidence_types import EvidenceType
from pipelines.findings import Finding
from pipelines.ingest.reject_reasons import in_words
from pipelines.report.evidence import LISTS, Evidence, Typed, parse
from pipelines.text.display import SUMMARY_LIMIT, VALUE_LIMIT, visible
from pipelines.text.words import Words

DECIDED = 3
"""So many lines of evidence are shown; the rest is folded."""
_SEEN_IN_ONE_IN = 1_000_000
_PARTS_SHOWN = 10
_COMPARED = frozenset({"own", "peers", "site"})
_DIGITS = re.compile(r"([0-9]+)")
_TEN = frozenset("0123456789")


@dataclass(frozen=True)
class Figure:
    """One line of evidence: a sentence, or values as logged."""

    label: str
    text: str
    values: tuple[str, ...] = ()


def why_unusual(words: Words, detector: Detector | None, finding: Finding) -> str:
    """Return in a sentence why a finding is unusual: against what, how far, how often by chance.

    A finding that compares with nothing is told by its reason, or by what its detector looks for.
    """
    evidence = parse(finding.evidence, detector)
    observed, expected = _observed(words, evidence), _expected(words, evidence)
    if observed and _never_before(evidence):
        if evidence.baseline in _COMPARED:
            return words(f"why.{evidence.baseline}_never", observed=observed)
    elif observed and expected:
        name = evidence.baseline if evidence.baseline in _COMPARED else "unnamed"
        text = words(f"why.{name}", observed=observed, expected=expected)
        chance = _chance(words, evidence)
        parts = [text, *([words("why.chance", chance=chance)] if chance else [])]
        return words("sentence_separator").join(parts)
    reason = _reason(words, detector, finding.evidence, evidence.reason)
    if reason:
        return words("why.reason", reason=reason)
    return detector.description.in_locale(words.language) if detector else ""


def saw_people(finding: Finding) -> bool:
    """Return whether the ids that a finding counts are of people whose data was answered.

    What an attack asks for that got nothing are words of its own, and what was refused was not
    seen.
    """
    detector = load_catalogue().get(finding.detector)
    if detector is not None and detector.is_refused:
        return False
    return finding.category != "web_attack" or bool(finding.evidence.get("successes"))


def _never_before(evidence: Evidence) -> bool:
    """Whether nothing like it was there before: there is no figure to compare with."""
    return evidence.expected == 0 and not evidence.upper and evidence.ratio is None


def subjects_in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Return ids of people in the one order in which all pages have them: numbers by their size."""
    return tuple(sorted(values, key=_natural))


def _natural(value: str) -> list[tuple[int, int, str]]:
    """A key by which `c9` is before `c10`; numbers may be of any length."""
    parts = [part for part in _DIGITS.split(value) if part]
    keys = []
    for part in parts:
        if part[0] in _TEN:
            bare = part.lstrip("0")
            keys.append((0, len(bare), f"{bare}\0{part}"))
        else:
            keys.append((1, 0, part))
    return keys


def figures_of(words: Words, detector: Detector | None, finding: Finding) -> list[Figure]:
    """Return the lines of evidence of a finding in words; `detector` knows those of its codes."""
    given = finding.evidence
    evidence = parse(given, detector)
    found = [
        Figure(words(f"figure.{name}"), text)
        for name, text in (
            ("observed", _observed(words, evidence)),
            ("expected", _expected(words, evidence)),
            ("p_value", _chance(words, evidence)),
            ("reason", _reason(words, detector, given, evidence.reason)),
            ("score_parts", _parts(words, finding.assessment.score_parts)),
        )
        if text
    ]
    if evidence.statuses:
        parts = [
            words("figure.status_count", status=visible(status, 20), n=count)
            for status, count in evidence.statuses
        ]
        found.append(Figure(words("figure.statuses"), words("list_separator").join(parts)))
    for name in LISTS:
        values = evidence.lists[name]
        if values and type_of(detector, name) is EvidenceType.COUNTRIES:
            text = words("list_separator").join(words.country(visible(code, 40)) for code in values)
            found.append(Figure(words(f"figure.{name}"), text))
        elif values and name != "subjects":
            found.append(Figure(words(f"figure.{name}"), "", shown_values(values)))
    if evidence.rejects:
        reasons = (
            in_words(words.language, one.code, one.arguments, one.reason)
            for one in evidence.rejects
        )
        text = words("list_separator").join(visible(one, VALUE_LIMIT) for one in reasons)
        found.append(Figure(words("figure.reject_reasons"), text))
    found.extend(_other(words, detector, given, one) for one in evidence.others)
    return found


def _other(
    words: Words,
    detector: Detector | None,
    given: Mapping[str, Any],
    one: Typed,
) -> Figure:
    """A value by its type; codes without words, and what has no type, stand as they are."""
    called = label(words, detector, one.key) or visible(one.key, 40)
    if one.type is EvidenceType.FLAG:
        return Figure(called, words("yes" if one.value else "no"))
    if one.type is EvidenceType.RECORD_NUMBER:
        return Figure(called, str(one.value))
    length = length_of_time(words, detector, one.key, given)
    if length is not None:
        return Figure(called, length)
    if one.type is not None and one.type.is_amount:
        return Figure(called, words.number(one.value))
    texts = one.value if isinstance(one.value, list) else [one.value]
    if one.type is not None and one.type.is_of_codes:
        known_words = [code_in_words(words, detector, one.key, text, given) for text in texts]
        known = [visible(text, VALUE_LIMIT) for text in known_words if text]
        if len(known) == len(texts):
            return Figure(called, words("list_separator").join(known))
    return Figure(called, "", shown_values(tuple(map(str, texts))))


def _observed(words: Words, evidence: Evidence) -> str:
    if evidence.observed is None:
        return ""
    if evidence.unit == "minutes":
        return words.duration(dt.timedelta(minutes=float(evidence.observed)))
    unit = f"unit.{evidence.unit or 'events'}"
    try:
        return words(unit, n=evidence.observed)
    except KeyError:
        return f"{words.number(evidence.observed)} {visible(evidence.unit or '', 40)}"


def _expected(words: Words, evidence: Evidence) -> str:
    """What was expected; of a gap in minutes, the records usual in that time."""
    parts = []
    if evidence.expected is not None:
        key = "gap_value" if evidence.unit == "minutes" else "expected_value"
        key = key if evidence.expected else "expected_zero"
        parts.append(words(f"figure.{key}", expected=evidence.expected))
    if evidence.upper or (evidence.upper is not None and evidence.expected != 0):
        parts.append(words("figure.upper_value", upper=evidence.upper))
    if evidence.ratio is not None:
        parts.append(words("figure.ratio", ratio=evidence.ratio))
    return words("list_separator").join(parts)


def _reason(
    words: Words, detector: Detector | None, given: Mapping[str, Any], reason: str | None
) -> str:
    if reason is None:
        return ""
    return visible(code_in_words(words, detector, "reason", reason, given) or reason, SUMMARY_LIMIT)


def _parts(words: Words, score_parts: Mapping[str, float]) -> str:
    """What a score is made of, the weightiest first."""
    parts = sorted(score_parts.items(), key=lambda one: -one[1])
    return words("list_separator").join(
        words(
            "figure.part_value",
            name=words.known(f"part.{name}", visible(name, 40)),
            n=round(points),
        )
        for name, points in parts[:_PARTS_SHOWN]
        if points
    )


def _chance(words: Words, evidence: Evidence) -> str:
    chance = evidence.p_value
    if chance is None or not 0 <= chance < 1:
        return ""
    if chance * _SEEN_IN_ONE_IN < 1:
        return words("figure.p_under")
    return words("figure.p_one_in", n=float(f"{1 / chance:.1g}"))


def shown_values(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return values as logged, visible and cut."""
    return tuple(visible(value, VALUE_LIMIT) for value in values)
