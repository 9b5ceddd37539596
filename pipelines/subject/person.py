"""Who a request is about, and how their value is found in texts without hitting another's."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import quote

import duckdb

from pipelines.errors import UsageError
from pipelines.lake import quoted
from pipelines.normalise.person import person_value
from pipelines.text.messages import message

Kind = Literal["user", "ip", "subject"]
SHORTEST = 3
# A value is found where it stands alone: not within a longer number or word. An encoded character
# before it ends with letters or digits that are none of its own.
_BEFORE = {"ip": r"(^|[^0-9A-Za-z:.])", "": r"(^|[^0-9A-Za-z]|%[0-9A-Fa-f]{2})"}
_AFTER = {"ip": r"([^0-9A-Za-z:]|$)", "": r"([^0-9A-Za-z]|$)"}


@dataclass(frozen=True)
class Person:
    """A person by one value; `values` are all spellings of it that the lake knows."""

    kind: Kind
    value: str
    values: tuple[str, ...]

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The values as they may stand in texts: as they are, percent-encoded, as HTML, as JSON."""
        found: dict[str, None] = {}
        for value in self.values:
            encoded = quote(value, safe="")
            for one in (value, encoded, encoded.lower(), html.escape(value)):
                found[one] = None
            found[json.dumps(value)[1:-1]] = None
            found[json.dumps(value, ensure_ascii=False)[1:-1]] = None
        return tuple(sorted(found, key=len, reverse=True))

    def contained(self, column: str) -> str:
        """Return the SQL of whether a text may hold the person, quickly; too often rather."""
        tests = " or ".join(f"contains({column}, {quoted(one)})" for one in self.spellings)
        return f"({tests})"

    def matches(self, column: str) -> str:
        """Return the SQL of whether a text holds the person."""
        tests = " or ".join(
            f"regexp_matches({column}, {quoted(self._pattern(one))})" for one in self.spellings
        )
        return f"coalesce({self.contained(column)} and ({tests}), false)"

    def replaced(self, column: str, by: str) -> str:
        """Return the SQL of a text with `by` in place of the person."""
        sql = column
        for one in self.spellings:
            pattern = quoted(self._pattern(one))
            for _ in range(2):  # two that stand side by side share what is between them
                sql = f"regexp_replace({sql}, {pattern}, '\\1{by}\\2', 'g')"
        return f"case when {self.contained(column)} then {sql} else {column} end"

    def replaced_in(self, text: str, by: str) -> str:
        """Return a text with `by` in place of the person."""
        for pattern in self._patterns:
            for _ in range(2):
                text = pattern.sub(rf"\g<1>{by}\g<2>", text)
        return text

    def is_in(self, text: str) -> bool:
        """Return whether a text holds the person."""
        return any(pattern.search(text) for pattern in self._patterns)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(self._pattern(one), re.MULTILINE) for one in self.spellings)

    def _pattern(self, spelling: str) -> str:
        side = "ip" if self.kind == "ip" else ""
        return f"{_BEFORE[side]}{_escaped(spelling)}{_AFTER[side]}"


def person_of(
    con: duckdb.DuckDBPyConnection, *, user: str | None, ip: str | None, subject: str | None
) -> Person:
    """Return the person that the options name, with the aliases of a user.

    Raises:
        UsageError: not exactly one is named, it is no address where it should be, or it is too
            short to be found without finding others.
    """
    named: list[tuple[Kind, str]] = []
    options: dict[Kind, str | None] = {"user": user, "ip": ip, "subject": subject}
    for kind, value in options.items():
        if value is not None:
            named.append((kind, person_value(kind, value)))
    if len(named) != 1:
        raise UsageError(message("retention.holds.one_person", at="--subject / --user / --ip"))
    ((kind, value),) = named
    if len(value) < SHORTEST:
        raise UsageError(message("subject.person.too_short", at=f"--{kind}", least=SHORTEST))
    return Person(kind, value, tuple(dict.fromkeys([value, *_aliases(con, kind, value)])))


def _aliases(con: duckdb.DuckDBPyConnection, kind: Kind, value: str) -> Iterator[str]:
    if kind != "user":
        return
    rows = con.execute(
        """
        with usual as (
            select $value as usual_id
            union select usual_id from lake.user_alias where user_id = $value
        )
        select alias.user_id from lake.user_alias as alias
        where alias.usual_id in (select usual_id from usual)
        union select usual_id from usual
        """,
        {"value": value},
    ).fetchall()
    yield from (alias for (alias,) in rows if len(alias) >= SHORTEST)


def _escaped(text: str) -> str:
    """A pattern for this text alone, the same for RE2 and for Python."""
    return re.sub(r"([^0-9A-Za-z_])", lambda found: _character(found[1]), text)


def _character(character: str) -> str:
    return f"\\{character}" if character.isascii() and character.isprintable() else character
