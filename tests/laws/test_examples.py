"""Laws that hold for all detectors, tried over each of their examples that fires.

- An outsider lowers nothing: what anybody may send changes no finding about somebody else, and
  gives nobody who is named one. Beside each example somebody whom no server lets in sends what
  costs nothing: refused requests that name users and carry the sessions of others, refused requests
  for the same records, redirected ones with invented cookies.
- More is never less: twice as much of what was done on the day is found at least as gravely.
- Names do not matter: other users, addresses and sites, and nothing else is another.
"""

import datetime as dt
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import Finding
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES, detected, only

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(900)]

_LINE = re.compile(
    r'\S+ \S+ (?P<user>\S+) \[(?P<stamp>[^\]]+)\] "\S+ (?P<path>\S+) [^"]*" (?P<status>\d+) \S+'
    r' "[^"]*" "[^"]*"(?: "(?P<session>[^"]*)")?'
)
_PLACE = re.compile(r"\bw[0-9]+-")
# How much there is, and whether anything is missing: whoever sends lines sends lines.
_OF_LINES_ALONE = frozenset({"log-gap", "volume-anomaly"})
_Key = tuple[str, str, str, str]
_Found = dict[Path, dict[_Key, Finding]]


def _outsider(world: scenario.Scenario, number: int) -> scenario.Scenario:
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
    def different(name: str) -> list[str]:
        return [
            one for one in dict.fromkeys(found[name] for found in seen) if one not in {None, "-"}
        ]

    sessions, users = different("session"), different("user")
    paths = list(dict.fromkeys(found["path"] for found in seen if found["status"] == "200"))[:10]
    clock = dt.datetime.combine(day, dt.time(0, 30), scenario.ZONE)

    def line(place: int, path: str, status: int, user: str = "-", session: str = "-") -> str:
        nonlocal clock
        clock += dt.timedelta(seconds=61)
        start = (
            f"223.{number // 200}.{number % 200}.{place} - {user} [{clock:%d/%b/%Y:%H:%M:%S %z}]"
            f' "GET {path} HTTP/1.1" {status} 150 "-" "Mozilla/5.0 (X11; Linux x86_64)"'
        )
        return start if seen[0]["session"] is None else f'{start} "{session}"'

    for session in sessions[:6] or ["-"]:
        for user in (f"st-77{number}", *users[:1]):
            for _ in range(6):
                yield line(1, paths[0] if paths else "/", 401, user, session)
    for cookie in range(12):
        for place in range(4):
            yield line(20 + place, "/", 302, session=f"made-up-{cookie}")
    for place in range(3):
        for path in paths:
            yield line(40 + place, path, 403)


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


def _found(folder: Path, make: Callable[[Path, int], scenario.Scenario | None]) -> _Found:
    """Return what is found of each example that fires, made into a world, by whom it names."""
    crowds: dict[object, dict[Path, scenario.Scenario]] = {}
    for number, path in enumerate(EXAMPLES, 1):
        if not path.stem.startswith("fires") or path.parent.name in _OF_LINES_ALONE:
            continue
        world = make(path, number)
        if world is not None:
            alone = path if world.alone is True else world.alone
            crowds.setdefault((world.date, str(world.settings), alone), {})[path] = world
    found: _Found = {}
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


def _key(finding: Finding) -> _Key:
    # The key by which sessions are told is another in each lake.
    actor = "" if finding.actor_kind == "session" else finding.actor
    site = _PLACE.sub("", f"{finding.site_id}")
    return finding.detector, finding.actor_kind, _PLACE.sub("", actor), site


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> _Found:
    """What is found of the examples as they are."""
    return _found(tmp_path_factory.mktemp("as-it-is"), scenario.load)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> _Found:
    """What is found with the outsider beside them."""

    def made(path: Path, number: int) -> scenario.Scenario:
        return _outsider(scenario.load(path, number), number)

    return _found(tmp_path_factory.mktemp("beside"), made)


def _own(path: Path, findings: dict[_Key, Finding]) -> list[Finding]:
    return [one for one in findings.values() if one.detector == path.parent.name]


def test_no_finding_about_somebody_else_is_lost_or_less(alone: _Found, beside: _Found) -> None:
    """As grave as it was, as found and as shown, and about the same actor."""
    less = []
    for path, findings in alone.items():
        for key, one in findings.items():
            if one.detector == path.parent.name and one.severity.needs_a_look:
                now = beside[path].get(key)
                if (
                    now is None
                    or now.severity.rank > one.severity.rank
                    or now.severity_found.rank > one.severity_found.rank
                ):
                    less.append((path.parent.name, path.stem, now and str(now.severity)))
    assert less == []
    assert sum(len(findings) for findings in alone.values()) > len(alone) > 100


def test_nobody_who_is_named_gets_a_finding(alone: _Found, beside: _Found) -> None:
    """Whoever is refused may have named anybody."""
    innocent = [
        (path.parent.name, path.stem, one.detector, one.actor)
        for path, findings in beside.items()
        for key, one in findings.items()
        if one.actor_kind == "user" and one.severity.needs_a_look and key not in alone[path]
    ]
    assert innocent == []


def _doubled(path: Path, number: int) -> scenario.Scenario | None:
    """Return the world with twice the requests of what is done on the day alone."""
    if path.suffix == ".log":
        return None
    world = yaml.safe_load(scenario.apart(path.read_text(encoding="utf-8"), number))
    of_day = [
        one
        for one in world["traffic"]
        if one["days"] == 0 and one["count"] > 1 and not {"raw", "again"} & one.keys()
    ]
    for one in of_day:
        one["count"] *= 2
    return scenario.of_text(yaml.safe_dump(world, allow_unicode=True), number) if of_day else None


def test_more_of_the_same_is_never_less(
    alone: _Found, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As grave as what is found of half as much, at least."""
    more = _found(tmp_path_factory.mktemp("more"), _doubled)
    less = []
    for path, findings in more.items():
        once, twice = (
            min((one.severity_found.rank for one in _own(path, of)), default=None)
            for of in (alone[path], findings)
        )
        if once is not None and (twice is None or twice > once):
            less.append((path.parent.name, path.stem, once, twice))
    assert less == []
    assert len(more) > 80


def test_names_do_not_matter(alone: _Found, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The same is found of other users and addresses, to the score."""

    def renamed(path: Path, number: int) -> scenario.Scenario:
        return scenario.load(path, number + len(EXAMPLES))

    def figures(path: Path, findings: dict[_Key, Finding]) -> list[tuple[object, ...]]:
        return sorted(
            (one.detector, one.actor_kind, one.severity, one.severity_found, one.score,
             one.event_count, one.subject_count)
            for one in _own(path, findings)
        )  # fmt: skip

    others = _found(tmp_path_factory.mktemp("renamed"), renamed)
    assert [
        (path.parent.name, path.stem, figures(path, findings), figures(path, others[path]))
        for path, findings in alone.items()
        if figures(path, findings) != figures(path, others[path])
    ] == []
