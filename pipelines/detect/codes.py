"""Types and labels of evidence, codes in it and their words in the language of whoever reads them.

A query gives keys and codes, never sentences. The words of each stand once: in the header of its
detector (`evidence`, `codes`), or in the report's locales where several detectors give it. Words of
codes may name other values of the same evidence in braces.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipelines.detect.catalogue import Detector
from pipelines.detect.evidence_types import EvidenceType, shared_type
from pipelines.text.words import Words, sentences

FIELD = re.compile(r"\{([a-z_]+)\}")
_SHARED = {key: key for key in ("baseline", "reason", "unit", "user_type")}
"""Keys whose codes several detectors give; those of a key of one detector stand in its header."""


def code_in_words(
    words: Words, detector: Detector | None, key: str, value: str, evidence: Mapping[str, Any]
) -> str | None:
    """Return the words for the value of a key; None where it is no code, or has no words.

    `evidence` fills the places in the words: numbers as the language writes them, lengths in
    days, hours and minutes, "?" for what is not there.
    """
    text = detector.codes.get(key, {}).get(value) if detector else None
    if text is not None:
        wanted = FIELD.findall(text.in_locale(words.language))
        lengths = {name: length_of_time(words, detector, name, evidence) for name in wanted}
        known = {**evidence, **{name: length for name, length in lengths.items() if length}}
        return filled(text.in_locale(words.language), known, lambda one: _shown(words, one))
    return words.known(_shared(key, value), "") or None


def label(words: Words, detector: Detector | None, key: str) -> str | None:
    """Return what a key of evidence is called; None where it has no label."""
    own = detector.evidence.get(key) if detector else None
    return own.in_locale(words.language) if own else words.known(f"figure.{key}", "") or None


def type_of(detector: Detector | None, key: str) -> EvidenceType | None:
    """Return the declared type of a key of evidence; None where it is not declared."""
    own = detector.evidence.get(key) if detector else None
    return own.type if own else shared_type(key)


def length_of_time(
    words: Words, detector: Detector | None, key: str, evidence: Mapping[str, Any]
) -> str | None:
    """Return a value of minutes in days, hours and minutes; None where it is no such value."""
    value = evidence.get(key)
    unit = evidence.get("unit") if key == "observed" else None
    is_length = unit == "minutes" or type_of(detector, key) is EvidenceType.MINUTES
    if not is_length or not isinstance(value, int | float):
        return None
    return words.duration(dt.timedelta(minutes=value))


def of_wrong_type(detector: Detector | None, evidence: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of evidence that are not declared, or whose values are of another type."""
    for key, value in evidence.items():
        kind = type_of(detector, key)
        if kind is None or not kind.fits(value):
            yield key


def has_shared_label(key: str) -> bool:
    """Tell whether a key of evidence has a label for all detectors."""
    return f"figure.{key}" in sentences("en")


def without_words(detector: Detector, evidence: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of a finding's evidence that hold codes, of which one has no words."""
    for key in sorted({*detector.codes, *_SHARED} & evidence.keys()):
        found = evidence[key]
        values = found if isinstance(found, list) else [found]
        if not all(has_words(detector, key, value) for value in values if value is not None):
            yield key


def has_words(detector: Detector, key: str, code: object) -> bool:
    """Tell whether a code has words, in the detector's header or for all detectors."""
    return code in detector.codes.get(key, {}) or _shared(key, str(code)) in sentences("en")


def shared_codes(key: str) -> set[str]:
    """Return the codes of a key that have words for all detectors."""
    group = _shared(key, "")
    return {name.removeprefix(group) for name in sentences("en") if name.startswith(group)}


def filled(template: str, names: Mapping[str, Any], show: Callable[[Any], str]) -> str:
    """Return the template with its {names} filled in once; a value is never expanded."""
    return FIELD.sub(lambda match: show(names.get(match[1])), template).strip()


def _shared(key: str, code: str) -> str:
    return f"{_SHARED.get(key, f'value.{key}')}.{code}"


def _shown(words: Words, value: Any) -> str:
    if value is None:
        return "?"
    return words.number(value) if isinstance(value, int | float) else str(value)
