"""Laws that hold for all detectors, tried over each of their examples that fires.

- An outsider lowers nothing: what anybody may send changes no finding about somebody else, and
  gives nobody who is named one. Beside each example somebody whom no server lets in sends what
  costs nothing: refused requests that name users and carry the sessions of others, refused log-ins,
  requests for the same records and pages, redirected ones with invented cookies.
- A header is no disguise: a referrer, an invented cookie and the name of a common browser make
  nothing less of what a stranger does.
- More is never less: twice as much of what was done on the day is found at least as gravely.
- Names do not matter: other users, addresses and sites, and nothing else is another.

A detector that cannot keep one says so in its header (`exceptions`), with the reason.
"""

from pathlib import Path

import pytest
import yaml

from pipelines.findings import Finding
from tests.detect import scenario
from tests.detect.replayed import EXAMPLES
from tests.laws.examples import (
    Found,
    Key,
    beside,
    disguised,
    found_in_each,
    is_excepted,
    less_grave,
    newly_named,
    written_otherwise,
)

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found of the examples as they are."""
    return found_in_each(tmp_path_factory.mktemp("as-it-is"), scenario.load)


@pytest.fixture(scope="module")
def with_outsider(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What is found with the outsider beside them."""
    return found_in_each(tmp_path_factory.mktemp("beside"), beside)


def test_no_finding_about_somebody_else_is_lost_or_less(alone: Found, with_outsider: Found) -> None:
    """As grave as it was, as found and as shown, and about the same actor."""
    less = less_grave(alone, with_outsider)
    assert [one for one in less if not is_excepted("outsider", one[0], one[1])] == [], less
    assert sum(len(findings) for findings in alone.values()) > len(alone) > 100


def test_nobody_who_is_named_gets_a_finding(alone: Found, with_outsider: Found) -> None:
    """Whoever is refused may have named anybody."""
    named = newly_named(alone, with_outsider)
    assert named == [], named


def test_a_header_is_no_disguise(alone: Found, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A stranger's requests with a page of the site as referrer and a session that nobody has."""
    found = found_in_each(tmp_path_factory.mktemp("disguised"), disguised)
    less = less_grave(alone, found)
    assert [one for one in less if not is_excepted("disguise", one[0], one[1])] == [], less
    assert len(found) > 30


def _own(path: Path, findings: dict[Key, Finding]) -> list[Finding]:
    return [one for one in findings.values() if one.detector == path.parent.name]


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
    alone: Found, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As grave as what is found of half as much, at least."""
    more = found_in_each(tmp_path_factory.mktemp("more"), _doubled)
    less = []
    for path, findings in more.items():
        once, twice = (
            min((one.severity_found.rank for one in _own(path, of)), default=None)
            for of in (alone[path], findings)
        )
        # More lines are less of a loss, for the two detectors that look at lines alone.
        is_of_lines = is_excepted("outsider", path.parent.name, "")
        if once is not None and (twice is None or twice > once) and not is_of_lines:
            less.append((path.parent.name, path.stem, once, twice))
    assert less == []
    assert len(more) > 80


def test_names_formats_and_files_do_not_matter(
    alone: Found, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same is found of other users and addresses, to the score.

    So it is of the same requests in another format, and in files that end elsewhere.
    """

    def renamed(path: Path, number: int) -> scenario.Scenario:
        return written_otherwise(scenario.load(path, number + len(EXAMPLES)))

    def figures(path: Path, findings: dict[Key, Finding]) -> list[tuple[object, ...]]:
        return sorted(
            (one.detector, one.actor_kind, one.severity, one.severity_found, one.score,
             one.event_count, one.subject_count)
            for one in _own(path, findings)
        )  # fmt: skip

    others = found_in_each(tmp_path_factory.mktemp("renamed"), renamed)
    assert [
        (path.parent.name, path.stem, figures(path, findings), figures(path, others[path]))
        for path, findings in alone.items()
        if figures(path, findings) != figures(path, others[path])
    ] == []
