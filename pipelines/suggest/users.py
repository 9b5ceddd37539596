"""Which field of sample files seems to name the user, where the format's own is not enough.

A rule of thumb: the field has a name as such fields have, and few values for many lines; one whose
value is another on each line is the number of a request.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.formats.format import Format
from pipelines.formats.json_lines import JsonSplitter
from pipelines.formats.user_names import ANY_COOKIE, COOKIE, COOKIE_HEADER, checked_user_name
from pipelines.formats.users import nameable_by, own_by, with_users
from pipelines.ingest.archives import DAMAGE
from pipelines.ingest.follow import FormatFollower, sample_of
from pipelines.ingest.reader import LineReader, open_content

_FILES = 5
_PROPOSED = 3
_LONGEST_VALUE = 128  # characters
_NUMBERS_OF_REQUESTS = 20  # so many different values in so many lines are no people's
_DEEPEST = 4  # keys within keys
_LIKELY = re.compile(
    r"user|login|account|member|employee|staff|principal|e-?mail|customer[_-]?id"
    r"|(?<![a-z])(?:uid|upn|sub|subject|emp[_-]?(?:no|id))(?![a-z])",
    re.IGNORECASE,
)
_UNLIKELY = re.compile(r"user[_-]?agent|accounting|session|token|secret|password", re.IGNORECASE)


@dataclass(frozen=True)
class LikelyUser:
    """What may name the user, as settings spell it, in how many of the sampled lines it stands."""

    name: str
    lines: int
    sampled: int


def likely_users(names: Sequence[str], source: str) -> tuple[LikelyUser, ...]:
    """Return what to name in `user_from`, most lines first and the format's own user last.

    Empty where nothing but the format's own user is likely. `source` is the format or `auto`.
    Standard input, which was read already, is passed over.
    """
    found: Counter[str] = Counter()
    own: set[str] = set()
    sampled = 0
    for form, lines in _samples([name for name in names if name != "-"][:_FILES], source):
        sampled += len(lines)
        own.update(own_by(form))
        for name in dict.fromkeys([*_candidates(form, lines), *own_by(form)]):
            found[name] += _present(form, name, lines)
    proposed = [
        LikelyUser(name, count, sampled)
        for name, count in found.most_common()
        if count and name not in own
    ][:_PROPOSED]
    if not proposed:
        return ()
    return (*proposed, *(LikelyUser(n, c, sampled) for n, c in found.items() if c and n in own))


def _samples(names: Iterable[str], source: str) -> Iterator[tuple[Format, pl.Series]]:
    """Some lines of each file, with their format."""
    for name in names:
        block = None
        with suppress(*DAMAGE), open_content(Path(name)) as stream:  # reading it whole will tell
            block = next(LineReader(stream).blocks(), None)
        for form, piece in FormatFollower(source).cut(block) if block else ():
            if form is not None:
                yield form, sample_of(piece)


def _candidates(form: Format, lines: pl.Series) -> Iterator[str]:
    known = nameable_by(form)
    for name in (*known, *_keys(form, lines)):
        if name != ANY_COOKIE:
            yield from _likely(name)
    if ANY_COOKIE in known:
        headers = form.split(lines).get_column(COOKIE_HEADER).drop_nulls()
        pairs = headers.str.split(";").explode(empty_as_null=False).str.strip_chars()
        for cookie in pairs.str.extract("^([^=]+)=").drop_nulls().unique(maintain_order=True):
            yield from _likely(f"{COOKIE}{cookie}")


def _likely(name: str) -> Iterator[str]:
    bare = name.removeprefix(COOKIE)
    if _LIKELY.search(bare) and not _UNLIKELY.search(bare):
        try:
            yield checked_user_name(name)
        except ValueError:  # a cookie that somebody made up
            return


def _keys(form: Format, lines: pl.Series) -> Iterator[str]:
    """The keys of objects that hold texts or numbers, joined by dots."""
    if not isinstance(form.splitter, JsonSplitter):
        return
    found: dict[str, None] = {}
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        found |= dict.fromkeys(_leaves(value, "", _DEEPEST))
    yield from found


def _leaves(value: Any, path: str, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key, depth - 1)
    elif isinstance(value, list):
        if value and all(isinstance(one, str) for one in value):
            yield f"{path}[]"
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield path


def _present(form: Format, name: str, lines: pl.Series) -> int:
    """In how many lines the field has a value, 0 where the values are no people's."""
    users = with_users(form, (name,)).split(lines).get_column("user").drop_nulls()
    users = users.filter(~users.is_in(["", "-"]))
    if not len(users) or (users.str.len_chars() > _LONGEST_VALUE).any():
        return 0
    is_of_requests = len(users) >= _NUMBERS_OF_REQUESTS and users.n_unique() == len(users)
    return 0 if is_of_requests else len(users)
