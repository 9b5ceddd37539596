"""What a question may say: ordinary SQL works, and nothing that reads or writes anything else."""

import hashlib
import os
import re
import socket
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.query.allowed import RefusedError, statement, statements
from pipelines.query.connection import Session, questions
from pipelines.query.functions import (
    FUNCTIONS,
    REFUSED_FUNCTIONS,
    REFUSED_PREFIXES,
    TABLE_FUNCTIONS,
)
from pipelines.query.saved import saved_queries
from pipelines.settings.limits import Limits
from tests.query.hostile import HOSTILE


@dataclass(frozen=True)
class World:
    """A lake, a folder beside it, a server, and a session that asks."""

    home: Home
    witness: Path
    server: socket.socket
    session: Session
    snapshot: int

    def text(self, hostile: str) -> str:
        """Return a hostile statement with the places of this world."""
        return (
            hostile.replace("WITNESS", str(self.witness))
            .replace("CATALOG", str(self.home.catalog))
            .replace("SNAPSHOT", str(self.snapshot))
            .replace("PORT", str(self.server.getsockname()[1]))
        )

    def state(self) -> dict[str, str]:
        """Return the digest of every file of the lake, the witness and the working folder."""
        folders = (self.home.root, self.witness, Path.cwd(), Path(os.environ["HOME"]))
        return {
            str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file() and not path.name.endswith("-shm") and path.stat().st_size
        }

    def rows(self) -> list[tuple[int, ...]]:
        """Return how many sites and snapshots there are."""
        con = self.session.con
        return [
            *con.execute("select count(*) from lake.site").fetchall(),
            *con.execute("select count(*) from lake.snapshots()").fetchall(),
        ]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of which every byte is known; programs' own folders lie in it as well."""
    witness = tmp_path_factory.mktemp("witness")
    (witness / "rows.csv").write_text("x\n1\n")
    (witness / "rows.json").write_text('{"x": 1}\n')
    with duckdb.connect(str(witness / "x.db")) as other:
        other.execute("create table t as select 1 as x")
        other.execute(f"copy t to '{witness}/rows.parquet'")
    with sqlite3.connect(witness / "x.sqlite") as other_file:
        other_file.execute("create table t (x)")
    other_file.close()
    home = Home(tmp_path_factory.mktemp("home"))
    with lake.open_writer(home, "Asia/Tokyo") as con:
        con.execute("insert into lake.site (site_id, site_group) values ('a', 'main'), ('b', 'x')")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with (
        pytest.MonkeyPatch.context() as patch,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        patch.chdir(elsewhere)
        patch.setenv("HOME", str(elsewhere))
        with questions(home, "Asia/Tokyo", Limits()) as session:
            snapshot = session.con.execute("select max(snapshot_id) from lake.snapshots()")
            yield World(home, witness, server, session, snapshot.fetchall()[0][0])


def _attempt(session: Session, text: str) -> None:
    """Do all that a question's text asks for, as far as it is allowed."""
    for each in statements(text, session.reach):
        session.con.execute(each.text).fetchall()


@pytest.mark.parametrize(("hostile", "named"), HOSTILE)
def test_hostile_statement_is_refused_by_name(world: World, hostile: str, named: str) -> None:
    """The message says what was refused, in both languages, where the text is SQL at all."""
    with pytest.raises((RefusedError, duckdb.ParserException)) as refusal:
        statement(world.text(hostile), world.session.reach)
    assert named in str(refusal.value)
    if isinstance(refusal.value, RefusedError):
        assert "は使えません / refused: " in str(refusal.value)


def test_hostile_statements_touch_nothing(world: World) -> None:
    """After all of them files and rows are what they were, and nobody has called the server."""
    assert len(HOSTILE) >= 60
    state, rows = world.state(), world.rows()
    assert len(state) > 5
    for hostile, _ in HOSTILE:
        with pytest.raises((RefusedError, duckdb.ParserException)):
            statement(world.text(hostile), world.session.reach)
        # What stands in front of what is refused is done.
        with suppress(RefusedError, duckdb.ParserException):
            _attempt(world.session, world.text(hostile))
    world.server.settimeout(0.05)
    with pytest.raises(TimeoutError):
        world.server.accept()
    assert world.state() == state
    assert world.rows() == rows


def _many_tables(count: int) -> str:
    """A statement of so many tables of WITH, each of which reads the one before it."""
    tables = (f", a{number} as (from a{number - 1})" for number in range(1, count))
    return f"with a0 as (select 1){''.join(tables)} from a{count - 1}"


def _memory_of_check(world: World, text: str) -> int:
    """Return the bytes of Python that looking at a statement takes at most."""
    tracemalloc.start()
    try:
        statement(text, world.session.reach)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_grows_with_the_text_and_not_its_square(world: World) -> None:
    """Eight times as many tables take about eight times the memory, whatever each may see."""
    few, many = (_memory_of_check(world, _many_tables(count)) for count in (250, 2000))
    assert many < 12 * few


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("with a as (select 1), b as (from c), c as (select 1) from b", "c;"),
        ("with a as (with z as (select 1) from z), b as (from z) from b", "z;"),
        ("with a as (with z as (select 1) from z) from z", "z;"),
        ("with recursive r as (select 1 union all from r), b as (from c) from r", "c;"),
        (f"{_many_tables(50)}, a50", "a50;"),
    ],
)
def test_table_of_with_is_seen_by_what_stands_behind_it(
    world: World, asked: str, named: str
) -> None:
    """A name that DuckDB would look for elsewhere is refused."""
    with pytest.raises(RefusedError, match=re.escape(f"refused: {named}")):
        statement(asked, world.session.reach)


def test_tables_around_are_seen_within(world: World) -> None:
    """A table of WITH may read those before it and those around it, and hide them."""
    around = "with a as (select 1 as x), b as (with c as (from a), a as (from c) from a) "
    for asked in (f"{around} from a, b", f"{around} from b where x in (with d as (from a) from d)"):
        found = statement(asked, world.session.reach)
        assert world.session.con.execute(found.text).fetchall()


def test_statement_that_is_too_long_is_refused(world: World) -> None:
    """The length is looked at before the parser is."""
    assert statement(f"select 1 --{' ' * 199_000}", world.session.reach)
    with pytest.raises(RefusedError, match=r"200,000 文字を超える文.*over 200,000 characters"):
        statement(_many_tables(14_000), world.session.reach)


@pytest.mark.parametrize("text", ["", " ; ;", "-- nothing"])
def test_text_without_a_statement_is_told(world: World, text: str) -> None:
    """Nothing was asked for: that is a mistake, and nothing was refused."""
    with pytest.raises(MimamoriError, match="文がありません / there is no statement"):
        statement(text, world.session.reach)


def test_memory_that_ends_is_a_refusal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the tree does not fit into memory, no traceback is shown."""

    def full(_tree: str) -> None:
        raise MemoryError

    monkeypatch.setattr("pipelines.query.allowed.json.loads", full)
    with pytest.raises(RefusedError, match="a statement as large as this"):
        statement("select 1", world.session.reach)


@pytest.mark.parametrize(
    "past_the_parser",
    [
        "from read_csv('WITNESS/rows.csv')",
        "from 'WITNESS/rows.parquet'",
        "from read_text('CATALOG')",
        "from read_text('http://127.0.0.1:PORT/')",
        "copy (select 1) to 'WITNESS/new.csv'",
        "attach 'WITNESS/new.db'",
        "load 'WITNESS/x.duckdb_extension'",
        "install spatial",
        "set enable_external_access = true",
        "set memory_limit = '100GB'",
        "set threads = 100",
        "reset lock_configuration",
        "delete from lake.site",
        "create table lake.x as select 1",
        "from local_of_python",
    ],
)
def test_second_door_holds_by_itself(world: World, past_the_parser: str) -> None:
    """Were a statement to pass the parser, the connection has no files, no network, no settings."""
    local_of_python = duckdb.sql("select 1")  # noqa: F841 - a name that a statement could find
    state = world.state()
    with pytest.raises(duckdb.Error):
        world.session.con.execute(world.text(past_the_parser))
    assert world.state() == state


ORDINARY = (
    "select 1",
    "select 1; -- done",
    "/* a */ select 1 -- b",
    "from lake.site",
    "FROM LAKE.SITE",
    'from "lake"."site"',
    "from lake.main.site",
    "table lake.site",
    "values (1, 'a'), (2, 'b')",
    "describe lake.site",
    "describe select site_id from lake.site",
    "summarize lake.site",
    "summarize select * from lake.site",
    "from (describe lake.access_log) where column_name like '%time%'",
    "explain from lake.site",
    "explain analyze select count(*) from lake.access_log",
    "explain (format json) select 1",
    "select * from lake.access_log where log_date = date '2026-11-20' limit 5",
    "from lake.logins select count(*)",
    "select count(*), count(distinct client_ip), sum(bytes) from lake.access_log",
    "select site_id, count(*) as n from lake.access_log group by all having n > 1 order by all",
    (
        "select site_id, row_number() over w, lag(site_id) over w, ntile(4) over w from lake.site"
        " window w as (partition by site_group order by site_id rows 3 preceding)"
    ),
    "from lake.site qualify row_number() over (partition by site_group order by site_id) = 1",
    "with a as (from lake.site), b as (from a) select * from b join a using (site_id)",
    "with A as materialized (select 1 as x) from a",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 9) from r",
    "with recursive r (n) using key (n) as (select 1 union select n + 1 from r where n < 3) from r",
    "pivot lake.site on site_group in ('main', 'x') using count(*)",
    "from lake.site pivot (count(*) for site_group in ('main', 'x'))",
    "unpivot (select 1 as a, 2 as b) on a, b into name n value v",
    "from lake.who_saw('00100', since := current_date - 30)",
    "from lake.day_of('st-0001', '2026-11-20')",
    "from lake.path_of('192.0.2.1', since := date '2026-01-01', until := today())",
    "from lake.who_looked(current_date)",
    "select snapshot_id, snapshot_time from lake.snapshots() order by 1 desc",
    "select * from lake.site at (version => SNAPSHOT)",
    "select * from lake.site at (timestamp => now())",
    "select unnest([1, 2]), unnest({'a': 1})",
    "from range(3) as t (n), generate_series(1, n) as s (m)",
    "from lake.site as s, lateral (select s.site_id || '!' as loud)",
    "from unnest([1, 2]) as t (x)",
    "from json_each('{\"a\": 1}')",
    "select [x + 1 for x in [1, 2] if x > 1], list_filter([1, 2], lambda x: x > 1)",
    "select list_aggregate([1, 2], 'sum'), list_sum([1, 2]), array_to_string(['a'], ',')",
    "select columns('site.*') from lake.site",
    "select * exclude (site_group), * replace (upper(site_id) as site_id) from lake.site",
    "select min(columns(*)) from lake.site",
    "select site_id.upper().left(1) from lake.site",
    "select regexp_extract('a1', '([0-9])', 1), 'a' ~ 'b', 'a' ilike 'B', 'a' similar to 'b'",
    "select date_trunc('hour', now()), extract(year from current_date), now() - interval 3 day",
    "select strftime(now(), '%Y'), epoch_ms(now()), make_date(2026, 1, 2), age(date '2020-01-01')",
    "select try_cast('x' as int), '1'::bigint, 1::decimal(4, 2), cast('[1]' as json)",
    "select '{\"a\": [1]}'::json -> 'a' ->> 0, json_extract('{}', '$.a'), to_json({'a': 1})",
    (
        "select median(x), quantile_cont(x, 0.9), mode(x), arg_max(x, x), histogram(x),"
        " string_agg(x::varchar, ',' order by x), list(distinct x) from range(9) as t (x)"
    ),
    (
        "select count(*) filter (where x > 3), bool_or(x > 1), grouping(x) from range(9) as t (x)"
        " group by rollup (x)"
    ),
    "select coalesce(null, 1), nullif(1, 1), ifnull(null, 2), greatest(1, 2), if(true, 1, 2)",
    "select case 1 when 1 then 'a' else 'b' end, 1 between 0 and 2, 1 in (1, 2), not true",
    "select exists (from lake.site), (select count(*) from lake.site), array(select 1)",
    "select 1 < all (select 2), 1 = any ([1])",
    "select random() < 2, uuid() is not null, hash('a'), md5('a'), sha256('a')",
    "from lake.site using sample 10 percent (bernoulli)",
    "from lake.site union all by name select 'z' as site_id order by site_id limit 10 offset 1",
    "from lake.site except from lake.site",
    "from lake.site as a left join lake.site as b on a.site_id = b.site_id and b.site_id > 'a'",
    "from lake.site as a semi join lake.site as b using (site_id)",
    "from lake.site as a asof join lake.site as b on a.site_id >= b.site_id",
    "from lake.site as a positional join lake.site as b",
    "select distinct on (site_group) site_group, site_id from lake.site order by all",
    "select site_id as 名前 from lake.site where site_id collate nocase = 'A'",
    "select current_date, current_timestamp, current_user, localtime",
    "select try(1 / 0), error('no') is null where false",
    "select struct_pack(a := 1).a, row(1, 2), map {'a': 1}['a'], [1, 2, 3][2:], 'abc'[1]",
    "select #1 from (values (1, 2)) as t",
    "select $$it's$$, e'\\n', 'it''s', x'41'::varchar",
    "select 1_000, 0xff, 1e3, 5 // 2, 2 ** 3, 5 % 2, ~1, 1 << 2, 5!, @ -1, 'a' || 'b'",
    "select trim(both 'x' from 'xax'), substring('abc' from 2 for 1), position('b' in 'ab')",
    "select levenshtein('a', 'b'), jaro_similarity('a', 'b'), format('{}', 1), printf('%d', 1)",
    "select formatReadableSize(1000), url_decode('%41'), split_part('a,b', ',', 1), bar(1, 0, 2)",
)


@pytest.mark.parametrize("asked", ORDINARY)
def test_ordinary_question_is_answered(world: World, asked: str) -> None:
    """What analysts write every day works."""
    found = statement(world.text(asked), world.session.reach)
    assert world.session.con.execute(found.text).description


def test_every_function_of_the_release_was_judged() -> None:
    """A function that DuckDB adds is in no list: it is refused, and this test tells of it."""
    bare = duckdb.connect(config={"autoload_known_extensions": "false"})
    listed = bare.execute(
        "select distinct lower(function_name) from duckdb_functions()"
        " where function_type in ('scalar', 'aggregate', 'macro')"
    ).fetchall()
    names = {name for (name,) in listed if not name.startswith(REFUSED_PREFIXES)}
    refused = {name.lower() for name in REFUSED_FUNCTIONS}
    assert names == (FUNCTIONS | refused) - {"unnest"}
    assert not FUNCTIONS & refused
    assert not TABLE_FUNCTIONS & {name for name in names if name.startswith("read_")}


def test_functions_of_extensions_are_refused(world: World) -> None:
    """Whatever the lake's extensions add to DuckDB, a question cannot call."""
    bare = duckdb.connect(config={"autoload_known_extensions": "false"})
    query = "select distinct lower(function_name) from duckdb_functions()"
    own = set(bare.execute(query).fetchall())
    added = {name for (name,) in set(world.session.con.execute(query).fetchall()) - own}
    assert {"sqlite_scan", "ducklake_snapshots"} <= added
    assert not added & (FUNCTIONS | TABLE_FUNCTIONS)


def test_saved_queries_and_evidence_are_questions(world: World) -> None:
    """What the product itself gives people to ask is never refused."""
    for query in saved_queries().values():
        statement(query.sql, world.session.reach)
    for detector in load_catalogue().values():
        filled = detector.evidence_query.replace("{by_actor}", "true")
        statement(re.sub(r"\{[^{}]*\}", "''", filled), world.session.reach)
