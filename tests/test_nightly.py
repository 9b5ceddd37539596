"""The stages of a night: repeatable, and right about late lines."""

import datetime as dt
import json
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.nights import check_upkeep
from pipelines.doctor.outcome import Status
from pipelines.night import stages
from pipelines.night.upkeep import is_upkeep_due
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.detect.replayed import only

pytestmark = pytest.mark.slow

_DAYS = [dt.date(2026, 11, day) for day in (17, 18, 19)]
_SETTINGS = """
resources:
  all: [{id: login, kind: login, path: /login, methods: [POST]}]
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], resources: all}
"""


def _write(home: Home, name: str, day: dt.date, *, failures: int = 0) -> None:
    lines = [
        f"192.0.2.{minute % 9} - - [{day:%d/%b/%Y}:{minute // 60:02}:{minute % 60:02}:00 +0900]"
        f' "GET /{name} HTTP/1.1" 200 512 "-" "Mozilla/5.0"'
        for minute in range(0, 1440, 10)
    ]
    lines += [
        f"198.51.100.9 - - [{day:%d/%b/%Y}:03:{number % 60:02}:30 +0900]"
        ' "POST /login HTTP/1.1" 401 90 "-" "Mozilla/5.0"'
        for number in range(failures)
    ]
    path = home.logs / "main" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """One site with a log-in."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    return load(path)


def _clock(day: int, hour: int = 17):
    return lambda: dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC)


def test_night_reports_every_day_that_lines_changed(tmp_path: Path, settings: Settings) -> None:
    """The first night covers all days; late lines bring their day back; nothing new, one day."""
    home = Home(tmp_path / "var")
    days = (_DAYS[0], _DAYS[-1])
    for day in days:
        _write(home, str(day), day)
    with only({"brute-force"}):
        _nights_report_what_changed(home, settings, days)


def _nights_report_what_changed(
    home: Home, settings: Settings, days: tuple[dt.date, dt.date]
) -> None:
    first = stages.run(settings, home, _DAYS[-1], clock=_clock(19))
    assert first.days == days
    assert [page.parent.name for page in first.reports] == [str(day) for day in days]

    again = stages.run(settings, home, _DAYS[-1], clock=_clock(20))
    assert (again.ingest.lines, again.days) == (0, (_DAYS[-1],))

    _write(home, "late", _DAYS[0], failures=60)
    late = stages.run(settings, home, _DAYS[-1], clock=_clock(21))
    assert late.ingest.changed_days == (_DAYS[0],)
    assert late.days == (_DAYS[0], _DAYS[-1])
    (finding,) = [one for one in late.findings if one.detector == "brute-force"]
    assert (finding.date, finding.actor, finding.event_count) == (_DAYS[0], "198.51.100.9", 60)
    written = json.loads((home.reports / str(_DAYS[0]) / "findings.json").read_text())
    assert finding.finding_id in {one["finding_id"] for one in written}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Home, stages.NightResult]:
    """A night over two sites; the one has failures, the other the largest sizes that there are."""
    folder = tmp_path_factory.mktemp("night")
    path = folder / "mimamori.yaml"
    path.write_text(
        f"{_SETTINGS}  - {{id: big, group: main, domains: [big.example],"
        ' logs: ["big/*.log"], resources: all}\n'
    )
    settings, home = load(path), Home(folder / "var")
    _write(home, "day", _DAYS[0], failures=60)
    line = (home.logs / "main" / "day.log").read_text().splitlines()[0]
    line = line.replace(" 512 ", f" {2**64 - 1} ").replace(" - - ", " - st-1 ")
    (home.logs / "big").mkdir()
    (home.logs / "big" / "day.log").write_text((line + "\n") * 3)
    return settings, home, stages.run(settings, home, _DAYS[0], clock=_clock(18))


@pytest.mark.further
def test_enormous_sizes_do_not_stop_the_night(
    night: tuple[Settings, Home, stages.NightResult],
) -> None:
    """The largest number that a size can be is added up without an overflow."""
    settings, home, result = night
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select records, bytes from lake.site_day where site_id = 'big'"
        ).fetchall()
    assert rows == [(3, 2**64 - 1)]
    assert result.ingest.records == 144 + 60 + 3


def test_second_run_changes_no_row(night: tuple[Settings, Home, stages.NightResult]) -> None:
    """Findings and checks of a day are replaced by the same; what people decided lasts."""
    settings, home, first = night
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("update lake.findings set status = 'acknowledged'")
    second = stages.run(settings, home, _DAYS[0], clock=_clock(18))
    assert [one.finding_id for one in first.findings] == [one.finding_id for one in second.findings]
    assert {one.status for one in second.findings} == {"acknowledged"}
    query = "select count(*), count(distinct (log_date, check_id, site_id)) from lake.check_result"
    with lake.open_reader(home, settings.timezone) as con:
        ((rows, distinct),) = con.execute(query).fetchall()
        recorded = con.execute(
            "select stage, status, count(*) from lake.stage_run group by all order by all"
        ).fetchall()
    assert rows == distinct == len(second.checks)
    assert recorded == [
        ("aggregate", "done", 1),
        ("check", "done", 2),
        ("detect", "done", 2),
        ("ingest", "done", 2),
        ("report", "done", 2),
        ("retention", "done", 2),
    ]


@pytest.mark.further
def test_a_day_whose_detection_failed_after_late_lines_is_due_again(
    tmp_path: Path, settings: Settings
) -> None:
    """Its last report is of before they came, and would stay the last."""
    home = Home(tmp_path / "var")
    _write(home, "day", _DAYS[0])
    stages.ingest(settings, home, clock=_clock(18))
    with lake.open_writer(home, settings.timezone) as con:
        for stage, hour in (("check", 18), ("detect", 18), ("report", 18), ("check", 20)):
            at = dt.datetime(2026, 11, 18, hour, tzinfo=dt.UTC)
            con.execute(
                "insert into lake.stage_run by name select ? as stage, ? as log_date,"
                " ? as started_at, ? as ended_at, 'done' as status",
                [stage, _DAYS[0], at, at],
            )
    assert stages.due_days(settings, home, _DAYS[1]) == [_DAYS[1]]
    _write(home, "late", _DAYS[0])
    stages.ingest(settings, home, clock=_clock(18, hour=19))
    assert stages.due_days(settings, home, _DAYS[1]) == [_DAYS[0], _DAYS[1]]


@pytest.mark.further
def test_detect_alone_knows_the_days_before(tmp_path: Path, settings: Settings) -> None:
    """Stages may be called one by one; what they build on is brought up to date first."""
    home = Home(tmp_path / "var")
    days = [_DAYS[-1] - dt.timedelta(days=back) for back in range(14, 0, -1)]
    for day in days:
        _write(home, str(day), day)
    stages.ingest(settings, home, clock=_clock(19))
    found = stages.detect(settings, home, [_DAYS[-1]], clock=_clock(20))
    (finding,) = (one for one in found if one.severity != "info")
    assert (finding.detector, finding.evidence["reason"]) == ("log-gap", "no_line")


@pytest.mark.further
def test_upkeep_keeps_every_row_in_fewer_files(tmp_path: Path, settings: Settings) -> None:
    """Merging and cleaning up changes nothing that a query sees."""
    home = Home(tmp_path / "var")
    for number, day in enumerate(_DAYS[:2] * 2):
        _write(home, f"{day}-{number}", day)
        stages.ingest(settings, home, clock=_clock(19))
    result = stages.upkeep(settings, home, clock=_clock(20))
    assert result.rows_before == result.rows_after
    assert result.rows_after["request_fact"] == 4 * 144
    assert result.files_after < result.files_before
    with lake.open_reader(home, settings.timezone) as con:
        assert con.execute("select count(*) from lake.access_log").fetchall() == [(4 * 144,)]


@pytest.mark.further
def test_a_night_keeps_the_lake_in_order_once_a_week(tmp_path: Path, settings: Settings) -> None:
    """A week after the first stage, and then after the last upkeep, whoever did it."""
    home = Home(tmp_path / "var")
    _write(home, "access", _DAYS[0])
    stages.ingest(settings, home, clock=_clock(18))
    assert not is_upkeep_due(settings, home, _clock(24, hour=16))
    assert is_upkeep_due(settings, home, _clock(25, hour=16))
    with only({"log-gap"}):
        stages.run(settings, home, dt.date(2026, 11, 25), clock=_clock(26))
    with lake.open_reader(home, settings.timezone) as con:
        runs = con.execute("select stage, status from lake.stage_run where stage = 'upkeep'")
        assert runs.fetchall() == [("upkeep", "done")]
    assert not is_upkeep_due(settings, home, _clock(27))


@pytest.mark.further
def test_upkeep_that_fails_does_not_fail_the_night(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The result goes out as of any night; doctor warns, and the next night tries again."""
    home = Home(tmp_path / "var")
    _write(home, "access", _DAYS[0])
    stages.ingest(settings, home, clock=_clock(18))
    stuck = home.lake / "data" / "main" / "left.parquet"  # which upkeep is to remove, and cannot
    (stuck / "within").mkdir(parents=True)
    with only({"log-gap"}):
        night = stages.run(settings, home, dt.date(2026, 11, 25), clock=_clock(26))
    assert night.reports[-1].exists()
    assert "upkeep: " in caplog.text
    with lake.open_reader(home, settings.timezone) as con:
        runs = con.execute("select stage, status from lake.stage_run where stage = 'upkeep'")
        assert runs.fetchall() == [("upkeep", "failed")]
        told = check_upkeep(con)
    assert told.status is Status.WARNING
    assert is_upkeep_due(settings, home, _clock(27))
