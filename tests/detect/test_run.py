"""A detector that cannot run does not stop the others, and the report says so."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.coverage.blind import make_blind_sites
from pipelines.detect import day, run
from pipelines.detect.cache import cache_lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.judgement import SeverityRule, StrengthPart
from pipelines.detect.run import Measured, concluded, measured_day
from pipelines.detect.scripts import run_sql_file
from pipelines.findings import Severity
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.detectors import SiteTuning, Tuning
from pipelines.settings.limits import Limits
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.text.bilingual import Text

_DAY = dt.date(2026, 11, 19)
_SETTINGS = """
resources:
  all: [{id: login, kind: login, path: /login, methods: [POST]}]
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], resources: all}
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Home]:
    """A lake with a day of which `brute-force` has something to tell."""
    root = tmp_path_factory.mktemp("kept")
    path = root / "mimamori.yaml"
    path.write_text(_SETTINGS)
    settings, home = load(path), Home(root / "var")
    log = home.logs / "main" / "access.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "".join(
            f"198.51.100.9 - - [19/Nov/2026:03:{number % 60:02}:30 +0900]"
            ' "POST /login HTTP/1.1" 401 90 "-" "curl/8.5"\n'
            for number in range(60)
        )
    )
    stages.ingest(settings, home)
    return settings, home


@pytest.fixture
def world(kept: tuple[Settings, Home], tmp_path: Path) -> tuple[Settings, Home]:
    """A copy of it, in which a test may change everything."""
    settings, home = kept
    return settings, Home(shutil.copytree(home.root, tmp_path / "var"))


def _failed(settings: Settings, home: Home) -> list[str]:
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select detector from lake.detector_day where mode = 'failed' order by detector"
        ).fetchall()
    return [detector for (detector,) in rows]


@pytest.mark.further
def test_texts_that_cannot_be_judged_cost_the_web_detectors_only(
    world: tuple[Settings, Home], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text that somebody made to break the judging of texts: told without it; others go on."""
    settings, home = world

    def broken(_: object, texts: pl.Series) -> None:
        raise ValueError(texts.to_list())

    monkeypatch.setattr("pipelines.detect.web.day.signals", broken)
    found = stages.detect(settings, home, [_DAY])
    assert [one.detector for one in found if one.severity != "info"] == ["brute-force"]
    (said,) = (text for text in caplog.messages if "cannot be judged" in text)
    assert "ValueError" in said
    assert "/login" not in said
    failed = _failed(settings, home)
    assert {"sql-injection", "cross-site-scripting", "path-traversal"} <= set(failed)
    assert not {"brute-force", "bulk-record-access", "log-gap", "mass-export"} & set(failed)


@pytest.mark.further
def test_table_that_cannot_be_made_costs_its_detectors_and_is_none_of_another_day(
    world: tuple[Settings, Home],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`login` of the day before must not stand for that of the day."""
    settings, home = world
    folder = tmp_path / "sql"
    shutil.copytree(day.DAY_TABLES, folder)
    monkeypatch.setattr(day, "DAY_TABLES", folder)
    script = folder / "sign_in.sql"
    text = script.read_text(encoding="utf-8")
    with lake.open_writer(home, settings.timezone) as con:
        make_context_tables(con, settings)
        cache_lake(con)
        make_blind_sites(con, settings, _DAY)
        day.make_day_tables(con, settings, _DAY)
        assert con.execute("select count(*) from login").fetchone() == (60,)
        script.write_text(text + "select 1 / nothing_of_that_name;")
        detected = concluded(measured_day(con, settings, _DAY), load_catalogue().values())
    assert "sign_in.sql" in caplog.text
    failed = {run.detector for run in detected.runs if run.mode == "failed"}
    assert {"brute-force", "password-spraying"} <= failed
    assert not {"sql-injection", "log-gap"} & failed


def test_tests_count_while_their_detector_is_active(
    kept: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a detector in shadow are none of the day's; what makes no tests counts for none."""
    settings, home = kept
    chosen = dict(load_catalogue())
    for name, query in (("brute-force", "select 5"), ("mass-export", "select 7")):
        chosen[name] = chosen[name].model_copy(update={"tests_query": query})
    monkeypatch.setattr(run, "load_catalogue", lambda: chosen)
    shadow = {"brute-force": Tuning.model_validate({"mode": "shadow"})}
    with lake.open_writer(home, settings.timezone) as con:
        make_context_tables(con, settings)
        cache_lake(con)
        make_blind_sites(con, settings, _DAY)
        active = {one.detector: one for one in measured_day(con, settings, _DAY)}
        shadowed = settings.model_copy(update={"detectors": shadow})
        beside = {one.detector: one for one in measured_day(con, shadowed, _DAY)}
    testing = {name for name, one in active.items() if one.tests}
    assert testing == {"brute-force", "mass-export"}
    assert all(active[name].counted_tests == active[name].tests for name in testing)
    assert {name for name, one in active.items() if one.counted_tests} == testing
    for name, one in beside.items():
        is_shadowed = name == "brute-force"
        assert one.counted_tests == (0 if is_shadowed else active[name].counted_tests)


def test_chance_among_tests_of_sites_hides_no_person(kept: tuple[Settings, Home]) -> None:
    """One in 2,000 says much among a hundred people, and nothing among a thousand answers."""
    settings, home = kept
    with lake.open_writer(home, settings.timezone) as con:
        make_context_tables(con, settings)
        cache_lake(con)
        make_blind_sites(con, settings, _DAY)
        (known,) = [
            one for one in measured_day(con, settings, _DAY) if one.detector == "brute-force"
        ]
        ((_, finding),) = known.told

        def measured(detector: str, tests: int) -> Measured:
            told = ((0.0005, replace(finding, detector=detector)),)
            return replace(
                known, detector=detector, tests=tests, counted_tests=tests, largest_p=1.0, told=told
            )

        found = concluded(
            [measured("bulk-record-access", 100), measured("server-error-spike", 1000)],
            load_catalogue().values(),
        )
    assert [one.detector for one in found.findings] == ["bulk-record-access"]


def test_failed_detectors_are_told_and_the_others_go_on(
    world: tuple[Settings, Home], caplog: pytest.LogCaptureFixture
) -> None:
    """Without a view that some of them read: logged, on record as failed, named in the report."""
    settings, home = world
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("drop view lake.crawler")
    found = stages.detect(settings, home, [_DAY])
    assert [one.detector for one in found if one.severity != "info"] == ["brute-force"]
    assert "crawler-on-personal-data" in caplog.text
    assert _failed(settings, home) == [
        "account-enumeration",
        "crawler-on-personal-data",
        "request-flood",
        "scanner-user-agent",
    ]
    (page,) = stages.report(settings, home, [_DAY])
    assert "crawler-on-personal-data" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("prefix", "condition"),
    [
        ("2001:db8:1:2", "(starts_with(client_ip, '2001:db8:1:2:'))"),
        (
            "2001:db8",
            "(starts_with(client_ip, '2001:db8:0:0:') or starts_with(client_ip, '2001:db8::'))",
        ),
    ],
)
def test_a_query_about_a_slash64_reads_its_addresses(prefix: str, condition: str) -> None:
    """Whose text begins with its groups, zeros as addresses write them."""
    asked = f"where client_ip = '{prefix}::/64' and user_id = 'x'"
    told = run._SLASH64.sub(run._in_slash64, asked)
    assert told == f"where {condition} and user_id = 'x'"


_ENDLESS = "select count(*) from range(1000000000) a, range(1000000000) b where a.range < b.range"


_NOTHING_MORE = {
    "tests_query": None,
    "steps": (),
    "severities": (SeverityRule(severity=Severity.LOW),),
    "strength": (
        StrengthPart(points=1, reason=Text(ja="何かが見つかった。", en="Something was found.")),
    ),
}


@pytest.mark.further
def test_detector_that_does_not_end_is_ended_and_costs_no_other(
    world: tuple[Settings, Home], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that somebody's lines keep busy is interrupted and on record as failed."""
    settings, home = world
    settings = settings.model_copy(update={"limits": Limits(detector_seconds=3)})
    catalogue = load_catalogue()
    chosen = {
        name: catalogue[name].model_copy(update={"query": query, **_NOTHING_MORE})
        for name, query in (
            ("log-gap", f"select null as evidence from ({_ENDLESS})"),
            ("mass-export", "select null as evidence where false"),
        )
    }
    monkeypatch.setattr(run, "load_catalogue", lambda: chosen)
    assert stages.detect(settings, home, [_DAY]) == []
    assert _failed(settings, home) == ["log-gap"]
    assert "log-gap: 3 秒を超えたので" in caplog.text


def test_what_was_found_before_a_detector_was_ended_stands(
    world: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding is kept and the run counts as failed where only the tests were not counted."""
    settings, home = world
    settings = settings.model_copy(update={"limits": Limits(detector_seconds=3)})
    detector = load_catalogue()["brute-force"]
    endless = detector.model_copy(update={"tests_query": f"select count(*) from ({_ENDLESS})"})
    monkeypatch.setattr(run, "load_catalogue", lambda: {"brute-force": endless})
    assert [one.detector for one in stages.detect(settings, home, [_DAY])] == ["brute-force"]
    assert _failed(settings, home) == ["brute-force"]


@pytest.mark.further
def test_sites_that_a_detector_has_not_looked_at_are_named(
    world: tuple[Settings, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends early where settings judge a site in another way than the others."""
    settings, home = world
    own = SiteTuning(parameters={"strange_in_window": 3})
    settings = settings.model_copy(
        update={
            "limits": Limits(detector_seconds=3),
            "detectors": {"brute-force": Tuning(sites={"main": own})},
        }
    )
    rows = "range(case when $strange_in_window = 3 then 1000000000 else 0 end)"
    query = f"select null as evidence from {rows} a, range(1000000000) b where a.range < -b.range"
    detector = load_catalogue()["brute-force"].model_copy(update={"query": query, **_NOTHING_MORE})
    monkeypatch.setattr(run, "load_catalogue", lambda: {"brute-force": detector})
    assert stages.detect(settings, home, [_DAY]) == []
    assert _failed(settings, home) == ["brute-force"]
    (page,) = stages.report(settings, home, [_DAY])
    assert "brute-force（main）" in page.read_text(encoding="utf-8")


def test_table_whose_making_does_not_end_is_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is ended, logged, and no table of another day stands in its place."""
    script = tmp_path / "busy.sql"
    script.write_text(f"create or replace table busy as {_ENDLESS};")
    with duckdb.connect() as con:
        con.execute("create table busy as select 1")
        run_sql_file(con, {}, script, seconds=0.3)
        assert con.execute("from duckdb_tables()").fetchall() == []
    assert "busy.sql" in caplog.text


def test_a_type_of_user_of_whom_no_kind_is_left_is_seen(world: tuple[Settings, Home]) -> None:
    """Their spelling keeps the type that they had; the day's tables are made all the same."""
    settings, home = world
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "insert into lake.user_alias by name select 'st-7' as user_id, 'st-7' as usual_id,"
            " 'guest' as user_type"
        )
        con.execute("update lake.request_fact set user_id = 'st-7'")
        make_context_tables(con, settings)
        cache_lake(con)
        day.make_day_tables(con, settings, _DAY)
        seen = con.execute("select distinct user_type from day_request").fetchall()
    assert seen == [("guest",)]
