"""What earlier releases left comes up by migrations, with the findings of a new lake."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.detect.aggregates import TABLES
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_data_files, check_proofs
from pipelines.findings import Finding
from pipelines.lake import connection, schema
from pipelines.lake.keyed_ids import KeyedIds, unkeyed
from pipelines.paths import PROJECT_ROOT, SQL_DIR, Home
from pipelines.privacy.pseudonym import Pseudonyms
from tests import command_line
from tests.upgrade.killed import upgrade_killed, upgrade_killed_within
from tests.upgrade.world import (
    ALL_DAYS,
    CONFIG,
    LAKES,
    LINES,
    NEXT_NIGHT,
    TRIED,
    findings_of,
    lake_of,
    lay_logs,
    schema_of,
)

pytestmark = pytest.mark.lake_from_nothing

_RELEASES = sorted(LAKES.glob("*.tar.xz"))
_FIRST, *_LATER = _RELEASES
_MIGRATIONS = sorted(path.stem for path in (SQL_DIR / "schema").glob("[0-9]*.sql"))
_PENDING = [name for name in _MIGRATIONS if name[:3] > _FIRST.name[:3]]
_TWO_DAYS = 2
_SOON_AFTER = "2026-11-29 06:00+09:00"  # the releases wrote what is kept
_MOVES_ALL_ROWS = "010_kinds"
_IN_TURN = [
    (_PENDING[0], 0.5),
    (_MOVES_ALL_ROWS, 0.99),  # the old table is dropped next
    ("016_standard_terms", 1.0),
    (_PENDING[-1], 0.0),
]


def _named(releases: list[Path]) -> list[Any]:
    """The first of all in each run, the others in `make test-full`."""
    return [
        pytest.param(one, id=one.name[:3], marks=[] if one == _FIRST else pytest.mark.full)
        for one in releases
    ]


# What came after the newest lake that is kept. A migration that rewrites rows needs a lake of the
# release before it (make_lake.py); others may be named here.
_SINCE = [
    "042_reject_day",
    "043_all_aggregates",
    "044_all_aggregates_again",
    "045_reject_day_unreported",
    "047_question_sent",
    "048_weighed",
    "049_sessionless_accesses",
    "050_unexamined_sites",
    "052_others",
    "053_department",
    "054_content_digests",
]


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A lake that this release has made, without rows."""
    home = Home(tmp_path_factory.mktemp("new"))
    with lake.open_writer(home, "Asia/Tokyo"):
        return home


@pytest.fixture(scope="module")
def schema_wanted(new: Home) -> dict[str, list[tuple[Any, ...]]]:
    """What a lake has that this release has made."""
    with lake.open_reader(new, "Asia/Tokyo") as con:
        return schema_of(con)


@pytest.fixture(scope="module")
def found_anew(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Finding]]:
    """A lake of this release alone over the same lines, and what it finds on the last two days."""
    home = Home(tmp_path_factory.mktemp("anew"))
    return home, findings_of(home, _TWO_DAYS)


@pytest.fixture(scope="module")
def found_on_all_days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Finding]]:
    """The same with all days, of which a finding of one can be no news on the next."""
    home = Home(tmp_path_factory.mktemp("all-days"))
    return home, findings_of(home, ALL_DAYS)


def _plain(home: Home, findings: list[Finding]) -> dict[str, tuple[Any, ...]]:
    """What does not depend on when somebody decided, by an id that each lake has of its own."""
    ids = KeyedIds.made_with(Pseudonyms.of(home))
    told: dict[str, tuple[Any, ...]] = {}
    for one in findings:
        of = one.detector, one.date, one.site_id, one.actor_kind, one.actor
        assert one.finding_id == ids.finding(*of)
        told[unkeyed(*map(str, of))] = (
            *(one.detector, one.severity, one.score, one.event_count, one.subject_count),
            *(one.actor, one.summary, one.evidence),
        )
    return told


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: con.execute(
            f"select log_date, count(*) from lake.{table} group by all order by all"
        ).fetchall()
        for table in (*TABLES, "access_log")
    }


@pytest.mark.parametrize("release", _RELEASES, ids=lambda path: path.name[:3])
def test_what_is_kept_is_of_the_release_that_it_names(release: Path, tmp_path: Path) -> None:
    """Its last migration stands in its name, and it is small."""
    assert release.stat().st_size < 500_000
    home = lake_of(release, tmp_path)
    assert _applied(home)[-1].startswith(release.name[:3])


def test_the_docs_name_the_releases_that_upgrades_are_tried_with() -> None:
    """And it is known which migrations have come since the newest of them."""
    names = [path.name[:3] for path in _RELEASES]
    assert [name for name in _MIGRATIONS if name[:3] > names[-1]] == _SINCE
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "、".join(names) in page
    assert f"{', '.join(names[:-1])} or {names[-1]} (" in page


@pytest.mark.further
def test_findings_are_those_of_a_new_lake(
    tmp_path: Path, found_anew: tuple[Home, list[Finding]]
) -> None:
    """Of the first release: of a day before the upgrade and of the day after it."""
    _require_same(lake_of(_FIRST, tmp_path), found_anew, _TWO_DAYS)


@pytest.mark.full
@pytest.mark.parametrize("release", _RELEASES, ids=lambda path: path.name[:3])
def test_findings_of_all_days_are_those_of_a_new_lake(
    release: Path, tmp_path: Path, found_on_all_days: tuple[Home, list[Finding]]
) -> None:
    """Of each release, also those that had found things on these days themselves."""
    _require_same(lake_of(release, tmp_path), found_on_all_days, ALL_DAYS)


def _require_same(home: Home, anew: tuple[Home, list[Finding]], days: int) -> None:
    """The same findings and counts as in a new lake; the lake is whole, what was decided stands."""
    fresh, wanted = anew
    found = findings_of(home, days)
    assert _plain(home, found) == _plain(fresh, wanted)
    assert {one.detector for one in found} >= {"sql-injection", "brute-force"}
    with lake.open_reader(fresh, "Asia/Tokyo") as con:
        counts = _counts(con)
    with lake.open_reader(home, "Asia/Tokyo") as con:
        assert _counts(con) == counts
        assert {one.status for one in check_proofs(con)} == {Status.OK}
        assert check_data_files(con, home, is_writing=False).status is Status.OK
        asked = "select status from lake.{} where finding_id = ?"
        tried = KeyedIds.made_with(Pseudonyms.of(home)).of_former(TRIED)
        decided = con.execute(asked.format("triage"), [tried]).fetchall()
        kept = con.execute(asked.format("findings"), [tried]).fetchall()
        assert kept == (decided or [("new",)])


@pytest.mark.full
@pytest.mark.parametrize("release", _RELEASES, ids=lambda path: path.name[:3])
def test_the_command_brings_it_up(release: Path, tmp_path: Path) -> None:
    """`mimamori run` and `doctor`, as an operator would after an upgrade."""
    home = lake_of(release, tmp_path)
    lay_logs(home.logs, NEXT_NIGHT)
    given = ("--config", CONFIG, "--home", home.root)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    night = ("run", "--date", f"{NEXT_NIGHT}")
    # A night more than a month after the last one waits once with what it would delete.
    done = subprocess.run(
        [sys.executable, "-m", "soak.process", "--now", _SOON_AFTER, "--", *given, *night],
        cwd=PROJECT_ROOT / "scripts",
        capture_output=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    assert (home.reports / f"{NEXT_NIGHT}" / "index.html").is_file()
    told = command_line.run(*given, "doctor", "--deep", "--json", env=environment)
    assert told.returncode == 0, (told.stdout, told.stderr)


@pytest.mark.parametrize("release", _named(_RELEASES))
def test_the_schema_is_that_of_a_new_lake(
    release: Path, tmp_path: Path, schema_wanted: dict[str, list[tuple[Any, ...]]]
) -> None:
    """Tables, columns, comments, partitions, views and functions; and no row is lost."""
    home = lake_of(release, tmp_path)
    with lake.open_writer(home, "Asia/Tokyo") as con:
        assert schema_of(con) == schema_wanted
        assert con.execute("select count(*) from lake.access_log").fetchone() == (LINES,)
        # What is not known of the rows before is not taken from those that come now.
        con.execute("insert into lake.request_fact by name select '2026-12-24'::date as log_date")
    with lake.open_reader(home, "Asia/Tokyo") as con:
        asked = "select count(*) from lake.request_fact where log_date < '2026-12-24'"
        assert con.execute(asked).fetchone() == (LINES,)


@pytest.mark.further
def test_a_start_that_is_killed_is_completed_by_the_next(
    tmp_path: Path, schema_wanted: dict[str, list[tuple[Any, ...]]]
) -> None:
    """Killed within migrations and before a commit: the next start goes on from there."""
    _killed_in_turn(tmp_path, _IN_TURN, schema_wanted)


@pytest.mark.full
def test_killed_in_each_migration(
    tmp_path: Path,
    schema_wanted: dict[str, list[tuple[Any, ...]]],
    found_anew: tuple[Home, list[Finding]],
) -> None:
    """At its first statement, in the middle, and with everything done but the commit."""
    places = [(name, share) for name in _PENDING for share in (0.0, 0.5, 1.0)]
    _killed_in_turn(tmp_path, places, schema_wanted)
    home = Home(tmp_path)
    assert _plain(home, findings_of(home, _TWO_DAYS)) == _plain(*found_anew)


def _killed_in_turn(
    folder: Path, places: list[tuple[str, float]], wanted: dict[str, list[tuple[Any, ...]]]
) -> None:
    home = lake_of(_FIRST, folder)
    for name, share in places:
        code = command_line.call(upgrade_killed, home.root, name, share)
        assert code == -signal.SIGKILL
        # What was done before it is done for good, and nothing of itself.
        assert _applied(home)[-1] == max(one for one in _MIGRATIONS if one < name)
    _is_completed(home, wanted)


@pytest.mark.full
@pytest.mark.parametrize("seconds", [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3])
def test_killed_at_any_moment(
    seconds: float, tmp_path: Path, schema_wanted: dict[str, list[tuple[Any, ...]]]
) -> None:
    """Also while rows are moved and while the commit is written."""
    home = lake_of(_FIRST, tmp_path)
    code = command_line.call(upgrade_killed_within, home.root, _MOVES_ALL_ROWS, seconds)
    assert code == -signal.SIGKILL
    _is_completed(home, schema_wanted)


def _is_completed(home: Home, wanted: dict[str, list[tuple[Any, ...]]]) -> None:
    with lake.open_writer(home, "Asia/Tokyo") as con:
        assert schema_of(con) == wanted
        assert con.execute("select count(*) from lake.access_log").fetchone() == (LINES,)
        assert {one.status for one in check_proofs(con)} == {Status.OK}
    assert _applied(home) == _MIGRATIONS


def _applied(home: Home) -> list[str]:
    """The migrations of a lake, read from its catalog as it is: no start completes them here."""
    catalog = home.catalog if home.catalog.exists() else home.lake / home.catalog.name
    attached = connection.attach_statement(home, read_only=True)
    with closing(connection._configured(home, "Asia/Tokyo")) as con:
        con.execute(attached.replace(f"{home.catalog}", f"{catalog}"))
        return list(schema.schema_state(con).applied)
