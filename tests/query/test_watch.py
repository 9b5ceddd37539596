"""Each question is on record before it is answered, without the values of persons that it names."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.query.shape import call_of, shape_of
from pipelines.records import Act, Records, Series
from pipelines.records.verify import verify

_SHELL = """
import datetime as dt, sys
from functools import partial
from pathlib import Path
from pipelines.paths import Home
from pipelines.query.ask import shell
from pipelines.query.process import in_child
from pipelines.query.watch import Line
from pipelines.records import Records
from pipelines.settings.model import Settings, Site

home = Home(Path(sys.argv[1]))
site = Site(id="shop", group="main", domains=["shop.example"], logs=["shop/*"])
line = Line(60)
def work():
    shell(home, Settings(sites=[site]), None, dt.date(2026, 11, 20), None, line.watch)
    return 0
clock = partial(dt.datetime.now, dt.UTC)
in_child(work, home, 512, partial(line.hear, Records(home), clock, "security"))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with an empty lake."""
    made = Home(tmp_path_factory.mktemp("watched"))
    with lake.open_writer(made, "Asia/Tokyo"):
        return made


def _shell(home: Home) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _SHELL, home.root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _uses(home: Home) -> list[tuple[str, int | None]]:
    return [(one.about, one.rows) for one in Records(home).entries(Series.USE)]


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        ("from t where u = 'st-1' limit 5 -- st-1", "from t where u = '#st-1#' limit 5"),
        ("select\n\n1, /* st-1 */ 20261, c2", "select 1, #20261#, c2"),
        ("from x('00100', since := '2026-11-01')", "from x('#00100#', since := '2026-11-01')"),
        ("from x($$00100$$, $t$a$b$t$)", "from x('#00100#', '#a$b#')"),
        ("select 'it''s' as \"n\", 1 as \"山田\"", 'select \'#it\'s#\' as "n", 1 as "#山田#"'),
        (
            "select e'a\\'st-1', st-0001, 203.0.113.6",
            "select '#a\\'st-1#', #st-0001#, #203.0.113.6#",
        ),
        ("select [10001,2], 'never ended st-1", "select [#10001#,2], '#never ended st-1#'"),
        ("where a = $subject and b>50000", "where a = $subject and b>#50000#"),
    ],
)
def test_a_query_is_kept_without_its_values(query: str, shape: str) -> None:
    """Days, small numbers and names of columns stay; every other value is a keyed hash."""
    assert shape_of(query, lambda value: f"{value}#") == shape


def test_a_saved_query_is_kept_by_its_name() -> None:
    """With its values, days in clear."""
    values = {"subject": "00100", "since": "2026-11-01", "until": "None"}
    assert call_of("who-saw", values, lambda _: "h") == (
        ".saved who-saw subject=#h since=2026-11-01 until=None"
    )


def test_each_statement_of_a_shell_is_on_record_with_its_rows(home: Home) -> None:
    """Also a refused one, which shows no row; what is drawn as left out is not counted."""
    done = _shell(home).communicate(
        b"from range(3);\nselect 'st-1' from range(100);\n.tables\ndrop table x;\n"
    )
    assert b"DROP" in done[1]
    hashed = Records(home).hashed("st-1")
    assert _uses(home) == [
        ("from range(3);", 3),
        (f"select '#{hashed}' from range(100);", 20),
        ("drop table x;", None),
    ]
    assert verify(Records(home)).ok


def test_a_question_whose_process_is_killed_is_on_record(home: Home) -> None:
    """The next record tells of it first, as one that was ended by force."""
    before = len(_uses(home))
    shell = _shell(home)
    assert shell.stdin is not None
    shell.stdin.write(b"select count(*) from range(10000000000) a, range(1000) b;\n")
    shell.stdin.flush()
    folder = home.records / "open"
    until = time.monotonic() + 60
    # The file is there a moment before what it says.
    while not any(one.stat().st_size for one in folder.glob("*.json")) and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(shell.pid, signal.SIGKILL)
    shell.communicate()
    assert len(_uses(home)) == before
    records = Records(home)
    last = records.append(Series.DECISIONS, Act("review sign"), dt.datetime.now(dt.UTC))
    (use,) = list(records.entries(Series.USE))[before:]
    assert use.about["use"] == "ended by force"
    assert use.about["asked"].startswith("select count(*)")
    assert last.prev == use.hash
    assert not any(folder.glob("*.json"))
    assert verify(records).ok


def test_what_cannot_be_recorded_is_not_answered(home: Home, tmp_path: Path) -> None:
    """The child is ended before it has read anything, and the message says why."""
    key = home.records_key.rename(tmp_path / "away")
    try:
        shown, told = _shell(home).communicate(b"select 40 + 2 as answer;\n")
    finally:
        key.rename(home.records_key)
    assert b"42" not in shown
    assert b"records.key" in told
