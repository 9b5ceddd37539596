"""A field of megabytes: the event is a record, its beginning is kept, and the cut is counted."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.report.limits_passed import LimitPassed, limits_passed
from pipelines.settings.load import load

_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
_SETTINGS = """
limits: {field_bytes: 2000}
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], format: combined}
"""
_LINE = '192.0.2.1 - {user} [19/Nov/2026:09:00:00 +0900] "GET {path} HTTP/1.1" 200 5 "{ref}" "{ua}"'
_PLAIN = {"user": "-", "path": "/a?b=c", "ref": "-", "ua": "Mozilla/5.0"}
_LONG = "x" * 100_000
_PHONE = "tel=090-1234-5678&"


def _line(**values: str) -> str:
    return _LINE.format(**{**_PLAIN, **values}) + "\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a landing folder."""
    (tmp_path / "logs" / "main").mkdir(parents=True)
    (tmp_path / "mimamori.yaml").write_text(_SETTINGS)
    return Home(tmp_path)


@pytest.mark.parametrize(
    "agent",
    [
        pytest.param("Mozilla/5.0", id="plain"),
        pytest.param('Mozilla \\"5\\"', id="careful", marks=pytest.mark.further),
    ],
)
@pytest.mark.parametrize(
    ("values", "column", "size"),
    [
        ({"path": f"/a?{_PHONE}q={_LONG}"}, "url_query", 100_036),
        ({"path": f"/{_LONG}"}, "url_path", 100_014),
        ({"ref": f"https://a.example/?{_PHONE}{_LONG}"}, "referrer", 100_037),
        ({"user": _LONG}, "user_id", 100_000),
    ],
    ids=["query", "path", "referrer", "user"],
)
def test_a_long_field_keeps_its_beginning(
    home: Home, agent: str, values: dict[str, str], column: str, size: int
) -> None:
    """Values are masked in what is kept; the mark says how long the field was; others are whole."""
    settings = load(home.root / "mimamori.yaml")
    text = _line() * 3 + _line(**{"ua": agent, **values})
    (home.logs / "main" / "a.log").write_text(text)
    result = stages.ingest(settings, home, clock=lambda: _NOW)
    assert (result.records, result.rejects, result.failures) == (4, 0, ())
    with lake.open_reader(home, settings.timezone) as con:
        ((kept, method, protocol, status),) = con.execute(
            f"select {column}, method, protocol, status from lake.access_log where line_no = 4"
        ).fetchall()
        passed = limits_passed(con, _NOW)
    assert kept.endswith(f"xxx[cut:{size}]")
    assert 1000 < len(kept) < 2000
    assert "090-1234" not in kept
    assert ("tel=[phone]" in kept) == (_PHONE in "".join(values.values()))
    assert (method, protocol, status) == ("GET", "HTTP/1.1", 200)
    assert passed == (LimitPassed("field_bytes", 1, 2001, 2000, 1, ("main/a.log",)),)


def test_half_a_value_at_the_cut_is_dropped(home: Home) -> None:
    """A number that the cut halves has no shape any more by which it would be masked."""
    settings = load(home.root / "mimamori.yaml")
    for shift in range(8):
        path = home.logs / "main" / f"{shift}.log"
        path.write_text(_line(path=f"/a?{'x' * (1980 + shift)}&q=4111111111111111&{_LONG}"))
    stages.ingest(settings, home, clock=lambda: _NOW)
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute("select url_query from lake.access_log").fetchall()
    assert len(rows) == 8
    assert not any("4111" in query for (query,) in rows)


def test_a_long_agent_is_cut_too(home: Home) -> None:
    """It is one agent of the dimension, by its beginning."""
    settings = load(home.root / "mimamori.yaml")
    (home.logs / "main" / "a.log").write_text(_line(ua=_LONG) + _line())
    assert stages.ingest(settings, home, clock=lambda: _NOW).records == 2
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute("select user_agent from lake.agent order by length(user_agent)")
        agents = [agent for (agent,) in rows.fetchall()]
    assert agents[0] == "Mozilla/5.0"
    assert agents[1].endswith("x[cut:100000]")
