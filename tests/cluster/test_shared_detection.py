"""Detection shared out among processes: the same findings, ids and scores as of one machine."""

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipelines import lake
from pipelines.detect.jobs import Job
from pipelines.findings import Finding
from pipelines.lake.erasure import changing
from pipelines.night import detection, stages
from pipelines.night.handed_over import taken_over
from pipelines.night.shared_detection import HandedOver, Share, examine_share, share_out
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.cluster import attacked_day
from tests.cluster.conftest import Servers, placed

pytestmark = [pytest.mark.servers, pytest.mark.further]

_DAYS = [dt.date(2026, 11, 18), dt.date(2026, 11, 19)]
_NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
_RULE = """
title: A tool
id: 5d1f2b0e-6c39-4f0f-9a51-0c1c0a6d1d11
level: medium
logsource: {category: webserver}
detection: {tool: {cs-user-agent|contains: curl}, condition: tool}
"""


def _read(folder: Path, place: str) -> tuple[Settings, Home]:
    config = folder / "mimamori.yaml"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "tool.yml").write_text(_RULE)
    config.write_text(f"{attacked_day.SETTINGS}rules: [rules]\n{place}")
    settings, home = load(config), placed(Home(folder / "var"), config)
    home.keys.mkdir(parents=True)
    home.pseudonym_key.write_bytes(bytes(32))  # the ids of two lakes are compared
    for day in _DAYS:
        log = home.logs / "main" / f"{day}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(attacked_day.lines(day, "st-101"))
    stages.ingest(settings, home, clock=lambda: _NOW, on=_DAYS[-1])
    return settings, home


def _told(found: list[Finding]) -> list[dict[str, Any]]:
    return [one.as_json() for one in found]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What one machine finds."""
    settings, home = _read(tmp_path_factory.mktemp("own"), "")
    found = _told(stages.detect(settings, home, _DAYS, lambda: _NOW))
    assert {"brute-force", "sql-injection"} <= {one["detector"] for one in found}
    assert any(one["detector"].startswith("sigma:") for one in found)
    return found


@pytest.fixture
def night(servers: Servers, tmp_path: Path) -> tuple[Settings, Home]:
    """A lake on servers with the lines of two days."""
    return _read(tmp_path / "shared", servers.new_place())


def _examined(settings: Settings, home: Home) -> list[dict[str, Any]]:
    shares = share_out(settings, home, _DAYS, lambda: _NOW)
    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(lambda one: examine_share(settings, home, one), shares)) > 0
    return shares


def _count_of_whole(monkeypatch: pytest.MonkeyPatch) -> list[dt.date]:
    """The days that are examined whole from now on."""
    own, whole = detection.examine, list[dt.date]()

    def examine(
        con: Any,
        settings: Settings,
        day: dt.date,
        rules: detection.Rules | None,
        part: str | None = None,
        beside: Sequence[Job] = (),
    ) -> detection.Examined:
        if part is None:
            whole.append(day)
        return own(con, settings, day, rules, part, beside)

    monkeypatch.setattr(detection, "examine", examine)
    return whole


def _weighed(settings: Settings, home: Home, shares: list[Mapping[str, Any]]) -> list[Any]:
    ready = HandedOver(home, shares)
    return _told(stages.detect(settings, home, _DAYS, lambda: _NOW, ready=ready))


def test_shared_out_it_finds_the_same(
    night: tuple[Settings, Home],
    expected: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is kept from writing while parts are examined; no name stands in what they hand over.

    A later day of the same night rests on what was found on the one before, and is examined anew
    where that has changed; on the next night it has not.
    """
    settings, home = night
    shares = share_out(settings, home, _DAYS, lambda: _NOW)
    with lake.open_writer(home, settings.timezone):
        for share in shares:
            examine_share(settings, home, share)
    files = list(home.examined.iterdir())
    assert len(files) == len(shares)
    assert not any(b"st-101" in path.read_bytes() for path in files)
    assert "st-101" not in str(shares)
    whole = _count_of_whole(monkeypatch)
    assert _weighed(settings, home, list(shares)) == expected
    assert whole == [_DAYS[1]]
    later = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
    again = share_out(settings, home, _DAYS, lambda: later)
    for share in again:
        examine_share(settings, home, share)
    whole.clear()
    assert _weighed(settings, home, list(again)) == expected
    assert whole == []


def test_what_is_missing_or_outdated_is_examined_again(
    night: tuple[Settings, Home],
    expected: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A part whose worker was lost, and all of them after an erasure, whose rows they may hold."""
    settings, home = night
    shares = _examined(settings, home)
    (home.examined / Share(**shares[0]).name).unlink()
    whole = _count_of_whole(monkeypatch)
    assert _weighed(settings, home, list(shares)) == expected
    assert whole == _DAYS
    shares = _examined(settings, home)
    with changing(home):
        pass
    assert not home.examined.exists()
    assert examine_share(settings, home, shares[0]) == 0
    assert taken_over(home, Share(**shares[0]).name) is None
    whole.clear()
    assert _weighed(settings, home, list(shares)) == expected
    assert whole == _DAYS
