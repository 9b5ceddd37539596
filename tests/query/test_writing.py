"""The rows of a question in each form: what DuckDB's own COPY would write, within bounds."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.query import allowed
from pipelines.query.ask import run_query
from pipelines.query.connection import Session, questions
from pipelines.query.watch import Question
from pipelines.query.writing import write_rows
from pipelines.records import Use
from pipelines.settings.limits import Limits
from pipelines.settings.model import Settings, Site

_VALUES = """
select * from (values
    (1, 'a', null, '', ' x ', '#c', 'a#c', 'q"q', 'n' || chr(10) || 'l', chr(13), 'c,d', '\\b',
        true, 1.5::double, 'nan'::double, 1.50::decimal(5, 2), 12::utinyint, 5::hugeint,
        date '2026-01-01', time '10:00:00', timestamp '2026-01-01 00:00:00.5',
        timestamptz '2026-01-01 00:00:00+00', ['a', 'b,c'], {'k': 'v"', 'w': [1, null]},
        map {'a': 1}, interval 3 day, 'A'::blob, 'NULL', '見守り',
        uuid '00000000-0000-4000-8000-000000000000'),
    (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)
) as odd
"""
_COPIES = {
    "csv": "format csv, header",
    "json": "format json",
    "array": "format json, array true",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with an empty lake."""
    made = Home(tmp_path_factory.mktemp("written"))
    with lake.open_writer(made, "Asia/Tokyo"):
        return made


@pytest.fixture(scope="module")
def session(home: Home) -> Iterator[Session]:
    """A session with room for a hundred thousand rows, and half a gigabyte."""
    with questions(home, "Asia/Tokyo", Limits(sql_rows=100_000, sql_memory_mb=512)) as opened:
        yield opened


def _written(session: Session, query: str, form: str, **values: str) -> bytes:
    target = io.BytesIO()
    write_rows(session, query, form, target, values, Use())
    return target.getvalue()


@pytest.mark.parametrize("form", list(_COPIES))
@pytest.mark.parametrize(
    "query",
    [
        _VALUES,
        "select n, n::varchar || ',' as text from range(25000) as t (n) order by n",
        "select 1 as n where false",
        "select null as n union all select '' order by 1",
        'select 1 as a, 2 as b, 3 as "x,y", 4 as "q""", 5 as c0, 6 as "#"',
        "select 1 as a -- one",
    ],
)
def test_text_is_what_copy_writes(session: Session, tmp_path: Path, form: str, query: str) -> None:
    """Byte for byte, whatever the values, also for no rows and for many."""
    copied = tmp_path / "rows"
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'Asia/Tokyo'")
        con.execute(f"copy (\n{query}\n) to '{copied}' ({_COPIES[form]})")
    assert _written(session, query, form) == copied.read_bytes()


def test_names_that_differ_in_case_are_kept(session: Session) -> None:
    """Where COPY gives up, both values are there."""
    assert json.loads(_written(session, "select 1 as a, 2 as A", "json")) == {"a": 1, "A_1": 2}


def test_parquet_has_the_values(session: Session, tmp_path: Path) -> None:
    """Types that Parquet has come as they are; others as text, numbers of 128 bits as COPY's."""
    path = tmp_path / "rows.parquet"
    path.write_bytes(_written(session, _VALUES, "parquet"))
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'Asia/Tokyo'")
        read = con.execute(f"select columns(*)::varchar from '{path}'").fetchall()
        expected = con.execute(f"select columns(*)::varchar from ({_VALUES})").fetchall()
        assert [row[:17] + row[18:] for row in read] == [row[:17] + row[18:] for row in expected]
        described = con.execute(f"select column_name, column_type from (describe '{path}')")
        types = dict(described.fetchall())
    assert types["col17"] == "DOUBLE"
    assert types["col25"] == "VARCHAR"
    assert types["col21"] == "TIMESTAMP WITH TIME ZONE"


@pytest.mark.parametrize("form", [*_COPIES, "parquet"])
def test_rows_past_the_limit_end_the_work(session: Session, form: str) -> None:
    """The message names the limit; no more than that is written."""
    with pytest.raises(MimamoriError, match=r"more than 100,000 rows.*limits\.sql_rows"):
        _written(session, "from range(1000000)", form)
    assert _written(session, "from range(100000)", form)


def test_values_are_bound(session: Session) -> None:
    """A value is never part of the statement."""
    assert _written(session, "select $a as a", "csv", a="', 1 --") == b'a\n"\', 1 --"\n'


@pytest.mark.further
def test_time_is_over(home: Home) -> None:
    """A question that does not end is interrupted, in every form; the next one is answered."""
    with questions(home, "UTC", Limits(sql_seconds=1)) as session:
        for form in ("csv", "parquet"):
            with pytest.raises(MimamoriError, match=r"more than 1 seconds.*limits\.sql_seconds"):
                _written(session, "select count(*) from range(1000000000000)", form)
        assert _written(session, "select 1 as a", "csv") == b"a\n1\n"


@pytest.mark.further
def test_time_of_the_check_is_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """To look at a statement takes no longer than to answer it may."""
    looked, over = allowed.statement, threading.Event()

    def slow(text: str, reach: allowed.Reach) -> allowed.Statement:
        assert over.wait(60)
        return looked(text, reach)

    monkeypatch.setattr("pipelines.query.ask.statement", slow)
    monkeypatch.setattr("pipelines.query.connection._GRACE_SECONDS", 0)
    site = Site(id="a", group="a", domains=("a.example",), logs=("a/*",))
    settings = Settings(sites=(site,), limits=Limits(sql_seconds=1))
    with pytest.raises(MimamoriError, match=r"more than 1 seconds.*limits\.sql_seconds"):
        run_query(home, settings, Question("select 1"), "csv", io.BytesIO(), last_resort=over.set)


@pytest.mark.further
def test_question_that_heeds_nothing_is_ended(home: Home) -> None:
    """After the interruption the last resort is called, again and again until it is over."""
    called: list[int] = []
    limits = Limits(sql_seconds=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.query.connection._GRACE_SECONDS", 0)
        with questions(home, "UTC", limits, last_resort=lambda: called.append(1)) as session:
            # One value of several seconds, with no place within to stop at.
            deaf = "select levenshtein(repeat('a', 45000), repeat('b', 45000 + x::int)) as far"
            with pytest.raises(MimamoriError, match="more than 1 seconds"):
                _written(session, f"{deaf} from range(1) as t (x)", "csv")
    assert called
