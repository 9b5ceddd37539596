"""What an entry of each kind of context holds, and how its cells are read.

A cell that cannot be read makes its entry useless: it is a `BadCell` that names the column and
says what is expected, and never repeats the cell.
"""

import datetime as dt
import ipaddress
import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args
from zoneinfo import ZoneInfo

from babel import Locale

from pipelines.normalise.networks import address_key
from pipelines.settings.model import UserKind

LONGEST_CELL = 1000
OPEN_FROM = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
OPEN_TO = dt.datetime(2999, 12, 31, tzinfo=dt.UTC)
# Wider networks are half the internet, and no scanner.
_NARROW_ENOUGH = {4: 8, 6: 29}

_WHEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?"
    r" ?(Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_EXPECTED_WHEN = "is no date such as 2026-11-20, 2026/11/20 or 2026-11-20 09:00"


@dataclass(frozen=True)
class Kind:
    """The columns of one kind: all of `required` filled, and one of each group of `one_of`.

    What is `optional` may be empty, `*` or no column at all, and then stands for any, or is not
    known. Of each pair in `either` one is filled at most. Two entries never have the same `key`.
    Entries of a kind that `is_listed` are no reasons but what is known of a user or a right: they
    need neither dates nor a reason.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    either: tuple[tuple[str, str], ...] = ()
    key: str | None = None
    is_dated: bool = True
    is_listed: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that the header must have."""
        has_reason = self.is_dated and not self.is_listed
        return (*self.required, "from", "to", "reason") if has_reason else self.required

    @property
    def known(self) -> tuple[str, ...]:
        """Every column that is read."""
        dates = ("from", "to") if self.is_dated and self.is_listed else ()
        return (*self.needed, *dates, *self.optional)


KINDS: dict[str, Kind] = {
    "assignments": Kind(
        (),
        ("user", "team", "subject", "site"),
        (("user", "team"), ("subject", "site")),
        (("user", "team"),),
    ),
    "rosters": Kind(("user",), ("site",)),
    "absences": Kind(("user",)),
    "trips": Kind(("user", "country")),
    "exports": Kind(("user",), ("site", "resource"), (("site", "resource"),)),
    "scanners": Kind(("network",)),
    "teams": Kind(("user", "team"), is_dated=False),
    "people": Kind(
        ("user",),
        (
            *("person", "name", "department", "site", "manager", "type", "company", "country"),
            *("joined_on", "left_on", "mail"),
        ),
        key="user",
        is_dated=False,
        is_listed=True,
    ),
    "privileges": Kind(
        (),
        ("user", "department", "resource", "level", "site"),
        (("user", "department"), ("resource", "level")),
        (("user", "department"),),
        is_listed=True,
    ),
    "watch": Kind(("subject", "kind"), ("user", "site", "reason"), is_dated=False, is_listed=True),
}
# A service history is long, and read as a whole: pipelines/context/history.py.
SERVICES = Kind(
    ("time", "user"),
    ("session", "subject", "address", "action", "site"),
    (("session", "subject", "address"),),
    is_dated=False,
    is_listed=True,
)
_USER_TYPES = frozenset(get_args(UserKind))
_LEVELS = frozenset("0123")
_RELATION = "relation"
WATCH_KINDS = ("decoy", "vip", "staff", _RELATION)
"""Why the data of a subject is under watch."""


@dataclass(frozen=True)
class BadCell:
    """Why an entry is left out."""

    column: str
    reason: str


Entry = dict[str, str | int | dt.date | None]


def read_entry(kind: Kind, cells: Mapping[str, str], zone: ZoneInfo) -> Entry | BadCell:
    """Return an entry from its cells by column, or what is wrong with it.

    Keys are the kind's columns, `from` and `to` as aware instants under `from_at` and `to_at`,
    both of which belong to the entry; `joined_on` and `left_on` are dates. What stands for any, or
    is not known, is None.
    """
    filled = {column: cells.get(column, "").strip() for column in kind.known}
    for column, cell in filled.items():
        if len(cell) > LONGEST_CELL:
            return BadCell(column, f"is longer than {LONGEST_CELL:,} characters")
    any_or_one = {
        column: None if filled[column] in {"", "*"} else filled[column] for column in kind.optional
    }
    wrong = _missing(kind, filled, any_or_one)
    if wrong is not None:
        return wrong
    entry: Entry = {**{column: filled[column] for column in kind.required}, **any_or_one}
    if kind.is_dated:
        span = _span(filled["from"], filled["to"], zone)
        if isinstance(span, BadCell):
            return span
        entry |= {"from_at": span[0], "to_at": span[1]}
        if not kind.is_listed:
            entry["reason"] = filled["reason"]
    return _checked(entry, zone)


def _missing(
    kind: Kind, filled: Mapping[str, str], any_or_one: Mapping[str, str | None]
) -> BadCell | None:
    for column in kind.required:
        if filled[column] in {"", "*"}:
            return BadCell(column, "must name one")
    for group in kind.one_of:
        if all(any_or_one[column] is None for column in group):
            return BadCell(group[0], f"is empty, and so is {' and '.join(group[1:])}")
    for one, other in kind.either:
        if any_or_one[one] and any_or_one[other]:
            return BadCell(other, f"stands beside a {one}; give one of the two")
    if "reason" in kind.needed and not filled["reason"]:
        return BadCell("reason", "is empty; without a reason nothing is explained")
    return None


def _span(begins: str, ends: str, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime] | BadCell:
    from_at = _instant(begins, zone, at_end=False) if begins else OPEN_FROM
    if from_at is None:
        return BadCell("from", _EXPECTED_WHEN)
    to_at = _instant(ends, zone, at_end=True) if ends else OPEN_TO
    if to_at is None:
        return BadCell("to", _EXPECTED_WHEN)
    if to_at < from_at:
        return BadCell("to", "is before 'from'")
    return from_at, to_at


def moment(text: str, zone: ZoneInfo) -> dt.datetime | None:
    """Return the instant that a cell names by day and time of day, in UTC; None where none."""
    match = _WHEN.fullmatch(unicodedata.normalize("NFKC", text))
    return None if match is None or match[4] is None else _instant(text, zone, at_end=False)


def needs_offset(text: str, zone: ZoneInfo) -> bool:
    """Return whether a cell names a local time that clocks leap over, or that comes twice."""
    time = _placed(text, zone, at_end=False)
    return time is not None and time.utcoffset() != time.replace(fold=1).utcoffset()


@lru_cache(maxsize=10_000)
def _instant(text: str, zone: ZoneInfo, *, at_end: bool) -> dt.datetime | None:
    """The instant that a cell names, None when it names none; a day's begin or its last moment."""
    time = _placed(text, zone, at_end=at_end)
    return None if time is None else time.astimezone(dt.UTC)


def _placed(text: str, zone: ZoneInfo, *, at_end: bool) -> dt.datetime | None:
    """The same in the zone that it is written in."""
    match = _WHEN.fullmatch(unicodedata.normalize("NFKC", text))
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        midnight = dt.datetime(int(year), int(month), int(day), tzinfo=zone)
        if not OPEN_FROM.year < midnight.year < OPEN_TO.year:  # 9999-12-31 means no end
            return OPEN_FROM if midnight.year <= OPEN_FROM.year else OPEN_TO
        if hour is None:
            instant = midnight
            if at_end:
                instant = midnight + dt.timedelta(days=1) - dt.timedelta(microseconds=1)
        else:
            next_day = int(hour) == 24 and int(minute) == int(second or 0) == 0  # noqa: PLR2004
            instant = midnight.replace(
                hour=0 if next_day else int(hour),
                minute=int(minute),
                second=int(second or 0),
                microsecond=int((fraction or "").ljust(6, "0")),
                tzinfo=zone if offset is None else _offset(offset),
            ) + dt.timedelta(days=next_day)
    except ValueError:
        return None
    return instant


def _offset(text: str) -> dt.timezone:
    if text == "Z":
        return dt.UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    length = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return dt.timezone(-length if text[0] == "-" else length)


def _checked(entry: Entry, zone: ZoneInfo) -> Entry | BadCell:
    """The entry with the cells that have a form of their own in the form that the lake has."""
    read: Entry = {}
    for column, reader in _READERS.items():
        cell = entry.get(column)
        if cell is not None:
            found = reader(column, str(cell), zone)
            if isinstance(found, BadCell):
                return found
            read |= found
    for first, last in (("joined_on", "left_on"), ("opened_on", "closed_on")):
        begin, end = read.get(first), read.get(last)
        if isinstance(begin, dt.date) and isinstance(end, dt.date) and end < begin:
            return BadCell(last, f"is before '{first}'")
    if read.get("kind") == _RELATION and entry["user"] is None:
        return BadCell("user", "is empty; name the user whose relation it is")
    return entry | read


def _country(column: str, cell: str, _: ZoneInfo) -> Entry | BadCell:
    code = unicodedata.normalize("NFKC", cell).upper()
    if code not in _countries():
        return BadCell(column, "is no code of ISO 3166-1 such as JP, US or GB")
    return {column: code}


def _network(column: str, cell: str, _: ZoneInfo) -> Entry | BadCell:
    try:
        block = ipaddress.ip_network(cell, strict=False)
    except ValueError:
        return BadCell(column, "is no address or network such as 192.0.2.0/24")
    if block.prefixlen < _NARROW_ENOUGH[block.version]:
        return BadCell(column, f"is wider than /{_NARROW_ENOUGH[block.version]}")
    return {
        "network": str(block),
        "prefix": _prefix(block),
        "first_key": address_key(block[0]),
        "last_key": address_key(block[-1]),
    }


def _user_type(column: str, cell: str, _: ZoneInfo) -> Entry | BadCell:
    if cell not in _USER_TYPES:
        return BadCell(column, f"is none of {', '.join(sorted(_USER_TYPES))}")
    return {column: cell}


def _watch_kind(column: str, cell: str, _: ZoneInfo) -> Entry | BadCell:
    if cell.lower() not in WATCH_KINDS:
        return BadCell(column, f"is none of {', '.join(WATCH_KINDS)}")
    return {column: cell.lower()}


def _level(column: str, cell: str, _: ZoneInfo) -> Entry | BadCell:
    if cell not in _LEVELS:
        return BadCell(column, "is no management level from 0 to 3")
    return {column: int(cell)}


def _day(column: str, cell: str, zone: ZoneInfo) -> Entry | BadCell:
    instant = _instant(cell, zone, at_end=False)
    if instant is None:
        return BadCell(column, _EXPECTED_WHEN)
    is_open = instant in {OPEN_FROM, OPEN_TO}  # 9999-12-31 means no end
    return {column: None if is_open else instant.astimezone(zone).date()}


_READERS: Mapping[str, Callable[[str, str, ZoneInfo], Entry | BadCell]] = {
    "country": _country,
    "network": _network,
    "type": _user_type,
    "level": _level,
    "kind": _watch_kind,
    "joined_on": _day,
    "left_on": _day,
    "opened_on": _day,
    "closed_on": _day,
}


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    codes = map(str, Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2)  # noqa: PLR2004


def _prefix(block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    """How the text of every address in a network begins; zeros of IPv6 may be left out there."""
    mark, ends = (".", {""}) if block.version == 4 else (":", {"", "0"})  # noqa: PLR2004
    shared = itertools.takewhile(
        lambda pair: pair[0] == pair[1] and pair[0] not in ends,
        zip(*(str(one).split(mark)[:-1] for one in (block[0], block[-1])), strict=False),
    )
    return "".join(part + mark for part, _ in shared)
