"""Who a request is about, and how their value is found in texts without hitting another's."""

import html
import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import duckdb

from pipelines.errors import UsageError
from pipelines.lake import quoted
from pipelines.normalise.person import person_value
from pipelines.text.messages import message

Kind = Literal["user", "ip", "subject"]
SHORTEST = 3
# A value is found where it stands alone: not within a longer number or word. What is encoded beside
# it counts as what it stands for: %2F ends a word, %31 is a digit of a longer number.
_MARK = (
    r"%(?:25)*(?:[0-289A-Fa-f][0-9A-Fa-f]|3[A-Fa-f]|40|5[B-Fb-f]|60|7[B-Fb-f])"
    r"|%[0-9A-Fa-f](?:[^0-9A-Fa-f]|$)|%[^0-9A-Fa-f]|%$"
)
_BEFORE = {"ip4": "[^0-9A-Za-z.]", "ip6": "[^0-9A-Za-z:.]", "": "[^0-9A-Za-z]"}
_AFTER = {"ip4": "[^0-9A-Za-z%]", "ip6": "[^0-9A-Za-z:%]", "": "[^0-9A-Za-z%]"}
# Kinds of values that are the same in capitals.
_NO_CASE = frozenset({"user", "ip"})


@dataclass(frozen=True)
class Person:
    """A person by one value; `values` are all spellings of it that the lake knows."""

    kind: Kind
    value: str
    values: tuple[str, ...]

    def contained(self, column: str) -> str:
        """Return the SQL of whether a text may hold the person, quickly; too often rather."""
        escapes = {"%"} | {
            escape
            for value in self.values
            for escape, is_used in (
                ("+", " " in value),
                ("&", html.escape(value) != value),
                ("\\", json.dumps(value)[1:-1] != value),
            )
            if is_used
        }
        tests = [f"contains({column}, {quoted(one)})" for one in sorted(escapes)]
        for value in self.values:
            if self.kind in _NO_CASE and value.lower() != value.upper():
                tests.append(f"contains(lower({column}), {quoted(value.lower())})")
            else:
                tests.append(f"contains({column}, {quoted(value)})")
        return f"({' or '.join(tests)})"

    def matches(self, column: str) -> str:
        """Return the SQL of whether a text holds the person."""
        test = f"regexp_matches({column}, {quoted(self._pattern)})"
        # Not `and`, of which both sides are computed for every row.
        return f"case when {self.contained(column)} then {test} else false end"

    def replaced(self, column: str, by: str) -> str:
        """Return the SQL of a text with `by` in place of the person."""
        sql = column
        for _ in range(2):  # two that stand side by side share what is between them
            sql = f"regexp_replace({sql}, {quoted(self._pattern)}, '\\1{by}\\2', 'g')"
        return f"case when {self.contained(column)} then {sql} else {column} end"

    def replaced_in(self, text: str, by: str) -> str:
        """Return a text with `by` in place of the person."""
        for _ in range(2):
            text = self._compiled.sub(rf"\g<1>{by}\g<2>", text)
        return text

    def is_in(self, text: str) -> bool:
        """Return whether a text holds the person."""
        return self._compiled.search(text) is not None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern)

    @cached_property
    def _pattern(self) -> str:
        """Each character as it is or percent-encoded, as HTML or as JSON; for RE2 and Python."""
        side = self.kind if self.kind != "ip" else "ip6" if ":" in self.value else "ip4"
        has_case = self.kind not in _NO_CASE
        values = "|".join(
            "".join(_character(one, has_case=has_case) for one in value)
            for value in sorted(self.values, key=len, reverse=True)
        )
        before, after = _BEFORE.get(side, _BEFORE[""]), _AFTER.get(side, _AFTER[""])
        return f"(^|{before}|{_MARK})(?:{values})({after}|{_MARK}|$)"


def person_of(
    con: duckdb.DuckDBPyConnection, *, user: str | None, ip: str | None, subject: str | None
) -> Person:
    """Return the person that the options name, with the aliases of a user or the /64 of an address.

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
    if kind == "ip" and ":" in value:  # findings may call the address so: day/client.sql
        network = ipaddress.ip_network((value.partition("%")[0], 64), strict=False)
        if int(network.network_address):  # that of ::1 and of mapped addresses is nobody's
            yield str(network)
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
        union select own.user_id from lake.request_fact as own
        where lower(own.user_id) = lower($value)
        union select own.user_id from lake.person as own where lower(own.user_id) = lower($value)
        """,
        {"value": value},
    ).fetchall()
    yield from (alias for (alias,) in rows if len(alias) >= SHORTEST)


@cache
def _character(character: str, *, has_case: bool) -> str:
    """A pattern for the ways in which a text may have a character."""
    forms: dict[str, None] = {}
    for one in (character,) if has_case else (character, character.lower(), character.upper()):
        for form in (one, html.escape(one), json.dumps(one)[1:-1]):
            forms[_escaped(form)] = None
        encoded = (f"%(?:25)*{_digits(byte)}" for byte in one.encode("utf-8", "surrogatepass"))
        forms["".join(encoded)] = None
    if character == " ":
        forms[r"\+"] = None
    return f"(?:{'|'.join(forms)})"


def _digits(byte: int) -> str:
    return "".join(
        digit if digit.isdigit() else f"[{digit}{digit.lower()}]" for digit in f"{byte:02X}"
    )


def _escaped(text: str) -> str:
    """A pattern for this text alone, the same for RE2 and for Python."""
    return re.sub(r"[^0-9A-Za-z_]", lambda found: _literal(found[0]), text)


def _literal(character: str) -> str:
    return f"\\{character}" if character.isascii() and character.isprintable() else character
