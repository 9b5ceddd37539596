"""What strangers send costs no more than in proportion: rows of each statement, not its time."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bench import profile

from pipelines.detect.catalogue import load_catalogue
from pipelines.night import stages
from pipelines.paths import PROJECT_ROOT
from tests.detect import scenario
from tests.detect.given_findings import clock_at
from tests.detect.replayed import only, read

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(300)]

_FEW, _MANY = 600, 2_400
_FACTOR = 40
"""Rows that a statement's operators may give on for each line that strangers send."""
_SLACK = 5_000  # what differs because of sketches and samples
_INSIDER = PROJECT_ROOT / "sql" / "detectors" / "record-enumeration" / "fires.yaml"
_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0"
_LEDGER = profile.Ledger
_FROM: dict[str, Callable[[int], tuple[str, str]]] = {
    "addresses": lambda i: (f"{11 + i // 65536}.{i // 256 % 256}.{i % 256}.9", "-"),
    "slash-64s": lambda i: (f"3fff:1:1:{i:x}::1", "-"),
    "sessions": lambda i: ("198.51.100.7", f"s{i:08x}"),
}


def _sent(i: int, many: int, day: dt.date, place: tuple[str, str]) -> str:
    """The line of a stranger: a record refused, absent or given, a log-in, a page, a name."""
    second = i * 86_000 // many
    at = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    user, request, status = (
        ("-", f"GET /customers/{700_000 + i}", 401),
        ("-", f"GET /customers/{800_000 + i}", 404),
        ("-", f"GET /customers/{900_000 + i}", 200),
        (f"u{i}", "POST /login", 401),
        ("-", f"GET /old/page{i}.html", 404),
        ("-", f"GET /password/forgot?name=n{i}", 200),
    )[i % 6]
    address, session = place
    return (
        f'{address} - {user} [{day:%d/%b/%Y}:{at} +0900] "{request} HTTP/1.1" {status} 150 "-"'
        f' "{_AGENT}" "{session}"'
    )


def _rows(folder: Path, kind: str, many: int, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return by statement the rows that its operators gave on in a night with so many lines."""
    world = scenario.load(_INSIDER, 0)
    today = world.lines["site"][world.date]
    lines = [_sent(i, many, world.date, _FROM[kind](i)) for i in range(many)]
    world.lines["site"][world.date] = sorted(
        [*today, *lines], key=lambda line: line.partition("[")[2]
    )
    folder.mkdir()
    settings, home = read(folder, world)
    rows: Counter[str] = Counter()

    class Ledger(_LEDGER):
        def finish(self, tally: profile.Tally, metrics: dict[str, Any]) -> None:
            super().finish(tally, metrics)
            tallies = self.tallies.copy()  # statements of other threads come meanwhile
            (name,) = (key for key, one in tallies.items() if one is tally)
            rows[" | ".join(name)] += _given_on(metrics)

    monkeypatch.setattr(profile, "Ledger", Ledger)
    night = clock_at(world.date + dt.timedelta(days=1))
    with profile.watching(), only(load_catalogue().keys()):
        found = stages.detect(settings, home, [world.date], clock=night)
    assert "record-enumeration" in {one.detector for one in found}
    return rows


def _given_on(metrics: Mapping[str, Any]) -> int:
    own = metrics.get("operator_cardinality") or 0
    return own + sum(_given_on(one) for one in metrics.get("children", ()))


@pytest.mark.parametrize("kind", list(_FROM))
def test_rows_grow_no_faster_than_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Of every statement of a night's detection, whatever strangers send, and from wherever."""
    few = _rows(tmp_path / "few", kind, _FEW, monkeypatch)
    many = _rows(tmp_path / "many", kind, _MANY, monkeypatch)
    assert len(many) > len(load_catalogue())
    assert sum(many.values()) > sum(few.values())
    most = _FACTOR * (_MANY - _FEW) + _SLACK
    assert {name: n - few[name] for name, n in many.items() if n - few[name] > most} == {}
