"""The register of disclosures: what left the team and what came in, kept as chained records.

Who provides personal data to others records when, to whom, whose and which items; who receives
it does the same (Articles 29 and 30 of the APPI, policy 3, 4 and 6). Names of the persons
concerned are not repeated here: the register says whose data by day, site or case, and by keyed
hashes where single persons are meant.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from pipelines.records.chain import Records
from pipelines.records.entry import Act, Entry, Series
from pipelines.records.evidence import KEY_PURPOSE, keyed
from pipelines.settings.disclosures import Recipient, Route
from pipelines.settings.names import Ground

KEPT_DAYS = 3 * 366

Direction = Literal["out", "in"]


@dataclass(frozen=True)
class Disclosure:
    """One provision or receipt; `whose` in words, `subjects` as keyed hashes.

    `name`, `address`, `country` (ISO 3166-1 alpha-2) and `ground` are those of the other side,
    None where settings do not say them; `on` is the local day on which it happened. `sha256` is of
    what left; in the register it is keyed (`hmac-sha256:…`), but for entries of earlier releases.
    """

    direction: Direction
    route: Route | Literal["by hand"]
    on: dt.date
    name: str | None
    address: str | None
    country: str | None
    ground: Ground | None
    whose: str
    items: tuple[str, ...]
    reached: tuple[str, ...] = ()
    sha256: str | None = None
    subjects: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Registered:
    """A disclosure as it stands in the register: its number, instant and author; `rows` given."""

    seq: int
    at: str
    who: str
    rows: int | None
    disclosure: Disclosure

    def as_values(self) -> dict[str, Any]:
        """Return it flat, JSON-ready."""
        values = asdict(self.disclosure)
        lists = {name: list(values[name]) for name in ("items", "reached", "subjects")}
        return {
            "seq": self.seq,
            "at": self.at,
            "who": self.who,
            **values,
            **lists,
            "on": self.disclosure.on.isoformat(),
            "rows": self.rows,
        }


def register(
    records: Records, disclosure: Disclosure, at: dt.datetime, rows: int | None = None
) -> Registered:
    """Put a disclosure into the register at the aware instant `at`, its digest keyed.

    Raises:
        MimamoriError: it cannot be put on record.
    """
    if disclosure.sha256 is not None:
        digest = keyed(disclosure.sha256, records.derived_key(KEY_PURPOSE))
        disclosure = replace(disclosure, sha256=digest)
    about = asdict(disclosure) | {"on": disclosure.on.isoformat()}
    what = "disclosure" if disclosure.direction == "out" else "receipt"
    return _registered(records.append(Series.DISCLOSURES, Act(what, about, rows), at))


def without_values(records: Records, disclosure: Disclosure, values: Sequence[str]) -> Disclosure:
    """Return it with a keyed hash (`#…`) for each of `values`, in `subjects` and in every text.

    A value within a longer number or word is another's.
    """
    if not values:
        return disclosure
    longest = sorted(values, key=len, reverse=True)
    hashes = [f"#{records.hashed(value)}" for value in longest]
    pattern = re.compile("|".join(f"({_alone(value)})" for value in longest), re.IGNORECASE)

    def hidden(text: str) -> str:
        return pattern.sub(lambda found: hashes[(found.lastindex or 1) - 1], text)

    return replace(
        disclosure,
        name=disclosure.name and hidden(disclosure.name),
        address=disclosure.address and hidden(disclosure.address),
        whose=hidden(disclosure.whose),
        items=tuple(map(hidden, disclosure.items)),
        note=disclosure.note and hidden(disclosure.note),
        subjects=tuple(f"#{records.hashed(value)}" for value in values),
    )


def _alone(value: str) -> str:
    sides = {edge: _like(value[edge]) for edge in (0, -1)}
    return f"(?<!{sides[0]}){re.escape(value)}(?!{sides[-1]})"


def _like(letter: str) -> str:
    """What goes on with a number or a word that ends so; nothing where words have no ends."""
    return "[0-9]" if letter.isdigit() else "[a-z]" if letter.isascii() else r"[^\s\S]"


def given(
    route: Route,
    recipient: Recipient | None,
    on: dt.date,
    whose: str,
    items: Sequence[str],
    reached: Sequence[str] = (),
    sha256: str | None = None,
) -> Disclosure:
    """Return what left the team by a route of the settings; `reached` are addresses or paths."""
    return Disclosure(
        direction="out",
        route=route,
        on=on,
        name=None if recipient is None else recipient.name,
        address=None if recipient is None else recipient.address,
        country=None if recipient is None else recipient.country,
        ground=None if recipient is None else recipient.ground,
        whose=whose,
        items=tuple(items),
        reached=tuple(reached),
        sha256=sha256,
    )


def recipient_of_franchise(franchise: str) -> Recipient:
    """Return a franchise where settings name none: it gets data as joint use (policy 6.4)."""
    return Recipient(name=f"franchise {franchise}", ground="joint_use")


def listed(
    records: Records, first: dt.date | None = None, last: dt.date | None = None
) -> list[Registered]:
    """Return the register in the order of its entries, of days from `first` to `last`."""
    found = [_registered(entry) for entry in records.entries(Series.DISCLOSURES)]
    return [
        one
        for one in found
        if (first is None or one.disclosure.on >= first)
        and (last is None or one.disclosure.on <= last)
    ]


def _registered(entry: Entry) -> Registered:
    about = dict(entry.about)
    about["on"] = dt.date.fromisoformat(about["on"])
    lists = {name: tuple(about[name]) for name in ("items", "reached", "subjects")}
    return Registered(entry.seq, entry.at, entry.who, entry.rows, Disclosure(**about | lists))
