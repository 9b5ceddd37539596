"""Reasons on record: which accesses they explain, which they never do, and when they come late."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
import yaml

from pipelines import lake
from pipelines.context.load import make_context_tables, read_all, subject_key
from pipelines.detect.cache import cache_lake
from pipelines.detect.day import make_day_tables
from pipelines.detect.explain import days_explained_late, explained, insert_explanations
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.detected import replace_findings
from tests.detect.replayed import only

_ZONE = ZoneInfo("Asia/Tokyo")
_DAY = dt.date(2026, 11, 19)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=_ZONE)
_SETTINGS = {
    "user_types": [{"pattern": "^st-", "type": "staff"}, {"pattern": "^c", "type": "customer"}],
    "resources": {
        "all": [
            {"id": "customer", "kind": "record", "path": "/customers/{subject}", "level": 3},
            {"id": "customer-list", "kind": "list", "path": "/customers", "level": 2},
            {"id": "export", "kind": "export", "path": "/export/*", "level": 3},
        ]
    },
    "sites": [
        {"id": site, "group": "main", "domains": [f"{site}.example"], "logs": [f"{site}/*"]}
        | {"format": "common", "resources": "all"}
        for site in ("a", "b")
    ],
}


def _settings(folder: Path, context: dict[str, str]) -> Settings:
    for name, content in context.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    path = folder / "mimamori.yaml"
    files = {name: f"{name}.csv" for name in context}
    path.write_text(yaml.safe_dump({**_SETTINGS, "context": files}), encoding="utf-8")
    return load(path)


def _log(home: Home, day: dt.date, *requests: str) -> None:
    """Lines of `USER PATH [STATUS [SITE [ADDRESS]]]`, a minute apart from nine o'clock."""
    for number, request in enumerate(requests):
        user, path, *rest = request.split()
        status, site, address = (*rest, *("200", "a", "192.0.2.1")[len(rest) :])
        instant = dt.datetime.combine(day, dt.time(9), _ZONE) + dt.timedelta(minutes=number)
        target = home.logs / site / f"{day}.log"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8") as file:
            file.write(
                f"{address} - {user} [{instant:%d/%b/%Y:%H:%M:%S %z}] "
                f'"GET {path} HTTP/1.1" {status} 512\n'
            )


@contextmanager
def _framed(
    folder: Path, context: dict[str, str], *requests: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of the day on which the requests were made."""
    settings, home = _settings(folder, context), Home(folder / "var")
    _log(home, _DAY, *requests)
    stages.ingest(settings, home, clock=lambda: _NOW)
    with lake.open_writer(home, settings.timezone) as con:
        make_context_tables(con, settings)
        cache_lake(con)
        make_day_tables(con, settings, _DAY)
        yield con


def _explained(con: duckdb.DuckDBPyConnection) -> set[tuple[str, ...]]:
    """User, subject or resource, site, reason and source of the accesses with a reason."""
    rows = con.execute(
        "select user_id, coalesce(subject_id, resource_id), site_id,"
        " coalesce(access_reason.found.reason, day_request.reason), day_request.reason"
        " from day_request left join access_reason on access_reason.request_row = day_request.rowid"
        " where day_request.reason is not null"
    )
    return set(rows.fetchall())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A day without context, on which customers and one of the staff looked at records."""
    with _framed(
        tmp_path_factory.mktemp("bare"),
        {},
        "c00123 /customers/123",
        "c00123 /customers/124",
        "c00123 /customers/1230",
        "c00123 /customers/X123",
        "c00123 /customers/0",
        "C-9 /customers/009",
        "cabc /customers/cabc",
        "cabc /customers/0",
        "st-123 /customers/123",
        "c00123 /export/123",
    ) as con:
        yield con


def test_without_context_every_table_is_there_and_empty(bare: duckdb.DuckDBPyConnection) -> None:
    """Detectors join the tables whatever the settings name."""
    for table in ("trip", "roster", "absence", "export", "scanner", "assignment", "subject"):
        query = f"select count(*) from context_{table} where now() between from_at and to_at"
        assert bare.execute(query).fetchone() == (0,)
    assert bare.execute("select count(*) from context_scanner_client").fetchone() == (0,)


def test_only_customers_explain_their_own_record_and_no_other(
    bare: duckdb.DuckDBPyConnection,
) -> None:
    """An insider whose number equals a customer's has no own record; a customer has exactly one."""
    assert _explained(bare) == {
        ("c00123", "123", "a", "own record", "own record"),
        ("cabc", "cabc", "a", "own record", "own record"),
    }


def test_subjects_have_the_same_key_in_python_and_in_sql(bare: duckdb.DuckDBPyConnection) -> None:
    """What the context names and what a line names meet."""
    subjects = ["", "0", "00", "007", "7", "a007", "007a", "７", "-7", "0-7", "00\n"]
    rows = bare.execute("select subject_key(unnest($subjects))", {"subjects": subjects})
    assert [key for (key,) in rows.fetchall()] == [subject_key(one) for one in subjects]


@pytest.mark.further
def test_assignments_by_subject_explain_records_of_that_time_and_site(tmp_path: Path) -> None:
    """By user or by team; a lost leading zero does not matter, a refused request is no access."""
    context = {
        "assignments": (
            "user,team,subject,site,from,to,reason\n"
            "st-1,,1,a,2026-11-01,2026-11-19,claim 77\n"
            "st-1,,2,,2026-11-20,,later\n"
            "st-1,,3,,,2026-11-18,before\n"
            "st-1,,4,b,,,other site\n"
            "st-1,,5,,2026-11-19 12:00,,afternoon\n"
            ",north,6,,,,area\n"
            ",north,1,,,,area\n"
        ),
        "teams": "user,team\nst-1,north\nst-2,north\n",
    }
    with _framed(
        tmp_path,
        context,
        *(f"st-1 /customers/{subject}" for subject in ("0001", "2", "3", "4", "5")),
        "st-2 /customers/6",
        "st-2 /customers/2",
        "st-3 /customers/6",
        "st-1 /customers/6 403",
    ) as con:
        assert _explained(con) == {
            ("st-1", "0001", "a", "claim 77", "assignment"),
            ("st-2", "6", "a", "area", "team"),
        }


@pytest.mark.further
def test_an_assignment_by_site_alone_explains_no_record(tmp_path: Path) -> None:
    """Where somebody works is no reason for how much is read there; detectors of place have it."""
    context = {
        "assignments": (
            "user,team,site,from,to,reason\nst-1,,a,,,desk\n,north,b,,,cover\n,none,b,,,nobody\n"
        ),
        "teams": "user,team\nst-2,north\n",
        "rosters": "user,site,from,to,reason\nst-1,a,2026-11-19,2026-11-19,on call\n",
        "trips": "user,country,from,to,reason\nst-1,FR,,,fair\n",
    }
    with _framed(tmp_path, context, "st-1 /customers/1", "st-2 /customers/1 200 b") as con:
        assert _explained(con) == set()
        rows = con.execute("select user_id, site_id, reason from context_assignment order by all")
        assert rows.fetchall() == [("st-1", "a", "desk"), ("st-2", "b", "cover")]
        assert con.execute("select user_id, country from context_trip").fetchall() == [
            ("st-1", "FR")
        ]
        during = "select user_id from context_roster where '2026-11-19 23:59:59+09' <= to_at"
        assert con.execute(during).fetchall() == [("st-1",)]


@pytest.mark.further
def test_an_approved_export_explains_exports_and_no_records(tmp_path: Path) -> None:
    """A list only where the approval names it; another's approval never."""
    context = {
        "exports": (
            "user,site,resource,from,to,reason\n"
            "st-1,a,,2026-11-19,2026-11-19,audit\n"
            "st-2,,customer-list,,,mailing\n"
        )
    }
    requests = [
        f"{user} {path}"
        for user in ("st-1", "st-2", "st-3")
        for path in ("/export/all", "/customers", "/customers/1")
    ]
    with _framed(tmp_path, context, *requests, "st-1 /export/all 200 b") as con:
        assert _explained(con) == {
            ("st-1", "export", "a", "audit", "export"),
            ("st-2", "customer-list", "a", "mailing", "export"),
        }


@pytest.mark.further
def test_scanners_are_known_by_their_networks(tmp_path: Path) -> None:
    """Addresses of both families at both ends of a network, and none beyond."""
    context = {
        "scanners": (
            "network,from,to,reason\n192.0.2.16/28,,,weekly scan\n2001:db8:1::/48,,,weekly scan\n"
        )
    }
    addresses = ["192.0.2.15", "192.0.2.16", "192.0.2.31", "192.0.2.32"]
    addresses += ["2001:db8:0:ffff::", "2001:db8:1::", "2001:db8:1:ffff::1", "2001:db8:2::"]
    requests = [f"st-1 / 200 a {address}" for address in addresses]
    with _framed(tmp_path, context, *requests) as con:
        found = con.execute("select client_ip from context_scanner_client").fetchall()
        assert {address for (address,) in found} == {*addresses[1:3], *addresses[5:7]}


@pytest.mark.further
def test_explanations_replace_those_of_the_day_and_content_is_kept_once(tmp_path: Path) -> None:
    """Accesses and subjects by user and reason; a content that was used before has its row."""
    context = {"assignments": "user,subject,from,to,reason\nst-1,1,,,job\nst-1,2,,,job\n"}
    requests = ["st-1 /customers/1", "st-1 /customers/1", "st-1 /customers/2", "c7 /customers/7"]
    with _framed(tmp_path, context, *requests) as con:
        for _ in range(2):
            replace_findings(con, _DAY, [], [], lambda: _NOW, explained(con))
        kept = con.execute("select * exclude (log_date) from lake.explanation_day order by all")
        assert kept.fetchall() == [
            ("a", "c7", "own record", "own record", 1, 1),
            ("a", "st-1", "job", "assignment", 3, 2),
        ]
        used = con.execute(
            "select name, source, sha256 is not null, entries from lake.context_read"
        )
        assert used.fetchall() == [("assignments", str(tmp_path / "assignments.csv"), True, 2)]


@pytest.mark.further
def test_a_file_that_went_missing_is_told_and_explains_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The night goes on; what was used keeps a row without a fingerprint."""
    trips = {"trips": "user,country,from,to,reason\nst-1,XX,,,fair\n"}
    with _framed(tmp_path, trips, "st-1 /") as con:
        settings = _settings(tmp_path, trips)
        assert "trips.csv:2: country: is no code" in caplog.text
        insert_explanations(con, _DAY, explained(con), _NOW)
        caplog.clear()
        cache_lake(con)
        make_day_tables(con, settings, _DAY)
        assert caplog.text == ""  # told once
        (tmp_path / "trips.csv").unlink()
        make_context_tables(con, settings)
        cache_lake(con)
        make_day_tables(con, settings, _DAY)
        assert "trips.csv cannot be read: No such file or directory" in caplog.text
        insert_explanations(con, _DAY, explained(con), _NOW + dt.timedelta(days=1))
        used = con.execute("select sha256 is null, entries from lake.context_read order by read_at")
        assert used.fetchall() == [(False, 0), (True, 0)]
    assert read_all(None, settings)["trips"].problem is not None


def _detect(
    home: Home, settings: Settings, days: list[dt.date], clock: Callable[[], dt.datetime]
) -> None:
    """Record what the days were explained by, and the stage, without the detectors."""
    with lake.open_writer(home, settings.timezone) as con:
        make_context_tables(con, settings)
        cache_lake(con)
        make_day_tables(con, settings, days[-1])
        for day in days:
            insert_explanations(con, day, explained(con), clock())
        stage = {"stage": "detect", "status": "done", "ended_at": clock()}
        lake.insert_rows(con, "stage_run", [{**stage, "log_date": day} for day in days])


@pytest.mark.further
def test_late_context_explains_the_last_seven_days_again(tmp_path: Path) -> None:
    """Days whose detection used another content are due; unchanged or missing content is not."""
    header = "user,subject,from,to,reason\n"
    settings, home = _settings(tmp_path, {"assignments": header}), Home(tmp_path / "var")
    days = [_DAY - dt.timedelta(days=n) for n in range(8, -1, -1)]
    for day in days:
        _log(home, day, "st-1 /customers/1", "st-1 /customers/2")
    minutes = itertools.count()

    def clock() -> dt.datetime:
        return _NOW + dt.timedelta(minutes=next(minutes))

    def late() -> list[dt.date]:
        with lake.open_reader(home, settings.timezone) as con:
            return days_explained_late(con, settings, _DAY, KeyedIds.made_with(Pseudonyms.of(home)))

    stages.ingest(settings, home, clock=clock)
    assert late() == []  # nothing was detected, so nothing was explained
    _detect(home, settings, days, clock)
    assert late() == []
    (tmp_path / "assignments.csv").write_text(f"{header}st-1,1,,,job\n", encoding="utf-8")
    assert late() == days[1:8]
    assert stages.due_days(settings, home, _DAY)[-8:] == days[1:]
    _detect(home, settings, days[5:], clock)
    assert late() == days[1:5]
    _detect(home, settings, days[1:5], clock)
    assert late() == []
    (tmp_path / "assignments.csv").unlink()
    assert late() == []
    _detect(home, settings, days[7:8], clock)
    (tmp_path / "assignments.csv").write_text(f"{header}st-1,1,,,job\n", encoding="utf-8")
    assert late() == days[7:8]  # only the day that had to do without it


@pytest.mark.further
def test_detection_keeps_what_is_explained(tmp_path: Path) -> None:
    """The stage of the night writes both tables."""
    context = {"assignments": "user,subject,from,to,reason\nst-1,1,,,job\n"}
    settings, home = _settings(tmp_path, context), Home(tmp_path / "var")
    _log(home, _DAY, "st-1 /customers/1")
    stages.ingest(settings, home, clock=lambda: _NOW)
    with only({"access-without-right"}):
        stages.detect(settings, home, [_DAY], lambda: _NOW)
    with lake.open_reader(home, settings.timezone) as con:
        assert con.execute("select source, accesses from lake.explanation_day").fetchall() == [
            ("assignment", 1)
        ]
        assert con.execute("select name from lake.context_read").fetchall() == [("assignments",)]
