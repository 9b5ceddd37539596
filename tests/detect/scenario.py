"""Small worlds for detector tests: a few lines of YAML become the log lines of many days.

alone: true                                # another world's traffic beside it would change it;
                                           #   a name: that of most, but not that of others so named
settings: {dormant_days: 30}               # keys of the settings file beside sites, all optional
site: {hours: business}                    # settings of the one site `site`, all optional …
sites: [{id: a, hours: always}, {id: b}]   # … or of several; each is completed the same way
context: {trips: [{user: st-1, …}]}        # CSV files that the settings' `context` names
date: 2026-11-19                           # the day that is examined
traffic:
  - days: -28..-1                          # relative to the date; 0 is the day itself
    on: working | off | all                # which of these days
    at: 09:00-17:00                        # spread evenly over this time of day
    count: 12                              # requests on each day
    vary: 3                                # … plus or minus this, by a fixed pattern
    site: a                                # the first site, where none is named
    ip: 192.0.2.1                          # {i} counts requests, {d} days, {u} users; {r} is {i}
    users: 10                              #   in a mixed order, {x} a hash of {i}, {u} and {d}
    user: st-{u}                           # repeat for {u} = 0…9
    session: s{u}                          # a session cookie; without one "-"
    request: "GET /customers/{i} HTTP/1.1"
    status: 200
    bytes: 512
    referrer: https://site.example/
    agent: "Mozilla/5.0"
    raw: "no log line at all"              # instead of a line
    again: true                            # the same lines come in a second file too
expect: {actor: st-1, severity: high}      # in fires.yaml: the one finding; with `findings: 3`
                                           #   the strongest of three
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.settings.calendar import working_days
from pipelines.settings.model import BusinessHours
from pipelines.text.yaml_text import read_yaml

ZONE = ZoneInfo("Asia/Tokyo")
FORMAT = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{sessionid}C"'
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
)


@dataclass(frozen=True)
class Scenario:
    """The lines of a world by site and day, the day examined, and what is expected of it.

    `again` are the lines that are delivered in a second file too.
    """

    date: dt.date
    lines: dict[str, dict[dt.date, list[str]]]
    again: dict[str, list[str]]
    sites: list[dict[str, Any]]
    settings: dict[str, Any]
    context: dict[str, list[dict[str, Any]]]
    expect: dict[str, Any]
    alone: bool | str

    @property
    def days(self) -> list[dt.date]:
        """Every day with lines, and the day examined."""
        return sorted({self.date, *(day for days in self.lines.values() for day in days)})


_ADDRESS = "192.0.2.1"  # where none is given
_ADDRESSES = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")
_NETWORK = re.compile(r"[0-9]+\.[0-9]+|[0-9a-f]+:[0-9a-f]+")  # of 16 or 32 bits
_USERS = re.compile(r"\b(st-|ct-|sv-|fr[0-9]+-|c(?=[0-9{]))", re.IGNORECASE)


def apart(text: str, number: int) -> str:
    """Return a world's text with users and addresses for examples that no other world has.

    Types of users stay what they are, and whatever shared a network still does. World 0 is as it is
    written.
    """
    if not number:
        return text
    for which, net in enumerate(_ADDRESSES):
        reserved = f"{240 + number % 15}.{3 * (number // 15) + which}.{number % 256}."
        text = text.replace(net, f"3fff:{number:x}:" if ":" in net else reserved)
    return _USERS.sub(rf"\g<1>{1000 + number}", text)


def load(path: Path, number: int = 0) -> Scenario:
    """Return the scenario in a YAML file, or the one day of a plain log file.

    With a number its people and places are `apart` from those of worlds of other numbers.
    """
    text = apart(path.read_text(encoding="utf-8"), number)
    if path.suffix == ".log":
        logged = text.splitlines()
        stamp = logged[0].partition("[")[2].partition("]")[0]
        date = dt.datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").astimezone(ZONE).date()
        combined = [{"id": "site", "format": "combined"}]
        return Scenario(date, {"site": {date: logged}}, {}, combined, {}, {}, {}, alone=False)
    return of_text(text, number)


def of_text(text: str, number: int = 0) -> Scenario:
    """Return the scenario in YAML whose people and places are `apart` already."""
    world = read_yaml(text)
    date = world["date"]
    sites = world.get("sites") or [world.get("site", {})]
    sites = [{"id": "site", "format": FORMAT, **site} for site in sites]
    stamped: list[tuple[dt.datetime, str, str]] = []
    again: list[tuple[dt.datetime, str, str]] = []
    for traffic in world["traffic"]:
        traffic.setdefault("ip", apart(_ADDRESS, number))
        site = traffic.get("site", sites[0]["id"])
        requests = [(instant, site, line) for instant, line in _requests(date, traffic)]
        stamped += requests
        again += requests if traffic.get("again") else []
    lines: dict[str, dict[dt.date, list[str]]] = {}
    for instant, site, line in sorted(stamped):
        lines.setdefault(site, {}).setdefault(instant.date(), []).append(line)
    second: dict[str, list[str]] = {}
    for _, site, line in sorted(again):
        second.setdefault(site, []).append(line)
    return Scenario(
        date,
        lines,
        second,
        sites,
        world.get("settings", {}),
        world.get("context", {}),
        world.get("expect", {}),
        world.get("alone", False),
    )


def merged(worlds: Sequence[Scenario]) -> Scenario:
    """Return one world of all sites of worlds of the same day and settings, each with a new id."""
    lines: dict[str, dict[dt.date, list[str]]] = {}
    again: dict[str, list[str]] = {}
    sites: list[dict[str, Any]] = []
    context: dict[str, list[dict[str, Any]]] = {}
    for number, world in enumerate(worlds):
        ids = {site["id"]: f"w{number}-{site['id']}" for site in world.sites}
        sites += [{**site, "id": ids[site["id"]]} for site in world.sites]
        lines |= {ids[site]: days for site, days in world.lines.items()}
        again |= {ids[site]: days for site, days in world.again.items()}
        for name, rows in world.context.items():
            context.setdefault(name, []).extend(
                {**row, "site": ids[row["site"]]} if row.get("site") else row for row in rows
            )
    return Scenario(
        worlds[0].date, lines, again, sites, worlds[0].settings, context, {}, alone=True
    )


def crowds(worlds: Sequence[Scenario]) -> list[list[int]]:
    """Return which of these worlds can lie in one lake without any being another world for it.

    They are of one day and the same settings, tell nothing of people and trips in `context`, and no
    network sends lines in two of them.
    """
    together: list[tuple[list[int], set[str]]] = []
    for number, world in enumerate(worlds):
        lines = (line for days in world.lines.values() for day in days.values() for line in day)
        networks = {found[0] for line in lines if (found := _NETWORK.match(line))}
        for numbers, taken in together:
            other = worlds[numbers[0]]
            if (other.date, other.settings) == (world.date, world.settings) and not (
                world.alone or other.alone or world.context or other.context or taken & networks
            ):
                numbers.append(number)
                taken.update(networks)
                break
        else:
            together.append(([number], networks))
    return [numbers for numbers, _ in together]


_KEYS = {
    *("days", "on", True, "at", "count", "vary", "site", "ip", "users", "user", "session"),
    *("request", "status", "bytes", "referrer", "agent", "raw", "again"),
}


def _requests(date: dt.date, traffic: dict[str, Any]) -> Iterator[tuple[dt.datetime, str]]:
    unknown = traffic.keys() - _KEYS
    if unknown:
        raise ValueError(f"traffic has no key {unknown.pop()!r}")
    before, after = _template(traffic)
    names = [name for name in "iduxr" if f"{{{name}}}" in before + after]
    begin, end = (_clock(text) for text in traffic["at"].split("-"))
    for number, day in enumerate(_days(date, traffic)):
        midnight = dt.datetime.combine(day, dt.time(), ZONE)
        date_of, zone_of = f"{midnight:%d/%b/%Y}", f"{midnight: %z}"
        for user in range(traffic.get("users", 1)):
            wave = (number * 7 + user * 3) % 5 - 2  # -2…2, the same on every run
            count = max(0, traffic["count"] + wave * traffic.get("vary", 0) // 2)
            values = {name: _values(name, count, user, number) for name in names}
            for index in range(count):
                second = begin + (end - begin) * index // count
                line = before
                if "raw" not in traffic:
                    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
                    line = f"{before}{date_of}:{clock}{zone_of}{after}"
                for name, of in values.items():
                    line = line.replace(f"{{{name}}}", of[index])
                yield midnight + dt.timedelta(seconds=second), line


def _values(name: str, count: int, user: int, day: int) -> list[str]:
    """What a name in braces stands for in each of so many requests."""
    match name:
        case "i":
            return list(map(str, range(count)))
        case "d":
            return [str(day)] * count
        case "u":
            return [str(user)] * count
    hashes = [_hash(index, user, day) for index in range(count)]
    return hashes if name == "x" else list(map(str, sorted(range(count), key=hashes.__getitem__)))


def _hash(*numbers: int) -> str:
    return hashlib.sha256(repr(numbers).encode()).hexdigest()[:12]


def _template(traffic: dict[str, Any]) -> tuple[str, str]:
    """What stands before and after the time in each line; where it is no log line, all of it."""

    def text(name: str, default: str) -> str:
        return str(traffic.get(name, default))

    if "raw" in traffic:
        return text("raw", ""), ""
    after = (
        f'] "{text("request", "GET / HTTP/1.1")}" {text("status", "200")} '
        f'{text("bytes", "512")} "{text("referrer", "-")}" "{text("agent", _AGENT)}" '
        f'"{text("session", "-")}"'
    )
    return f"{text('ip', _ADDRESS)} - {text('user', '-')} [", after


def _days(date: dt.date, traffic: dict[Any, Any]) -> list[dt.date]:
    text = str(traffic.get("days", 0))
    first, _, last = text.partition("..")
    days = [date + dt.timedelta(days=n) for n in range(int(first), int(last or first) + 1)]
    working = set(working_days(BusinessHours(), days[0], days[-1]))
    kind = traffic.get("on", traffic.get(True, "all"))  # YAML 1.1 reads a bare `on` as true
    return [day for day in days if kind == "all" or (day in working) == (kind == "working")]


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60
