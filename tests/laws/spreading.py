"""Ways to spread what is done in an example, and the examples that are then not found."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.detect import scenario
from tests.laws.examples import Found

_ADDRESSES = 100
_TIMES = 10
Traffic = dict[str, Any]
Spread = Callable[[int, Traffic], list[Traffic]]


def in_one_slash64(number: int, one: Traffic) -> list[Traffic]:
    """Return each request from another address of one /64."""
    return [{**one, "ip": f"3fff:{number:x}:64:1::{{i}}"}]


def over_a_hundred_addresses(number: int, one: Traffic) -> list[Traffic]:
    """Return ten times as much, from a hundred addresses of as many networks."""
    share, rest = divmod(_TIMES * one["count"], _ADDRESSES)
    return [
        {
            **one,
            "ip": f"3fff:{number:x}:{place:x}::1",
            "count": share + (place < rest),
            # What differs from request to request differs from address to address too.
            "request": re.sub(
                r"\{([ix])\}", rf"{{\1}}{place:02}", one.get("request", "GET / HTTP/1.1")
            ),
        }
        for place in range(_ADDRESSES)
    ]


def over_many_browsers(_number: int, one: Traffic) -> list[Traffic]:
    """Return each request by another browser."""
    return [{**one, "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:{i}.0) Firefox/{i}.0"}]


def over_many_sessions(_number: int, one: Traffic) -> list[Traffic]:
    """Return each request with another session."""
    return [{**one, "session": "new{x}"}]


def over_twice_the_time(_number: int, one: Traffic) -> list[Traffic]:
    """Return the same, over twice the time."""
    begin, end = one["at"].split("-")
    first, last = (60 * int(text[:-3]) + int(text[-2:]) for text in (begin, end))
    until = min(2 * last - first, 24 * 60 - 1)
    return [{**one, "at": f"{begin}-{until // 60:02}:{until % 60:02}"}]


def is_nameless(one: Traffic, traffic: list[Traffic]) -> bool:
    """Whether it comes from one address at which the log names nobody."""
    of_users = {other.get("ip") for other in traffic if {"user", "session"} & other.keys()}
    ip = one.get("ip")
    return ip not in of_users and "{" not in (ip or "") and not {"user", "session"} & one.keys()


def is_all(one: Traffic, traffic: list[Traffic]) -> bool:
    """Whether it is all that its address and its user do on the day."""
    return not any(
        other is not one and other["days"] == 0 and other.get(key) == one.get(key)
        for other in traffic
        for key in ("ip", "user", "session")
        if one.get(key) is not None
    )


def spread(
    over: Spread, may: Callable[[Traffic, list[Traffic]], bool]
) -> Callable[[Path, int], scenario.Scenario | None]:
    """Return what makes an example's world with all that `may` be spread on the day spread."""

    def make(path: Path, number: int) -> scenario.Scenario | None:
        if path.suffix == ".log":
            return None
        world = yaml.safe_load(scenario.apart(path.read_text(encoding="utf-8"), number))
        before = world["traffic"]
        world["traffic"] = [
            part
            for one in before
            for part in (
                over(number, one)
                if one["days"] == 0
                and one["count"] > 1
                and not {"raw", "again"} & one.keys()
                and may(one, before)
                else [one]
            )
        ]
        if world["traffic"] == before:
            return None
        return scenario.of_text(yaml.safe_dump(world, allow_unicode=True), number)

    return make


def hidden(before: Found, after: Found) -> list[tuple[str, str]]:
    """Return the examples about an actor that no detector of the same category finds any more."""
    gone = []
    for path, findings in after.items():
        detector = path.parent.name
        own = [
            one
            for one in before[path].values()
            if one.detector == detector and one.actor_kind != "site"
        ]
        told = {one.category for one in findings.values() if one.severity != "info"}
        if any(one.severity_found.needs_a_look and one.category not in told for one in own):
            gone.append((detector, path.stem))
    return gone
