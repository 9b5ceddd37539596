"""The examples of detectors that fire, as they are and with what an outsider sends beside them."""

import datetime as dt
import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

import yaml

from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Finding
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected, only

_LINE = re.compile(
    r'\S+ \S+ (?P<user>\S+) \[(?P<stamp>[^\]]+)\] "\S+ (?P<path>\S+) [^"]*" (?P<status>\d+) \S+'
    r' "[^"]*" "[^"]*"(?: "(?P<session>[^"]*)")?'
)
_FIELDS = re.compile(
    r'(?P<host>\S+) \S+ (?P<user>[^\s\\]+) \[(?P<time>[^\]]+)\] "(?P<request>[^"\\]*)"'
    r' (?P<status>\d+) (?P<bytes>\S+) "(?P<referrer>[^"\\]*)" "(?P<agent>[^"\\]*)" "-"'
)
_JSON = {"json": {name: name for name in _FIELDS.groupindex}, "time_form": "clf"}
_PLACE = re.compile(r"\bw[0-9]+-")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
)
Key = tuple[str, str, str, str]
Found = dict[Path, dict[Key, Finding]]


def outsider(world: scenario.Scenario, number: int) -> scenario.Scenario:
    """Return the world with what an outsider sends to each site on the day examined."""
    lines = {site: dict(days) for site, days in world.lines.items()}
    for site in world.sites:
        today = lines.get(site["id"], {}).get(world.date, [])
        parsed = [found for line in today if (found := _LINE.fullmatch(line))]
        if parsed and len(parsed) == len(today):
            sent = sorted(_sent(world.date, number, parsed), key=_instant)
            lines[site["id"]][world.date] = list(_between(today, sent))
    return replace(world, lines=lines)


def _sent(day: dt.date, number: int, seen: list[re.Match[str]]) -> Iterator[str]:
    """Yield lines of somebody whom the server lets in nowhere, from many networks and browsers."""

    def different(name: str, status: str = "") -> list[str]:
        met = [found[name] for found in seen if status in {"", found["status"]}]
        return [one for one in dict.fromkeys(met) if one not in {None, "-"}]

    sessions = different("session")[:6] or ["-"]
    users, paths = different("user")[:1], different("path", "200")[:10]
    page = paths[0] if paths else "/"
    ghosts = [f"st-77{number}{place}" for place in range(6)]
    requests = [
        # Refused, in the name of others and with their sessions.
        *((1, page, 401, user, session)
          for session in sessions for user in (ghosts[0], *users) for _ in range(6)),
        # Log-ins in somebody's name, from several networks.
        *((place, "/login", 401, user, "-") for place in range(6) for user in users * 3),
        # Sessions of nobody that move between networks and browsers.
        *((place, page, 302, "-", f"made-up-{cookie}")
          for cookie in range(12) for place in range(4) for _ in range(2)),
        # The same records and pages, asked for in vain.
        *((place, path, 403, user, "-")
          for place, user in enumerate(("-", "-", *ghosts)) for path in paths),
        *((place, path, 404, "-", "-") for place in range(3) for path in different("path", "404")),
    ]  # fmt: skip
    clock = dt.datetime.combine(day, dt.time(0, 30), scenario.ZONE)
    for place, path, status, user, session in requests:
        clock += dt.timedelta(seconds=61)
        method = "POST" if path == "/login" else "GET"
        line = (
            f"{216 + place}.{number // 200}.{number % 200}.7 - {user}"
            f' [{clock:%d/%b/%Y:%H:%M:%S %z}] "{method} {path} HTTP/1.1" {status} 150 "-"'
            f' "{_AGENTS[place % len(_AGENTS)]}"'
        )
        yield line if seen[0]["session"] is None else f'{line} "{session}"'


def _between(lines: list[str], sent: list[str]) -> Iterator[str]:
    """Yield the lines in their order, and before each what was sent until then."""
    waiting = deque(sent)
    for line in lines:
        while waiting and _instant(waiting[0]) <= _instant(line):
            yield waiting.popleft()
        yield line
    yield from waiting


def _instant(line: str) -> dt.datetime:
    stamp = line.partition("[")[2].partition("]")[0]
    return dt.datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z")


def found_in_each(
    folder: Path,
    make: Callable[[Path, int], scenario.Scenario | None],
    detectors: AbstractSet[str] = frozenset(),
) -> Found:
    """Return what is found of each example that fires, made into a world, by whom it names.

    Of those of some detectors, if any are given.
    """
    crowds: dict[object, dict[Path, scenario.Scenario]] = {}
    for number, path in enumerate(EXAMPLES, 1):
        if not path.stem.startswith("fires"):
            continue
        if detectors and path.parent.name not in detectors:
            continue
        world = make(path, number)
        if world is not None:
            alone = path if world.alone is True else world.alone
            crowds.setdefault((world.date, str(world.settings), alone), {})[path] = world
    found: Found = {}
    for count, worlds in enumerate(crowds.values()):
        into = folder / str(count)
        into.mkdir(parents=True)
        is_one = len(worlds) == 1
        crowd = list(worlds.values())
        with only(load_catalogue().keys()):
            all_found = detected(into, crowd[0] if is_one else scenario.merged(crowd))
        for place, path in enumerate(worlds):
            own = [one for one in all_found if is_one or f"{one.site_id}".startswith(f"w{place}-")]
            found[path] = {_key(one): one for one in own}
    return found


def written_otherwise(world: scenario.Scenario) -> scenario.Scenario:
    """Return the world with the same requests in JSON, in files that end in the middle of days.

    Sites with a format of their own, with sessions, or with lines that are no requests keep their
    lines; a world in which a file comes twice keeps its files.
    """
    if world.again:
        return world
    sites, lines = [], {}
    for site in world.sites:
        days = world.lines.get(site["id"], {})
        told = {day: [_FIELDS.fullmatch(line) for line in own] for day, own in days.items()}
        if site["format"] == scenario.FORMAT and all(map(all, told.values())):
            sites.append({**site, "format": _JSON})
            days = {
                day: [json.dumps(found.groupdict()) for found in own if found]
                for day, own in told.items()
            }
        else:
            sites.append(site)
        lines[site["id"]] = dict(_cut_elsewhere(days))
    return replace(world, sites=sites, lines=lines)


def _cut_elsewhere(
    days: dict[dt.date, list[str]],
) -> Iterator[tuple[dt.date, list[str]]]:
    left: list[str] = []
    for day in sorted(days):
        half = len(days[day]) // 2
        yield day, [*left, *days[day][:half]]
        left = days[day][half:]
    if days:
        yield max(days) + dt.timedelta(days=1), left


def is_excepted(law: str, detector: str, example: str) -> bool:
    """Return whether the detector says of itself that it cannot keep a law in an example."""
    return any(
        one.law == law and (not one.examples or example in one.examples)
        for one in load_catalogue()[detector].exceptions
    )


def _key(finding: Finding) -> Key:
    # The key by which sessions are told is another in each lake.
    actor = "" if finding.actor_kind == "session" else finding.actor
    site = _PLACE.sub("", f"{finding.site_id}")
    return finding.detector, finding.actor_kind, _PLACE.sub("", actor), site


def beside(path: Path, number: int) -> scenario.Scenario:
    """Return an example with the outsider beside it."""
    return outsider(scenario.load(path, number), number)


def less_grave(before: Found, after: Found) -> list[tuple[str, str, str | None]]:
    """Return the examples of which the detector's own finding is gone, or less than it was.

    By whom it names, as found and as shown.
    """
    less: list[tuple[str, str, str | None]] = []
    for path, findings in after.items():
        for key, one in before[path].items():
            if one.detector == path.parent.name and one.severity.needs_a_look:
                now = findings.get(key)
                if (
                    now is None
                    or now.severity.rank > one.severity.rank
                    or now.severity_found.rank > one.severity_found.rank
                ):
                    less.append((path.parent.name, path.stem, str(now.severity) if now else None))
    return less


def newly_named(before: Found, after: Found) -> list[tuple[object, ...]]:
    """Return the users about whom something is found that was not before."""
    return [
        (path.parent.name, path.stem, one.detector, one.actor)
        for path, findings in after.items()
        for key, one in findings.items()
        if one.actor_kind == "user" and one.severity.needs_a_look and key not in before[path]
    ]


def disguised(path: Path, number: int) -> scenario.Scenario | None:
    """Return an example about an address, with a page of the site as referrer and a cookie."""
    if path.suffix == ".log":
        return None
    world = yaml.safe_load(scenario.apart(path.read_text(encoding="utf-8"), number))
    own = [one for one in world["traffic"] if one["days"] == 0 and "user" not in one]
    own = [one for one in own if not {"raw", "again"} & one.keys()]
    if world["expect"].get("actor_kind") != "ip" or not own:
        return None
    for one in own:
        one.setdefault("session", "made-up")
        one.setdefault("referrer", f"https://{one.get('site', 'site')}.example/")
    return scenario.of_text(yaml.safe_dump(world, allow_unicode=True), number)
