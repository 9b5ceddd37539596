"""Names of persons that no parameter names: in the segments of a path, and before a title.

Which words are names is known from lists of family names and of letters that names end with
(person_names.yaml); below a folder of persons (`/customers/`) less of it is asked for.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pipelines.privacy.names import DATA
from pipelines.text.yaml_text import read_yaml

_WORDS: Final[dict[str, Any]] = read_yaml(
    Path(__file__).with_name("person_names.yaml").read_text(encoding="utf-8")
)
_READINGS: Final = dict(each.split() for each in _WORDS["family_names"].split(", "))
FAMILY_NAMES: Final = frozenset(_READINGS)
FOLDERS: Final = tuple(_WORDS["folders"])
TITLES: Final = tuple(_WORDS["titles"])
"""A family name, a title or a folder of persons is in whatever is found here."""

_PLACES = frozenset(_WORDS["places"])
_GIVEN_NAMES = frozenset(_WORDS["given_names"])
_NO_NAMES = frozenset(DATA["no_names"])
_NO_GIVEN_NAMES = tuple(_WORDS["no_given_names"])
_PAGES = frozenset(_WORDS["pages"])

_KANJI: Final = "\u3005\u3006\u3400-\u9fff"
_JAPANESE: Final = rf"{_KANJI}\u3041-\u3096\u30a1-\u30fa\u30fc"
_ANY_GIVEN_NAME = re.compile(rf"[{_JAPANESE}]{{1,4}}")
_LIKELY_GIVEN_NAME = re.compile(
    rf"[{_KANJI}]{{1,2}}[{_WORDS['endings_of_given_names']}]|[\u3041-\u3096]{{1,3}}\u3053"
)
_ANY_FAMILY_NAME = re.compile(rf"[{_KANJI}]{{1,3}}")
_LIKELY_FAMILY_NAME = re.compile(rf"[{_KANJI}][{_WORDS['endings_of_family_names']}]")
_NO_FAMILY_NAMES = frozenset(_WORDS["no_family_names"])
_LIKELY_NAME = re.compile(rf"[{_KANJI}]{{2,4}}[{_WORDS['surest_endings_of_given_names']}]")
_LONGEST_FAMILY_NAME: Final = max(map(len, FAMILY_NAMES))

_SEGMENT = re.compile(r"/([^/?#&\"'<>\s;=]++(?: [^\W\d_]++)?)")
_BETWEEN_NAMES = re.compile(r"[-_. +\u30fb,]+")
_FILE = re.compile(r"\.[A-Za-z0-9]{2,5}$")
_SYLLABLES = re.compile(
    r"(?:(?:[kstnhmrgzdbp]y?|sh|ch|ts|[jfwy])?[aiueo]|n(?![aiueoy])|m(?=[bmp])|([kst])(?=\1)|t(?=ch))+h?"
)
_LONG_VOWELS: Final = (("ou", "o"), ("oo", "o"), ("oh", "o"), ("uu", "u"))
_LATIN: Final = range(2, 13)  # letters of a name

_TITLE = re.compile(
    "|".join(
        f"{title}(?![{other}])" if other else title for title, other in _WORDS["titles"].items()
    )
)
_BEFORE_TITLE: Final = 16
_NAMED = re.compile(
    rf"(?<![{_KANJI}])([{_KANJI}]++)((?:[ \u30fb][{_KANJI}]{{1,4}})?|[\u3041-\u3096]{{2,4}}) ?$"
)


def places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where names of persons stand in a decoded text with ASCII digits and dashes."""
    if "/" in text:
        yield from _in_path(text)
    if not text.isascii():
        yield from before_titles(text)


def before_titles(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of names that a title follows in a decoded text, without the title."""
    for title in _TITLE.finditer(text):
        first = max(0, title.start() - _BEFORE_TITLE)
        named = _NAMED.search(text[first : title.start()])
        if named is None:
            continue
        run, given = named[1], named[2]
        start = _start_of_name(run, given.strip(" \u30fb"))
        if start is None and given and _start_of_name(given[1:], "") == 0:
            start = len(run) + 1
        if start is not None:
            yield first + named.start() + start, first + named.end(2)


def _start_of_name(run: str, given: str) -> int | None:
    """Where in a run of kanji the name begins that ends with it, or with the given name behind it.

    Other words may stand before a name, but only before a family name of several letters.
    """
    if given and not _is_given_name(given):
        return None
    for start in range(len(run)):
        for size in range(min(_LONGEST_FAMILY_NAME, len(run) - start), 1 if start else 0, -1):
            rest = run[start + size :]
            if run[start : start + size] in FAMILY_NAMES and (
                not rest or (not given and _is_given_name(rest))
            ):
                return start
    is_likely = _LIKELY_FAMILY_NAME.fullmatch(run) and run not in _NO_FAMILY_NAMES
    return 0 if is_likely else None


def _in_path(text: str) -> Iterator[tuple[int, int]]:
    """Yield where names stand in one segment of a path, or in two side by side."""
    segments = [
        (match.start(1), match.end(1), _FILE.sub("", match[1])) for match in _SEGMENT.finditer(text)
    ]
    behind_pair = -1
    folder = ""
    for (start, end, word), (next_start, _, following) in pairwise([*segments, (-1, -1, "")]):
        is_listed = folder in _FOLDERS
        folder = _spelled(word) if next_start == end + 1 else ""
        if start == behind_pair:
            continue
        if _is_name(word, is_listed=is_listed):
            yield start, start + len(word)
        elif next_start == end + 1 and _are_names(word, following, is_listed=is_listed):
            yield start, end
            yield next_start, next_start + len(following)
            behind_pair = next_start
        elif is_listed and word in FAMILY_NAMES:
            yield start, end


def _is_name(word: str, *, is_listed: bool) -> bool:
    """Whether a segment is a full name; `is_listed` below a folder of persons."""
    parts = _BETWEEN_NAMES.split(word)
    if len(parts) > 1:
        return len(parts) == 2 and _are_names(*parts, is_listed=is_listed)  # noqa: PLR2004
    for size in range(min(_LONGEST_FAMILY_NAME, len(word) - 1), 0, -1):
        rest = word[size:]
        if word[:size] in FAMILY_NAMES and len(word) > 2 and _is_given_name(rest):  # noqa: PLR2004
            return True
    return is_listed and bool(_LIKELY_NAME.fullmatch(word)) and word not in _NO_NAMES


def _are_names(family: str, given: str, *, is_listed: bool) -> bool:
    """Whether two words are the family and the given name of somebody, Latin ones in any order."""
    if family.isascii():
        return is_listed and (_are_readings(family, given) or _are_readings(given, family))
    if family not in FAMILY_NAMES:
        is_family = is_listed and _ANY_FAMILY_NAME.fullmatch(family) and family not in _NO_NAMES
        return bool(is_family) and _is_given_name(given)
    if is_listed:
        return bool(_ANY_GIVEN_NAME.fullmatch(given)) and given not in _NO_NAMES
    return family not in _PLACES and _is_given_name(given)


def _is_given_name(word: str) -> bool:
    if word in _GIVEN_NAMES:
        return True
    return bool(_LIKELY_GIVEN_NAME.fullmatch(word)) and not word.endswith(_NO_GIVEN_NAMES)


def _are_readings(family: str, given: str) -> bool:
    if len(family) not in _LATIN or len(given) not in _LATIN or given.lower() in _PAGES:
        return False
    return _in_short(family) in _READ and bool(_SYLLABLES.fullmatch(given.lower()))


def _in_short(reading: str) -> str:
    """A reading in Latin letters with long vowels as single ones: `satou`, `Satoh` and `sato`."""
    short = reading.lower()
    for long, single in _LONG_VOWELS:
        short = short.replace(long, single)
    return short


def _spelled(folder: str) -> str:
    return folder.lower().replace("-", "").replace("_", "")


_FOLDERS = frozenset(map(_spelled, FOLDERS))
_READ = frozenset(_in_short(name) for names in _READINGS.values() for name in names.split("/"))
