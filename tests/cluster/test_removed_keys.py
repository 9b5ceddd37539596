"""Keys of data files that are gone are in no byte of the catalog: of SQLite's file or PostgreSQL's.

Without its log of writes (`pg_wal`), which docs/scale.md says to keep short.
"""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.keyring.change import change_pseudonym_key
from pipelines.lake import catalog_file
from pipelines.lake.erasure import Pending, pending
from pipelines.lake.maintenance import maintain
from pipelines.lake.place import place_of
from pipelines.night import stages
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.records import Act
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import erase
from tests.cluster.conftest import Servers, placed
from tests.fetch.servers import POSTGRES_ENTRY
from tests.lake_requests import insert_requests

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.further]

_NOW = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)
_PERSON = "st-Kanariya"
_SETTINGS = 'sites: [{id: main, group: main, domains: [main.example], logs: ["main/*.log"]}]\n'
_KEYS = """
select encryption_key from {0}.ducklake_data_file
union all select encryption_key from {0}.ducklake_delete_file
"""


class World:
    """A lake with requests of two persons on some days, in its folder or on servers."""

    def __init__(self, folder: Path, servers: Servers | None, account: str = "mimamori") -> None:
        """Make it, on servers as an account of the database."""
        self.config = folder / "mimamori.yaml"
        place = servers.new_place() if servers else ""
        self.config.write_text(_SETTINGS + place.replace("user=mimamori", f"user={account}"))
        self.servers = servers
        self.home = placed(Home(folder / "var"), self.config)
        with lake.open_writer(self.home, "Asia/Tokyo") as con:
            for day, first in product(range(10, 15), (0, 12)):
                insert_requests(
                    con,
                    [
                        {
                            "event_id": day * 100 + number,
                            "time": dt.datetime(2026, 11, day, number, tzinfo=dt.UTC),
                            "log_date": dt.date(2026, 11, day),
                            "site_id": "main",
                            "user_id": (_PERSON, "st-Uguisu")[number % 2],
                            "url_path": f"/customers/{number}",
                            "status": 200,
                        }
                        for number in range(first, first + 12)
                    ],
                )

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return load(self.config)

    def keys(self) -> set[str]:
        """The keys of the data files that the catalog has."""
        with lake.open_reader(self.home, "UTC") as con:
            rows = con.execute(_KEYS.format("__ducklake_metadata_lake")).fetchall()
        return {key for (key,) in rows if key}

    def found(self, keys: set[str]) -> set[str]:
        """Those of the keys that stand in a byte of the catalog's own files."""
        content = b"".join(path.read_bytes() for path in self._files())
        return {key for key in keys if key.encode() in content}

    def _files(self) -> Iterator[Path]:
        if self.servers is None:
            yield from self.home.keys.glob("catalog.sqlite*")
            return
        with self.servers.connect() as con:
            con.execute("checkpoint")
        data = self.servers.folder / "data"
        yield from (
            path
            for path in sorted(data.rglob("*"))
            if path.is_file() and not path.is_relative_to(data / "pg_wal")
        )

    def sample(self) -> None:
        """Have PostgreSQL take samples of all columns, as it does by itself."""
        if self.servers is not None:
            with self.servers.connect(self.servers.database(self.home)) as con:
                con.execute("analyze")

    def let_go(self, how: Callable[["World"], None]) -> set[str]:
        """Return the keys that the catalog no longer has after something."""
        before = self.keys()
        self.sample()
        assert self.found(before) == before
        how(self)
        gone = before - self.keys()
        assert gone
        return gone


@pytest.fixture(params=["working folder", "servers"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """One of each kind."""
    is_on_servers = request.param == "servers"
    return World(tmp_path, request.getfixturevalue("servers") if is_on_servers else None)


def _erase_person(world: World) -> None:
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        person = person_of(con, user=_PERSON, ip=None, subject=None)
        done = erase(con, world.home, person, Asked("asked for", "Taro", "Hanako"), _NOW)
        assert done.rows > 0


def _change_key(world: World) -> None:
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        con.execute(
            "insert into lake.ledger by name select 1 as file_id, 'a.log' as path,"
            " 'main' as site_id, 'read' as status, 'x' as first_line_sha256, now() as read_at"
        )
    change_pseudonym_key(world.home, world.settings, Act("keys rotate"), _NOW)


def _merge(world: World) -> None:
    with lake.open_writer(world.home, "Asia/Tokyo") as con:
        maintain(con, world.home, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))


@pytest.mark.parametrize("how", [_erase_person, _change_key, _merge])
def test_keys_of_files_that_are_gone_are_gone(world: World, how: Callable[[World], None]) -> None:
    """After an erasure, a change of keys and upkeep, also where the database took samples."""
    gone = world.let_go(how)
    assert world.found(gone) == set()
    assert pending(world.home) is None
    world.sample()
    assert world.found(world.keys()) == world.keys()
    assert world.found(gone) == set()


_READER = """
import sys
from pathlib import Path
from pipelines import lake
from pipelines.paths import Home
with lake.open_reader(Home(Path(sys.argv[1])), "UTC") as con:
    con.execute("begin transaction")
    con.execute("select count(*) from lake.access_log").fetchall()
    print("reads", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _reading(home: Home) -> Iterator[None]:
    """Have another process read the lake as it is now, for as long as the block runs."""
    with subprocess.Popen(
        [sys.executable, "-c", _READER, str(home.root)],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reads\n"
        yield
        reader.communicate()


def test_what_somebody_reads_meanwhile_is_said_and_goes_with_the_next_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's log has the state that a reader began with: the erasure is not complete before."""
    monkeypatch.setattr(catalog_file, "_TIMEOUT_SECONDS", 0.1)
    world = World(tmp_path, None)

    def erase_while_somebody_reads(world: World) -> None:
        with _reading(world.home):
            _erase_person(world)

    gone = world.let_go(erase_while_somebody_reads)
    assert world.found(gone)
    assert pending(world.home) is Pending.ERASURE
    stages.retention(world.settings, world.home, _NOW.date(), lambda: _NOW)
    assert pending(world.home) is None
    assert world.found(gone) == set()


def test_the_log_of_writes_goes_as_the_docs_say(servers: Servers, tmp_path: Path) -> None:
    """Without recycling, a switch of the log and a checkpoint leave no key of it either."""
    world = World(tmp_path, servers)
    gone = world.let_go(_erase_person)
    log = servers.folder / "data" / "pg_wal"

    def left() -> set[str]:
        content = b"".join(path.read_bytes() for path in log.iterdir() if path.is_file())
        return {key for key in gone if key.encode() in content}

    assert left() == gone
    with servers.connect() as con:
        con.execute("alter system set wal_recycle = off")
        con.execute("select pg_reload_conf()")
        try:
            for _ in range(2):
                con.execute("select pg_switch_wal()")
                con.execute("checkpoint")
            assert left() == set()
        finally:
            con.execute("alter system reset all")
            con.execute("select pg_reload_conf()")


_SAMPLED = "select count(*) from pg_stats where attname = 'encryption_key'"


def test_samples_that_an_earlier_release_let_be_taken_go(servers: Servers, tmp_path: Path) -> None:
    """With the next one to write, whoever reads a table meanwhile: then the one after that."""
    world = World(tmp_path, servers)
    with servers.connect(servers.database(world.home)) as con:
        con.execute("alter table ducklake_data_file alter encryption_key set statistics -1")
        con.execute("analyze")
        assert con.execute(_SAMPLED).fetchone() == (1,)
        gone = world.let_go(_erase_person)
        assert con.execute(_SAMPLED).fetchone() == (0,)
        world.sample()
        assert con.execute(_SAMPLED).fetchone() == (0,)
    assert world.found(gone) == set()


@pytest.mark.parametrize("owns", [True, False])
def test_an_account_without_further_rights(servers: Servers, tmp_path: Path, owns: bool) -> None:
    """Its own database is all it needs; another's it cannot clear, which is said."""
    account = f"keeper_{owns}".lower()
    with servers.connect() as con:
        con.execute(f"create role {account} login password '{POSTGRES_ENTRY}'")
    made = servers.new_place

    def new_place() -> str:
        text = made()
        name = text.split("dbname=")[1].split()[0]
        with servers.connect(name) as con:
            con.execute(f"grant all on schema public to {account}")
            if owns:
                con.execute(f"alter database {name} owner to {account}")
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(servers, "new_place", new_place)
        world = World(tmp_path, servers, account)
    gone = world.let_go(_erase_person)
    assert world.found(gone) == set()
    assert place_of(world.home).unfit() == (
        [] if owns else ["owner of the database = another role"]
    )
    assert pending(world.home) is (None if owns else Pending.ERASURE)
