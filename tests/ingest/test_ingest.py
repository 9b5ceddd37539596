"""Files to lake: nothing lost, nothing twice, whatever happens to the files or the process."""

import datetime as dt
import gzip
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import LakeBusyError, MimamoriError, UsageError
from pipelines.ingest.line_parser import LineParser
from pipelines.ingest.result import IngestResult
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/access.log*"], format: combined}
  - {id: "shop-{franchise}", group: benry, domains: ["{franchise}.shop.example"],
     logs: ["shop/{franchise}/access.log*"], franchise: "{franchise}", format: auto}
"""


def _line(number: int, day: int = 19) -> str:
    clock = f"09:{number // 60 % 60:02}:{number % 60:02}"
    return (
        f"192.0.2.{number % 250} - - [{day}/Nov/2026:{clock} +0900]"
        f' "GET /{number} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
    )


def _lines(first: int, last: int) -> str:
    return "".join(_line(number) for number in range(first, last))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty working folder with a landing folder."""
    (tmp_path / "logs" / "main").mkdir(parents=True)
    return Home(tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """One plain site and a template."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    return load(path)


def _ingest(settings: Settings, home: Home) -> IngestResult:
    return stages.ingest(settings, home, clock=lambda: _NOW)


def _count(settings: Settings, home: Home, query: str = "select count(*) from lake.access_log"):
    with lake.open_reader(home, settings.timezone) as con:
        return con.execute(query).fetchall()[0][0]


def _figures(result: IngestResult) -> tuple[int, int, int, int, int]:
    return (result.lines, result.records, result.rejects, result.comments, result.duplicates)


def test_lines_of_a_file_end_as_records_rejects_and_comments(
    home: Home, settings: Settings
) -> None:
    """The sums agree in the result, the tables and the ledger; rejects keep their place."""
    log = home.logs / "main" / "access.log"
    log.write_text("#Comment\n" + _lines(0, 5) + "rubbish\n\n" + _line(5, day=18))
    result = _ingest(settings, home)
    assert _figures(result) == (9, 6, 1, 2, 0)
    assert result.changed_days == (dt.date(2026, 11, 18), dt.date(2026, 11, 19))
    assert _count(settings, home) == 6
    with lake.open_reader(home, settings.timezone) as con:
        (reject,) = con.execute(
            "select path, line_no, byte_offset, reason, line, log_date from lake.reject"
        ).fetchall()
        ledger = con.execute(
            "select lines, records, rejects, comments, status, format from lake.ledger"
        ).fetchall()
    content = log.read_bytes()
    assert reject[:2] == ("main/access.log", 7)
    assert content[reject[2] :].startswith(b"rubbish\n")
    assert reject[3:] == ("no space after the host", "rubbish", dt.date(2026, 11, 19))
    assert ledger == [(9, 6, 1, 2, "read", "combined")]


def test_second_run_reads_nothing(home: Home, settings: Settings) -> None:
    """What has been read is known by path, size and time of change."""
    (home.logs / "main" / "access.log").write_text(_lines(0, 5))
    _ingest(settings, home)
    assert _figures(_ingest(settings, home)) == (0, 0, 0, 0, 0)
    assert _count(settings, home) == 5


def test_grown_file_gives_only_its_tail(home: Home, settings: Settings) -> None:
    """Line numbers go on and ids stay; a half line waits for its end."""
    log = home.logs / "main" / "access.log"
    log.write_text(_lines(0, 5) + _line(5)[:40])
    os.utime(log, (_NOW.timestamp(), _NOW.timestamp()))
    assert _figures(_ingest(settings, home))[:2] == (5, 5)
    log.write_text(_lines(0, 8))
    assert _figures(_ingest(settings, home))[:2] == (3, 3)
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select line_no, url_path, count(distinct file_id) over () from lake.access_log"
            " order by line_no"
        ).fetchall()
    assert rows == [(number + 1, f"/{number}", 1) for number in range(8)]


@pytest.mark.further
def test_rotated_file_is_known_by_its_content(home: Home, settings: Settings) -> None:
    """Renamed or compressed since, a file is not read again; its tail under the new name is."""
    plain, packed = (home.logs / "shop" / shop / "access.log" for shop in ("1", "2"))
    for first, log in ((0, plain), (1000, packed)):
        log.parent.mkdir(parents=True)
        log.write_text(_lines(first, first + 5))
    _ingest(settings, home)
    plain.with_name("access.log.1").write_text(_lines(0, 6))
    packed.with_name("access.log.1.gz").write_bytes(gzip.compress(_lines(1000, 1006).encode()))
    for first, log in ((100, plain), (1100, packed)):
        log.unlink()
        log.write_text(_lines(first, first + 3))
    assert _figures(_ingest(settings, home)) == (8, 8, 0, 0, 0)
    assert _figures(_ingest(settings, home)) == (0, 0, 0, 0, 0)
    for shop in ("1", "2"):
        rows = f"select count(*) from lake.access_log where site_id = 'shop-{shop}'"
        assert _count(settings, home, rows) == 9


def test_copy_of_a_file_counts_as_duplicate(home: Home, settings: Settings) -> None:
    """The same lines under a second name are counted as duplicates, once."""
    log = home.logs / "main" / "access.log"
    log.write_text(_lines(0, 5))
    log.with_name("access.log.copy").write_text(_lines(0, 5))
    assert _figures(_ingest(settings, home)) == (10, 5, 0, 0, 5)
    assert _figures(_ingest(settings, home)) == (0, 0, 0, 0, 0)
    assert _count(settings, home) == 5


@pytest.mark.further
def test_rewritten_file_is_read_anew(home: Home, settings: Settings) -> None:
    """After copytruncate the same name holds another file."""
    log = home.logs / "main" / "access.log"
    log.write_text(_lines(0, 5))
    _ingest(settings, home)
    log.write_text(_lines(50, 57))
    assert _figures(_ingest(settings, home))[:2] == (7, 7)
    assert _count(settings, home) == 12


def test_files_that_begin_alike_are_two_files(home: Home, settings: Settings) -> None:
    """Two files with the same first line have ids of their own."""
    log = home.logs / "main" / "access.log"
    log.write_text(_lines(0, 3))
    log.with_name("access.log.1").write_text(_line(0) + _lines(10, 12))
    assert _figures(_ingest(settings, home))[:2] == (6, 6)
    assert _count(settings, home, "select count(distinct event_id) from lake.access_log") == 6


@pytest.mark.further
def test_ids_are_the_same_in_another_lake(settings: Settings, tmp_path: Path) -> None:
    """The same line of the same file gives the same id on every run."""
    ids = []
    for name in ("a", "b"):
        other = Home(tmp_path / name)
        (other.logs / "main").mkdir(parents=True)
        (other.logs / "main" / f"access.log.{name}").write_text(_lines(0, 5))
        _ingest(settings, other)
        with lake.open_reader(other, settings.timezone) as con:
            ids.append(con.execute("select event_id from lake.access_log order by all").fetchall())
    assert ids[0] == ids[1]


def test_template_makes_a_site_of_every_folder(home: Home, settings: Settings) -> None:
    """Each shop's folder is a site with its franchise and domain."""
    for shop in ("001", "002"):
        folder = home.logs / "shop" / shop
        folder.mkdir(parents=True)
        (folder / "access.log").write_text(_lines(int(shop) * 10, int(shop) * 10 + 2))
    assert _ingest(settings, home).records == 4
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select distinct site_id, site_group, site_domain from lake.access_log order by all"
        ).fetchall()
    assert rows == [
        ("shop-001", "benry", "001.shop.example"),
        ("shop-002", "benry", "002.shop.example"),
    ]


def test_bad_files_do_not_stop_the_others(home: Home, settings: Settings) -> None:
    """Noise, an empty file, a damaged archive and a dangling link: messages, others ingested."""
    folder = home.logs / "shop" / "001"
    folder.mkdir(parents=True)
    (folder / "access.log").write_text(_lines(0, 5))
    (folder / "access.log.empty").write_text("")
    noise = random.Random(1).randbytes(5000)  # noqa: S311 - no secret
    (folder / "access.log.noise").write_bytes(noise.replace(b"#", b"x") + b"\n")
    (folder / "access.log.gz").write_bytes(b"\x1f\x8bdamaged")
    (folder / "access.log.link").symlink_to(folder / "gone")
    result = _ingest(settings, home)
    assert result.records == 5
    messages = "\n".join(result.failures)
    assert "access.log.noise: no known log format fits" in messages
    assert "access.log.gz: cannot be read: the compressed file is" in messages
    assert "access.log.link: cannot be read: シンボリックリンクはたどりません" in messages
    assert len(result.failures) == 3
    assert result.lines == result.records + result.rejects + result.comments
    statuses = "select list(status order by status) from lake.ledger"
    assert _count(settings, home, statuses) == ["empty", "read", "read", "unreadable", "unreadable"]


@pytest.mark.further
def test_archive_that_arrived_in_part_is_completed(home: Home, settings: Settings) -> None:
    """The whole lines of a cut off archive are kept; the rest comes with the whole archive."""
    log = home.logs / "main" / "access.log.gz"
    whole = gzip.compress("".join(_line(number) for number in range(3000)).encode())
    log.write_bytes(whole[: len(whole) // 2])
    first = _ingest(settings, home)
    assert 0 < first.records < 3000
    assert "the compressed file is cut off" in first.failures[0]
    log.write_bytes(whole)
    assert first.records + _ingest(settings, home).records == 3000
    assert _count(settings, home) == 3000


def test_missing_landing_folder_is_an_error(settings: Settings, tmp_path: Path) -> None:
    """The message names the folder and what to do."""
    with pytest.raises(MimamoriError, match="no such landing folder"):
        stages.ingest(settings, Home(tmp_path / "none"))


def test_unknown_site_is_wrong_usage(home: Home, settings: Settings) -> None:
    """A mistyped --site is no silent nothing."""
    with pytest.raises(UsageError, match="no site 'nain'"):
        stages.ingest(settings, home, site_ids=["nain"])


def test_second_writer_leaves_with_a_message(home: Home, settings: Settings) -> None:
    """The lake has one writer at a time; readers see the last commit meanwhile."""
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("begin transaction")
        con.execute("delete from lake.site")
        assert _count(settings, home) == 0
        with (
            pytest.raises(LakeBusyError, match="another mimamori process"),
            lake.open_writer(home, settings.timezone, wait_seconds=0),
        ):
            pytest.fail("two writers at once")


@pytest.mark.parametrize(
    "moment",
    [0.3, *(pytest.param(other, marks=pytest.mark.full) for other in (0.1, 0.5, 0.7, 0.9))],
)
def test_killed_ingest_is_completed_by_the_next(
    home: Home, settings: Settings, tmp_path: Path, moment: float
) -> None:
    """`kill -9` leaves whole files or nothing; the next run ends with every line, once."""
    count = 20_000
    for part in range(4):
        text = _lines(part * count // 4, (part + 1) * count // 4)
        (home.logs / "main" / f"access.log.{part}").write_text(text)
    program = (
        "import pipelines.ingest.run as run; run._BATCH_DISK_BYTES = 1\n"  # a commit for each file
        "from pipelines.cli import main; main()"
    )
    command = [
        sys.executable, "-c", program,
        "--config", str(tmp_path / "mimamori.yaml"), "--home", str(home.root), "ingest",
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _wait_for_files_read(process, int(moment * 4))
    time.sleep(moment / 10)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stderr is not None
    process.stderr.close()
    before = _count(settings, home) if home.catalog.exists() else 0
    assert before % (count // 4) == 0
    result = _ingest(settings, home)
    assert before + result.records == count
    assert _count(settings, home) == count
    assert _count(settings, home, "select count(distinct event_id) from lake.request") == count


def _wait_for_files_read(process: subprocess.Popen[str], wanted: int) -> None:
    read = 0
    assert process.stderr is not None
    while read < wanted and (line := process.stderr.readline()):
        read += ": read," in line


@pytest.mark.further
def test_lake_may_be_moved(home: Home, settings: Settings, tmp_path: Path) -> None:
    """A working folder restored elsewhere works as before."""
    (home.logs / "main" / "access.log").write_text(_lines(0, 5))
    _ingest(settings, home)
    moved = Home(tmp_path.with_name(tmp_path.name + "-moved"))
    home.root.rename(moved.root)
    assert _count(settings, moved) == 5


@pytest.mark.further
def test_impossible_year_is_a_reject(home: Home, settings: Settings) -> None:
    """A year that no calendar here reaches costs its line, not the night."""
    usual = _line(1).split("[")[1].split("]")[0]
    for number, stamp in enumerate(
        (
            "01/Jan/0000:00:00:00 +0000",
            "01/Jan/0001:00:00:00 +0900",
            "31/Dec/9999:23:59:59 +0000",
            "31/Dec/9999:23:59:59 -1200",
        )
    ):
        log = home.logs / "main" / f"access.log.{number}"
        log.write_text(_line(10 * number) + _line(1).replace(usual, stamp))
    assert _figures(_ingest(settings, home)) == (8, 4, 4, 0, 0)
    rejects = "select list(rejects order by path) from lake.ledger"
    assert _count(settings, home, rejects) == [1, 1, 1, 1]


def test_file_that_breaks_the_reader_costs_no_other_file(
    home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault met in files leaves the others of their batch ingested, and says so."""
    for name in "abcdefg":
        first = 10 * ord(name)
        (home.logs / "main" / f"access.log.{name}").write_text(_lines(first, first + 3))
    parse = LineParser.parse

    def faulty(parser, blocks, readings):
        if any(
            f'"GET /{10 * ord(name)} HTTP'.encode() in each.block.data
            for each in blocks
            for name in "be"
        ):
            raise ValueError
        return parse(parser, blocks, readings)

    monkeypatch.setattr(LineParser, "parse", faulty)
    result = _ingest(settings, home)
    assert result.records == 15
    assert result.failures == (
        "main/access.log.b: cannot be read: ValueError",
        "main/access.log.e: cannot be read: ValueError",
    )
    monkeypatch.setattr(LineParser, "parse", parse)
    assert _ingest(settings, home).records == 6
    assert _count(settings, home) == 21


@pytest.mark.further
def test_rotation_with_a_new_file_under_the_old_name_is_no_duplicate(
    home: Home, settings: Settings
) -> None:
    """Ordinary logrotate: the old name holds a new file, the old content another name."""
    log = home.logs / "main" / "access.log"
    log.write_text(_lines(0, 5))
    _ingest(settings, home)
    log.rename(log.with_name("access.log.1"))
    log.write_text(_line(7))
    assert _figures(_ingest(settings, home)) == (1, 1, 0, 0, 0)
    statuses = "select list(status order by status) from lake.ledger"
    assert _count(settings, home, statuses) == ["read", "read", "renamed"]


@pytest.mark.further
def test_half_line_of_an_old_file_waits_for_a_second_look(home: Home, settings: Settings) -> None:
    """A time of change in the past proves nothing; the same file at the next run does."""
    log = home.logs / "main" / "access.log"
    log.write_text(_line(0) + _line(1)[:-20])
    os.utime(log, (_NOW.timestamp() - 9000,) * 2)
    assert _figures(_ingest(settings, home)) == (1, 1, 0, 0, 0)
    later = _NOW + dt.timedelta(days=1)
    result = stages.ingest(settings, home, clock=lambda: later)
    assert _figures(result) == (1, 0, 1, 0, 0)
    log.write_text(_line(0) + _line(1)[:-20] + "\n" + _line(2))
    assert _figures(_ingest(settings, home)) == (1, 1, 0, 0, 0)


def test_escaped_quote_is_no_end_of_a_line(home: Home, settings: Settings) -> None:
    r"""A client that sends `\"` does not make half a line look whole."""
    log = home.logs / "main" / "access.log"
    half = _line(0).replace('Mozilla/5.0"\n', 'a\\"')
    log.write_text(half)
    assert _figures(_ingest(settings, home)) == (0, 0, 0, 0, 0)
    log.write_text(half + '"\n')
    assert _figures(_ingest(settings, home)) == (1, 1, 0, 0, 0)
    assert _count(settings, home, "select user_agent from lake.access_log") == 'a"'


@pytest.mark.further
def test_lines_joined_by_carriage_returns_are_rejected(home: Home, settings: Settings) -> None:
    """Several requests in one line hide nothing: the line is kept as a reject."""
    text = _lines(0, 3).replace("\n", "\r") + "\n" + _line(5)
    (home.logs / "main" / "access.log").write_bytes(text.encode())
    assert _figures(_ingest(settings, home)) == (2, 1, 1, 0, 0)


def test_folder_with_an_odd_name_is_no_site(
    home: Home, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """What a site's id cannot be made of is named, not read."""
    folder = home.logs / "shop" / "..x'<b>"
    folder.mkdir(parents=True)
    (folder / "access.log").write_text(_line(0))
    assert _ingest(settings, home).files == 0
    assert "cannot be a site" in caplog.text


def test_lines_that_come_again_in_another_file_are_counted_once(
    home: Home, settings: Settings
) -> None:
    """The hours of a day, then the day in one file with more lines: only these are new."""
    folder = home.logs / "main"
    (folder / "access.log.09").write_text(_lines(0, 100))
    (folder / "access.log.10").write_text(_lines(100, 200))
    _ingest(settings, home)
    (folder / "access.log.day").write_text("#joined\n" + _lines(50, 200) + _lines(200, 230))
    assert _figures(_ingest(settings, home)) == (181, 30, 0, 1, 150)
    assert _count(settings, home) == 230
    days = "select sum(duplicates), sum(records) from lake.ledger_day"
    with lake.open_reader(home, settings.timezone) as con:
        assert con.execute(days).fetchall() == [(150, 230)]
    (folder / "access.log.sorted").write_text(
        "".join(sorted(_lines(0, 230).splitlines(keepends=True)))
    )
    assert _figures(_ingest(settings, home)) == (230, 0, 0, 0, 230)
    assert _count(settings, home) == 230


@pytest.mark.further
def test_two_servers_with_the_same_monitor_lose_no_line(home: Home, settings: Settings) -> None:
    """Equal lines of a monitor in the logs of two servers are requests of their own."""
    monitor = [
        _line(number).replace(f"GET /{number} ", "GET /health ") for number in range(0, 600, 10)
    ]
    for server in range(2):
        own = [_line(number + 300 * server) for number in range(300)]
        (home.logs / "main" / f"access.log.{server}").write_text("".join(sorted(monitor + own)))
    assert _figures(_ingest(settings, home)) == (720, 720, 0, 0, 0)


@pytest.mark.further
def test_copies_that_grow_side_by_side_are_counted_line_by_line(
    home: Home, settings: Settings
) -> None:
    """What comes under two names is read once and counted as duplicate once, tails too."""
    folder = home.logs / "main"
    for until, expected in ((100, (200, 100, 0, 0, 100)), (120, (40, 20, 0, 0, 20))):
        (folder / "access.log").write_text(_lines(0, until))
        (folder / "access.log.copy").write_text(_lines(0, until))
        assert _figures(_ingest(settings, home)) == expected
    assert _figures(_ingest(settings, home)) == (0, 0, 0, 0, 0)
    duplicates = "select sum(duplicates) from lake.ledger_day"
    assert _count(settings, home, duplicates) == 120


def test_line_that_a_client_begins_with_a_hash_is_a_record(home: Home, tmp_path: Path) -> None:
    """Only directives are comments: nobody hides a request behind a # of his own."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        """
sites:
  - id: main
    group: main
    domains: [main.example]
    logs: ["main/access.log*"]
    format: '%{X-Forwarded-For}i %l %u %t "%r" %>s %b'
"""
    )
    hidden = _line(1).replace("192.0.2.1 ", "#, 203.0.113.66 ").rsplit(' "', 2)[0] + "\n"
    (home.logs / "main" / "access.log").write_text("# a remark\n" + hidden)
    assert _figures(_ingest(load(path), home)) == (2, 1, 0, 1, 0)


@pytest.mark.further
def test_odd_name_is_read_and_shown_escaped(home: Home, settings: Settings) -> None:
    """A name that is no text stops no night."""
    folder = home.logs / "main"
    (folder / os.fsdecode(b"access.log.\xff\n")).write_text(_lines(0, 3))
    assert _ingest(settings, home).records == 3
    assert _count(settings, home, "select path from lake.ledger") == "main/access.log.\\xff\\x0a"


def test_masked_lines_are_no_duplicates(home: Home, settings: Settings) -> None:
    """Two servers log two people's numbers at the same seconds: nobody is dropped.

    Nor are lines that are alike by chance, as many as a run needs, with these between them.
    """
    for server in "89":
        text = "".join(
            _line(number).replace(f"GET /{number} ", f"GET /{number}/0{server}0{number:08} ")
            if number % 2
            else _line(number)
            for number in range(60)
        )
        (home.logs / "main" / f"access.log.{server}").write_text(text)
    assert _figures(_ingest(settings, home)) == (120, 120, 0, 0, 0)


def test_w3c_header_under_auto_is_no_failure(home: Home, tmp_path: Path) -> None:
    """What stands before `#Fields` names no format and needs none."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        "sites: [{id: main, group: main, domains: [main.example], logs: ['main/*'], format: auto}]"
    )
    (home.logs / "main" / "u_ex.log").write_text(
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
        "#Date: 2026-11-19 00:00:00\n#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
        "2026-11-19 00:15:00 192.0.2.1 GET /a 200\n"
    )
    result = _ingest(load(path), home)
    assert _figures(result) == (5, 1, 0, 4, 0)
    assert result.failures == ()


def test_key_that_is_none_stops_the_ingest(home: Home, settings: Settings) -> None:
    """Without its key a session id could be found by trying: that is told, not passed over."""
    (home.logs / "main" / "access.log").write_text(_lines(0, 3))
    _ingest(settings, home)
    home.pseudonym_key.write_bytes(b"")
    with pytest.raises(MimamoriError, match="is not a key"):
        _ingest(settings, home)
