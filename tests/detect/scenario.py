"""Small worlds for detector tests: a few lines of YAML become the log lines of many days.

site: {hours: business, resources: …}      # settings of the one site, all optional
date: 2026-11-19                           # the day that is examined
traffic:
  - days: -28..-1                          # relative to the date; 0 is the day itself
    on: working | off | all                # which of these days
    at: 09:00-17:00                        # spread evenly over this time of day
    count: 12                              # requests on each day
    vary: 3                                # … plus or minus this, by a fixed pattern
    ip: 192.0.2.1                          # {i} counts requests, {d} days, {u} users
    users: 10                              # repeat for {u} = 0…9
    user: st-{u}
    request: "GET /customers/{i} HTTP/1.1"
    status: 200
    agent: "Mozilla/5.0"
    again: true                            # the same lines come in a second file too
expect: {actor: st-1, severity: high}      # in fires.yaml: the one finding
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from pipelines.calendar import working_days
from pipelines.settings import BusinessHours

ZONE = ZoneInfo("Asia/Tokyo")
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
)


@dataclass(frozen=True)
class Scenario:
    """The lines of a world by day, the day examined, and what is expected of it.

    `again` are the lines that are delivered in a second file too.
    """

    date: dt.date
    lines: dict[dt.date, list[str]]
    again: list[str]
    site: dict[str, Any]
    expect: dict[str, Any]


def load(path: Path) -> Scenario:
    """Return the scenario in a YAML file, or the one day of a plain log file."""
    if path.suffix == ".log":
        lines = path.read_text(encoding="utf-8").splitlines()
        stamp = lines[0].partition("[")[2].partition("]")[0]
        date = dt.datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z").astimezone(ZONE).date()
        return Scenario(date, {date: lines}, [], {}, {})
    world = yaml.safe_load(path.read_text(encoding="utf-8"))
    date = world["date"]
    stamped: list[tuple[dt.datetime, str]] = []
    again: list[tuple[dt.datetime, str]] = []
    for traffic in world["traffic"]:
        requests = list(_requests(date, traffic))
        stamped += requests
        again += requests if traffic.get("again") else []
    lines: dict[dt.date, list[str]] = {}
    for instant, line in sorted(stamped):
        lines.setdefault(instant.date(), []).append(line)
    second = [line for _, line in sorted(again)]
    return Scenario(date, lines, second, world.get("site", {}), world.get("expect", {}))


def _requests(date: dt.date, traffic: dict[str, Any]) -> Iterator[tuple[dt.datetime, str]]:
    for number, day in enumerate(_days(date, traffic)):
        for user in range(traffic.get("users", 1)):
            wave = (number * 7 + user * 3) % 5 - 2  # -2…2, the same on every run
            count = max(0, traffic["count"] + wave * traffic.get("vary", 0) // 2)
            begin, end = (_clock(text) for text in traffic["at"].split("-"))
            for index in range(count):
                second = begin + (end - begin) * index // count
                midnight = dt.datetime.combine(day, dt.time(), ZONE)
                instant = midnight + dt.timedelta(seconds=second)
                yield instant, _line(traffic, instant, {"i": index, "d": number, "u": user})


def _line(traffic: dict[str, Any], instant: dt.datetime, values: dict[str, int]) -> str:
    def filled(text: str) -> str:
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    return (
        f"{filled(traffic.get('ip', '192.0.2.1'))} - {filled(traffic.get('user', '-'))} "
        f"[{instant:%d/%b/%Y:%H:%M:%S %z}] "
        f'"{filled(traffic.get("request", "GET / HTTP/1.1"))}" {traffic.get("status", 200)} 512 '
        f'"-" "{filled(traffic.get("agent", _AGENT))}"'
    )


def _days(date: dt.date, traffic: dict[str, Any]) -> list[dt.date]:
    text = str(traffic.get("days", 0))
    first, _, last = text.partition("..")
    days = [date + dt.timedelta(days=n) for n in range(int(first), int(last or first) + 1)]
    working = set(working_days(BusinessHours(), days[0], days[-1]))
    kind = traffic.get("on", "all")
    return [day for day in days if kind == "all" or (day in working) == (kind == "working")]


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60
