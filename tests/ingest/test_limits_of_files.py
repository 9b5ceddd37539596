"""Files that are larger than they look: read as far as the limits allow, put aside, reported."""

import bz2
import datetime as dt
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
import zstandard

from pipelines import lake
from pipelines.doctor.content import check_content
from pipelines.doctor.nights import check_limits
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_proofs
from pipelines.ingest.bounds import GRACE_BYTES
from pipelines.ingest.result import IngestResult
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_DAY = dt.date(2026, 11, 19)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
_SETTINGS = """
limits: {{{limits}}}
sites:
  - {{id: main, group: main, domains: [main.example], logs: ["main/*.log*"], format: combined}}
"""
_LINE = '192.0.2.{} - - [19/Nov/2026:09:00:00 +0900] "GET /{} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'


def _lines(count: int) -> bytes:
    return "".join(_LINE.format(number % 250, number) for number in range(count)).encode()


def _settings(folder: Path, limits: str = "") -> Settings:
    path = folder / "mimamori.yaml"
    path.write_text(_SETTINGS.format(limits=limits))
    return load(path)


def _ingest(settings: Settings, home: Home, hours: int = 0) -> IngestResult:
    return stages.ingest(settings, home, clock=lambda: _NOW + dt.timedelta(hours=hours))


def _rows(settings: Settings, home: Home, query: str) -> list[tuple[Any, ...]]:
    with lake.open_reader(home, settings.timezone) as con:
        return con.execute(query).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a landing folder."""
    (tmp_path / "logs" / "main").mkdir(parents=True)
    return Home(tmp_path)


def _bomb(compress: str) -> bytes:
    """Three ordinary lines and then line feeds far beyond what is read of an archive."""
    feeds = b"\n" * 2 * GRACE_BYTES
    if compress == "zst":
        return zstandard.compress(_lines(3) + feeds)
    if compress == "xz":
        return lzma.compress(_lines(3)) + lzma.compress(feeds)
    return bz2.compress(_lines(3) + feeds)


@pytest.mark.parametrize("compress", ["bz2", "xz", "zst"])
def test_an_archive_that_unpacks_without_end_is_put_aside(home: Home, compress: str) -> None:
    """Its lines before the bound are records; the file is told of and not read to its end."""
    settings = _settings(home.root)
    (home.logs / "main" / f"a.log.{compress}").write_bytes(_bomb(compress))
    (home.logs / "main" / "b.log").write_bytes(_lines(5))
    result = _ingest(settings, home)
    assert result.records == 8
    (failure,) = result.failures
    assert failure.startswith(f"main/a.log.{compress}: ")
    assert " / read up to byte " in failure
    assert "put aside: limits.archive_ratio is 2000, it has " in failure
    ((status, content_bytes, name, path, seen, allowed),) = _rows(
        settings,
        home,
        "select status, content_bytes, limit_name, path, seen, allowed"
        " from lake.limit_reached join lake.ledger using (path)",
    )
    assert (status, name, allowed) == ("put_aside", "archive_ratio", 2000)
    assert path == f"main/a.log.{compress}"
    assert content_bytes <= GRACE_BYTES
    assert seen > allowed


def test_a_small_archive_of_like_lines_is_read_to_its_end(home: Home) -> None:
    """What unpacks to a few megabytes costs nothing, whatever its ratio."""
    content = _lines(1) * 40_000
    packed = zstandard.compress(content, 19)
    assert len(content) > 2000 * len(packed)
    (home.logs / "main" / "a.log.zst").write_bytes(packed)
    result = _ingest(_settings(home.root), home)
    assert (result.records, result.failures) == (40_000, ())


@pytest.mark.further
def test_a_file_put_aside_stays_so_until_the_limit_or_the_file_changes(home: Home) -> None:
    """Each night tells of it without reading it; a raised limit reads on where it had stopped."""
    path = home.logs / "main" / "a.log"
    path.write_bytes(_lines(2000))
    tight = _settings(home.root, "file_bytes: 50000")
    first = _ingest(tight, home)
    assert 0 < first.records < 2000
    assert "limits.file_bytes is 50000" in first.failures[0]
    second = _ingest(tight, home, hours=24)
    assert (second.lines, second.files) == (0, 0)
    assert " / still put aside: limits.file_bytes" in second.failures[0]
    third = _ingest(_settings(home.root, "file_bytes: 5000000"), home, hours=48)
    assert (first.records + third.records, third.failures) == (2000, ())
    rows = _rows(tight, home, "select count(*), count(distinct line_no) from lake.access_log")
    assert rows == [(2000, 2000)]


def test_lines_of_a_file_are_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading stops with the block in which the bound lies; the proofs of the lake hold."""
    monkeypatch.setattr("pipelines.ingest.reader.LineReader.MAX_BLOCK_LINES", 100)
    settings = _settings(home.root, "file_lines: 250")
    (home.logs / "main" / "a.log").write_bytes(_lines(1000))
    result = _ingest(settings, home)
    assert result.records == 300
    assert "limits.file_lines is 250, it has 300 or more" in result.failures[0]
    ids = KeyedIds.made_with(Pseudonyms.of(home))
    with lake.open_reader(home, settings.timezone) as con:
        outcomes = check_proofs(con) + check_content(con, settings, home.logs, ids)
        told = check_limits(con, _NOW)
    assert {outcome.status for outcome in outcomes} == {Status.OK}
    assert told.status is Status.WARNING
    assert "limits.file_lines=250: 1 (main/a.log)" in told.message


def test_formats_beyond_the_bound_are_counted(home: Home) -> None:
    """Their lines are kept as rejects, the limit and how many they were stand in the lake."""
    settings = _settings(home.root, "file_formats: 2")
    rows = [
        f"#Fields: date time c-ip x-{number}\n2026-11-19 00:15:00 192.0.2.1 -\n"
        for number in range(5)
    ]
    (home.logs / "main" / "a.log").write_text("".join(rows))
    settings = settings.model_copy(
        update={"sites": (settings.sites[0].model_copy(update={"format": "auto"}),)}
    )
    result = _ingest(settings, home)
    assert (result.records, result.rejects, result.comments) == (2, 3, 5)
    assert "limits.file_formats" in result.failures[0]
    assert _rows(
        settings, home, "select limit_name, seen, allowed, lines from lake.limit_reached"
    ) == [("file_formats", 3, 2, 3)]


@pytest.mark.further
def test_report_and_summary_name_a_file_put_aside(home: Home) -> None:
    """Not only in the night that met it, but as long as it lies there."""
    settings = _settings(home.root, "file_lines: 10")
    (home.logs / "main" / "a.log").write_bytes(_lines(50))
    _ingest(settings, home)
    _ingest(settings, home, hours=24)
    on = _DAY + dt.timedelta(days=1)
    stages.report(settings, home, [on], clock=lambda: _NOW + dt.timedelta(days=1))
    summary = json.loads((home.reports / str(on) / "summary.json").read_text())
    assert summary["limits"] == {"file_lines": 1}
    page = (home.reports / str(on) / "index.html").read_text()
    assert "10 行を超えるファイル 1 件。そこまで読んで保留しました: main/a.log" in page


@pytest.mark.further
def test_an_archive_cannot_hide_behind_the_first_line_of_a_known_file(home: Home) -> None:
    """A file is compared with one that begins alike; that too stops at the bound."""
    settings = _settings(home.root)
    (home.logs / "main" / "a.log").write_bytes(_lines(1) + b"\n" * GRACE_BYTES)
    assert _ingest(settings, home).records == 1
    (home.logs / "main" / "b.log.zst").write_bytes(_bomb("zst"))
    result = _ingest(settings, home, hours=1)
    assert result.records == 3
    assert "limits.archive_ratio" in result.failures[0]
