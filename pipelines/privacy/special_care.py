"""Personal information that needs special care, in words: `diagnosed with …`, `union member`.

A word alone is what people search for and shops write about; it counts as somebody's within one of
the statements of special_care.yaml, or in a field of notes about a person.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pipelines.privacy.attack import lower
from pipelines.text.yaml_text import read_yaml

_WORDS: Final[dict[str, Any]] = read_yaml(
    Path(__file__).with_name("special_care.yaml").read_text(encoding="utf-8")
)
STEMS: Final = tuple(
    word.lower()
    for part in ("conditions", "stems")
    for words in _WORDS[part].values()
    for word in words
)
"""One of these is in whatever `places` finds."""

TELLING: Final[str] = _WORDS["telling"]
"""One of these letters is in each of them that is Japanese."""


def _any(words: list[str]) -> str:
    return "|".join(re.escape(word.lower()) for word in sorted(words, key=len, reverse=True))


def _bordered(pattern: str) -> str:
    return rf"(?<![a-z])(?:{pattern})(?![a-z])"


_JAPANESE = f"(?:{_any(_WORDS['conditions']['ja'])})"
_ENGLISH = f"(?:{_any(_WORDS['conditions']['en'])})"
_STATEMENT = re.compile(
    "|".join(
        [
            *(each.replace("<condition>", _JAPANESE) for each in _WORDS["statements"]["ja"]),
            *(
                _bordered(each.replace("<condition>", _ENGLISH))
                for each in _WORDS["statements"]["en"]
            ),
        ]
    )
)
_MAY_SAY = re.compile(_any(list(STEMS)))
_CONDITION = re.compile(f"{_JAPANESE}|{_bordered(_ENGLISH)}")
_ANSWER = re.compile(f"{_JAPANESE}|{_bordered(_ENGLISH)}|{_bordered(_any(_WORDS['answers']))}")


def places(text: str, is_note: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """Yield where a decoded text says something of that kind about somebody.

    `is_note` says whether what begins at a place stands in a field of notes.
    """
    if not may_say(text):
        return
    lowered = lower(text)
    for match in _STATEMENT.finditer(lowered):
        yield match.span()
    for match in _CONDITION.finditer(lowered):
        if is_note(match.start()):
            yield match.span()


def may_say(text: str) -> bool:
    """Return whether one of the words of special care is in a decoded text."""
    return bool(_MAY_SAY.search(lower(text)))


def is_answer(value: str) -> bool:
    """True for what answers a question for an illness, race, faith or conviction."""
    return bool(_ANSWER.search(lower(value)))
