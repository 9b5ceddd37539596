"""A roster names the shops that must send logs, whether a folder lies there or not."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.audit.sites import read_sites
from pipelines.errors import SettingsError
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.report.unreadable import unreadable_of
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.sites.state import site_statuses
from pipelines.text.month import Month
from tests.detect.replayed import only
from tests.sites.shops import SETTINGS

_DAYS = [dt.date(2026, 11, day) for day in (16, 17, 18, 19)]
_NEVER, _SILENT, _CLOSED, _UNLISTED = 20, 15, 5, 3


def _settings(folder: Path, rows: Sequence[str], header: str = "shop") -> Settings:
    path = folder / "mimamori.yaml"
    path.write_text(SETTINGS, encoding="utf-8")
    (folder / "shops.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return load(path)


def _send(home: Home, shop: str, day: dt.date) -> None:
    path = home.logs / "benry" / shop / f"{day}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(
            f'192.0.2.1 - - [{day:%d/%b/%Y}:{hour:02}:00:00 +0900] "GET / HTTP/1.1" 200 512'
            ' "-" "Mozilla/5.0"\n'
            for hour in (9, 12)
        ),
        encoding="utf-8",
    )


def _clock(day: dt.date):
    return lambda: dt.datetime.combine(day, dt.time(17), dt.UTC)  # 02:00 of the next day in Japan


def _states(settings: Settings, home: Home, day: dt.date) -> dict[str, str]:
    with lake.open_reader(home, settings.timezone) as con:
        return {one.franchise or "": one.state for one in site_statuses(con, settings, day)}


@pytest.mark.further
@pytest.mark.parametrize("count", [60, pytest.param(3_000, marks=pytest.mark.timeout(1200))])
def test_every_shop_of_a_roster_is_told_right_on_every_night(tmp_path: Path, count: int) -> None:
    """Never heard, silent since a day, closed, and unlisted ones, beside those that send."""
    shops = [f"{number:04}" for number in range(count)]
    never, silent = shops[:_NEVER], shops[_NEVER : _NEVER + _SILENT]
    closed = shops[_NEVER + _SILENT :][:_CLOSED]
    unlisted = [f"x{number}" for number in range(_UNLISTED)]
    ends = dict.fromkeys(closed, str(_DAYS[1]))
    settings = _settings(
        tmp_path,
        [f"{shop},2020-01-01,{ends.get(shop, '')}" for shop in shops],
        "shop,opened_on,closed_on",
    )
    home = Home(tmp_path / "var")
    for day in _DAYS:
        for shop in [*shops[_NEVER:], *unlisted]:
            is_silent = shop in silent and day >= _DAYS[2]
            if not is_silent and not (shop in closed and day > _DAYS[1]):
                _send(home, shop, day)
        stages.ingest(settings, home, clock=_clock(day))
        states = _states(settings, home, day)
        gone = len(silent) if day >= _DAYS[2] else 0
        shut = len(closed) if day >= _DAYS[2] else 0
        assert Counter(states.values()) == Counter(
            {
                "never": _NEVER,
                "missing": gone,
                "closed": shut,
                "unlisted": _UNLISTED,
                "in": count - _NEVER - gone - shut,
            }
        )
        assert {shop for shop, state in states.items() if state == "unlisted"} == set(unlisted)
        assert {shop for shop, state in states.items() if state == "never"} == set(never)
    stages.detect(settings, home, [_DAYS[-1]], clock=_clock(_DAYS[-1]))
    stages.report(settings, home, [_DAYS[-1]], clock=_clock(_DAYS[-1]))
    written = (home.reports / str(_DAYS[-1]) / "summary.json").read_text(encoding="utf-8")
    summary = json.loads(written)
    assert (summary["sites"], summary["sites_missing"]) == (count - _CLOSED, _NEVER + _SILENT)
    assert summary["verdict"] != "clear"
    assert summary["troubles"]["sites_unlisted"] == _UNLISTED


@pytest.mark.further
def test_days_of_a_row_say_when_a_shop_is_expected(tmp_path: Path) -> None:
    """Before its first day and after its last, its lines are unlisted and its silence is none."""
    settings = _settings(
        tmp_path, ["a,2026-11-18,", "b,,2026/11/17", "c,,"], "shop,opened_on,closed_on"
    )
    home = Home(tmp_path / "var")
    for shop in ("a", "b"):
        for day in (_DAYS[0], _DAYS[3]):
            _send(home, shop, day)
    stages.ingest(settings, home, clock=_clock(_DAYS[3]))
    assert [_states(settings, home, day) for day in _DAYS] == [
        {"a": "unlisted", "b": "in"},
        {"b": "closed"},
        {"a": "missing", "b": "closed"},
        {"a": "in", "b": "unlisted", "c": "never"},
    ]


@pytest.mark.further
def test_a_row_that_is_taken_out_ends_nothing_of_a_shop_that_sent(tmp_path: Path) -> None:
    """It stays expected until somebody closes it; a row that was a mistake is forgotten."""
    settings = _settings(tmp_path, ["a", "b", "typo"])
    home = Home(tmp_path / "var")
    for shop in ("a", "b"):
        _send(home, shop, _DAYS[0])
    stages.ingest(settings, home, clock=_clock(_DAYS[0]))
    assert _states(settings, home, _DAYS[0]) == {"a": "in", "b": "in", "typo": "never"}
    settings = _settings(tmp_path, ["a"])
    stages.ingest(settings, home, clock=_clock(_DAYS[1]))
    assert _states(settings, home, _DAYS[1]) == {"a": "missing", "b": "missing"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(None, "No such file", marks=pytest.mark.further),
        pytest.param(b"name\nShop A\n", "missing: shop", marks=pytest.mark.further),
        pytest.param(b"shop\n\x81\n", "neither UTF-8", marks=pytest.mark.further),
        pytest.param(
            b"shop,opened_on\na,2026-11-01\nb,soon\n",
            "shops.csv:3: opened_on",
            marks=pytest.mark.further,
        ),
        (b"shop\na\n<img src=x>\n", "shops.csv:3: shop: cannot be part of a site id"),
        pytest.param(
            b"shop\n\na\nb\na\n",
            "shops.csv:5: shop: stands in an earlier row",
            marks=pytest.mark.further,
        ),
    ],
)
def test_a_wrong_roster_takes_nothing_away_and_is_told_each_night(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """What was last read of it stays in force; no night without it is an all-clear."""
    settings = _settings(tmp_path, ["a", "b"])
    home = Home(tmp_path / "var")
    home.logs.mkdir(parents=True)
    stages.ingest(settings, home, clock=_clock(_DAYS[0]))
    if content is None:
        (tmp_path / "shops.csv").unlink()
    else:
        (tmp_path / "shops.csv").write_bytes(content)
    for day in _DAYS[1:3]:
        result = stages.ingest(settings, home, clock=_clock(day))
        assert any(reason in failure for failure in result.failures), result.failures
        assert _states(settings, home, day)["a"] == "never"
        with lake.open_reader(home, settings.timezone) as con:
            assert [one.path for one in unreadable_of(con, settings, day, "en")] == [
                str(settings.sites[0].roster)
            ]


@pytest.mark.further
def test_the_audit_covers_the_days_of_the_rows(tmp_path: Path) -> None:
    """A shop never heard is missing from its first day on; an unlisted one only if it sent."""
    settings = _settings(tmp_path, ["a,2026-11-18,", "b,,2026-11-17"], "shop,opened_on,closed_on")
    home = Home(tmp_path / "var")
    for shop in ("b", "stray"):
        _send(home, shop, _DAYS[0])
    stages.ingest(settings, home, clock=_clock(_DAYS[3]))
    with only({"log-gap"}):
        stages.detect(settings, home, _DAYS, clock=_clock(_DAYS[3]))
    month = Month(dt.date(2026, 11, 1))
    with lake.open_writer(home, settings.timezone) as con:
        con.execute(
            "create temp table audit_finding as select *, null as verdict from lake.findings"
        )
        sites = read_sites(con, settings, month, checked=_DAYS, over=_DAYS)
    days = slice(_DAYS[0].day - 1, _DAYS[3].day)
    assert {site.site_id: site.cover[days] for site in sites} == {
        "benry-a": ("before", "before", "nothing", "nothing"),
        "benry-b": ("complete", "closed", "closed", "closed"),
        "benry-stray": ("complete", "closed", "closed", "closed"),
    }


def test_only_a_template_has_a_roster(tmp_path: Path) -> None:
    """The mistake is told with its line and key."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        "sites:\n  - {id: a, group: main, domains: [a.example], logs: [a.log], roster: a.csv}\n"
    )
    with pytest.raises(SettingsError, match=r"mimamori.yaml:2: sites\[0\].*roster"):
        load(path)
