"""What is searched for: one value of a kind, over a range of days."""

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote

from pipelines.errors import UsageError
from pipelines.text.messages import message

Kind = Literal["subject", "account", "person", "address", "network", "path", "finding"]
KINDS: tuple[Kind, ...] = get_args(Kind)

DEFAULT_DAYS = 30
LONGEST_DAYS = 400
"""Days of one search: as long as rows of the access log are kept by default."""
LONGEST_VALUE = 2000
"""Characters of a value: a path may be long."""
_LONGEST_NUMBER = 20  # digits; with more zeros in front a number is found only as it is written
_WIDEST = {4: 8, 6: 16}  # bits; a wider network is most of the internet
_PSEUDONYM = re.compile(r"[0-9a-f]{20}")
_FINDING = re.compile(r"[0-9a-f]{16,20}")
_ESCAPE = re.compile("%[0-9A-F]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Question:
    """A value of a kind, from the first to the last day, both in the configured time zone.

    An address is canonical, a network too (`192.0.2.0/24`); a path ends in `*` where all that
    begin so are meant; a finding may be named by its case.
    """

    kind: Kind
    value: str
    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many days it is about."""
        return (self.last - self.first).days + 1

    @property
    def network(self) -> Network:
        """The network that is asked for."""
        return ipaddress.ip_network(self.value)

    @property
    def spellings(self) -> tuple[str, ...]:
        """The forms in which logs may have the value."""
        if self.kind == "subject":  # a spreadsheet takes leading zeros for nothing
            number = self.value.lstrip("0") or "0"
            digits = _LONGEST_NUMBER if number.isascii() and number.isdigit() else len(number)
            padded = (number.zfill(length) for length in range(len(number), digits + 1))
            return tuple(dict.fromkeys((self.value, *padded)))
        if self.kind == "path":  # logs have a path as it was sent, mostly percent-encoded
            path = self.value.removesuffix("*")
            sent = quote(path, safe="/%:@!$&'()*+,;=~-._")
            lower = _ESCAPE.sub(lambda found: found[0].lower(), sent)
            return tuple(dict.fromkeys((path, sent, lower)))
        return (self.value,)


def question(
    kind: str,
    value: str,
    days: tuple[dt.date, dt.date],
    today: dt.date,
    kinds: Sequence[Kind] = KINDS,
    *,
    is_pseudonymous: bool = False,
) -> Question:
    """Return what is asked, in canonical form; `days` are the first and the last.

    With `is_pseudonymous` a value must be a pseudonym: what looks like none is refused before
    anything is read, so that nobody learns by guessing whose it is.

    Raises:
        UsageError: a kind that is none of `kinds`, no value of that kind, or no range of days.
    """
    chosen = next((one for one in kinds if one == kind), None)
    if chosen is None:
        raise UsageError(message("search.question.kind"))
    value = value.strip()
    if not value:
        raise UsageError(message("search.question.value_missing"))
    if len(value) > LONGEST_VALUE or _CONTROL.search(value):
        raise UsageError(message("search.question.value_long", most=LONGEST_VALUE))
    if is_pseudonymous:
        if not _PSEUDONYM.fullmatch(value):
            raise UsageError(message("search.question.pseudonym"))
    else:
        value = _canonical(chosen, value)
    _require_days(*days, today)
    return Question(chosen, value, *days)


def _canonical(kind: Kind, value: str) -> str:
    if kind == "address":
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            raise UsageError(message("search.question.address")) from None
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return str(mapped or address)
    if kind == "network":
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            raise UsageError(message("search.question.network")) from None
        if network.prefixlen < _WIDEST[network.version]:
            raise UsageError(message("search.question.network_wide"))
        return str(network)
    if kind == "path" and (not value.startswith("/") or "?" in value):
        raise UsageError(message("search.question.path"))
    if kind == "finding" and not _FINDING.fullmatch(value):
        raise UsageError(message("search.question.finding"))
    return value


def _require_days(first: dt.date, last: dt.date, today: dt.date) -> None:
    if first > last:
        raise UsageError(message("search.question.days_order"))
    if last > today:
        raise UsageError(message("search.question.days_future"))
    if (last - first).days >= LONGEST_DAYS:
        raise UsageError(message("search.question.days_many", most=LONGEST_DAYS))
