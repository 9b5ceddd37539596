"""The keys of a lake: apart from its data, moved once, and missed when they are not there."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.airflow import deployment
from pipelines.cli import cli
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_keys
from pipelines.errors import LakeBusyError, MimamoriError, SettingsError
from pipelines.lake import keys as lake_keys
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.load import load
from tests import command_line

pytestmark = pytest.mark.lake_from_nothing

_CANARY = "203.0.113.97"
_LINE = '{} - - [19/Nov/2026:09:15:00 +0900] "GET /{} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
_SETTINGS = """
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/access.log*"], format: combined}
"""


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings and a working folder with a few lines in its lake."""
    folder = tmp_path_factory.mktemp("keys")
    (folder / "mimamori.yaml").write_text(_SETTINGS)
    home = Home(folder / "var")
    (home.logs / "main").mkdir(parents=True)
    lines = "".join(_LINE.format(_CANARY, number) for number in range(20))
    (home.logs / "main" / "access.log").write_text(lines)
    stages.ingest(load(folder / "mimamori.yaml"), home)
    return folder


@pytest.fixture
def folder(ingested: Path, tmp_path: Path) -> Path:
    """A copy of it, to be moved about."""
    return shutil.copytree(ingested, tmp_path / "copy")


@pytest.fixture
def home(folder: Path) -> Home:
    """The copy's working folder."""
    return Home(folder / "var")


def _as_an_earlier_release_left_it(home: Home) -> None:
    """Put the keys beside the data, with a write-ahead log, and nothing that names the lake."""
    for path in (home.catalog, home.pseudonym_key):
        path.rename(home.lake / path.name)
    shutil.rmtree(home.keys)
    (home.lake / "lake.id").unlink()
    con = sqlite3.connect(home.lake / "catalog.sqlite")
    con.execute("pragma journal_mode = wal")
    con.execute("pragma wal_autocheckpoint = 0")
    con.execute("insert into ducklake_metadata (key, value) values ('canary', 'in the log')")
    con.commit()
    kept = home.lake / "kept"
    shutil.copy(home.lake / "catalog.sqlite-wal", kept)
    con.close()
    kept.rename(home.lake / "catalog.sqlite-wal")  # as a killed writer leaves it


def _rows(home: Home) -> int:
    with lake.open_reader(home, "UTC") as con:
        return int(con.execute("select count(*) from lake.access_log").fetchall()[0][0])


def _names(folder: Path) -> set[str]:
    """What lies there, without what SQLite's readers leave."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_keys_lie_apart_for_their_owner_alone(home: Home) -> None:
    """Nothing of them is left beside the data."""
    assert _names(home.keys) == {"catalog.sqlite", "pseudonym.key", "lake.id"}
    assert _names(home.lake) == {"data", "spill", "writer.lock", "lake.id"}
    assert home.keys.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in home.keys.iterdir()} == {0o600}


@pytest.mark.parametrize("way", ["open_writer", "open_reader"])
def test_keys_of_an_earlier_release_are_moved_once(home: Home, way: str) -> None:
    """Whoever opens the lake first moves them, with what stood in the log of the catalog."""
    key = home.pseudonym_key.read_bytes()
    _as_an_earlier_release_left_it(home)
    assert Pseudonyms.of(home).key == key
    with getattr(lake, way)(home, "UTC"):
        pass
    assert _names(home.keys) == {"catalog.sqlite", "pseudonym.key", "lake.id"}
    assert _names(home.lake) == {"data", "spill", "writer.lock", "lake.id"}
    assert home.pseudonym_key.read_bytes() == key
    assert _rows(home) == 20
    con = sqlite3.connect(home.catalog)
    assert con.execute("select value from ducklake_metadata where key = 'canary'").fetchall()
    con.close()


def test_keys_go_where_the_settings_say(home: Home, tmp_path: Path) -> None:
    """From `keys/` they move on, and the folder there is left empty."""
    elsewhere = home.with_keys(tmp_path / "vault")
    assert _rows(elsewhere) == 20
    assert _names(elsewhere.keys) == {"catalog.sqlite", "pseudonym.key", "lake.id"}
    assert _names(home.keys) == set()
    for _ in range(2):  # by now the keys lie nowhere else
        with lake.open_writer(elsewhere, "UTC"):
            pass
    with pytest.raises(MimamoriError, match="is missing or empty, and the data"):
        _rows(home)


def test_settings_name_the_folder_for_commands_and_dags(
    folder: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative one is relative to the settings file; unknown keys are mistakes."""
    config = folder / "mimamori.yaml"
    config.write_text(_SETTINGS + "lake: {keys: vault}\n")
    monkeypatch.setenv("MIMAMORI_HOME", str(home.root))
    monkeypatch.setenv("MIMAMORI_CONFIG", str(config))
    assert deployment.home() == home.with_keys(folder / "vault")
    done = command_line.run("sql", "select count(*) from lake.site", env=os.environ)
    assert done.returncode == 0, done.stderr
    assert _names(folder / "vault") == {
        *("catalog.sqlite", "pseudonym.key", "lake.id", "records.key", "records.head")
    }
    config.write_text(_SETTINGS + "lake: {kays: vault}\n")
    with pytest.raises(SettingsError, match=r"lake\.kays: .*unknown key"):
        load(config)


def test_one_folder_under_two_names_is_left_as_it_is(home: Home, tmp_path: Path) -> None:
    """A link to where the settings say, or from there, is the same folder: nothing to move."""
    away = tmp_path / "mounted"
    home.keys.rename(away)
    home.keys.symlink_to(away)
    for named in (home, home.with_keys(away), home.with_keys(away / ".." / "mounted")):
        lake_keys.settle(named)
        lake_keys.require(named)
        assert _names(away) == {"catalog.sqlite", "pseudonym.key", "lake.id"}


@pytest.mark.parametrize("place", [".", "data", "inner"])
def test_keys_do_not_lie_among_the_data(home: Home, place: str) -> None:
    """There they would be in every backup of it; nothing is moved or removed."""
    before = home.catalog.read_bytes()
    with pytest.raises(MimamoriError, match="must not be inside that of the data"):
        _rows(home.with_keys(home.lake / place))
    assert home.catalog.read_bytes() == before


@pytest.mark.parametrize("changes", range(6))
@pytest.mark.parametrize("systems", [1, 2])
def test_a_move_that_breaks_off_is_completed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: int, systems: int
) -> None:
    """Killed after so many changes of names, on one file system or two: a next start completes."""
    key = home.pseudonym_key.read_bytes()
    _as_an_earlier_release_left_it(home)
    elsewhere = home.with_keys(tmp_path / "vault")
    left = changes

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def until_killed(*given: object, **named: object) -> object:
            nonlocal left
            if not left:
                raise KeyboardInterrupt
            left -= 1
            return change(*given, **named)

        return until_killed

    def refused(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link", str(source), None, str(target))

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "mkdir"):
            patch.setattr(Path, name, counted(getattr(Path, name)))
        if systems > 1:
            patch.setattr(Path, "rename", refused)
        with pytest.raises(KeyboardInterrupt):
            lake_keys.settle(elsewhere)
        left = 100
        lake_keys.settle(elsewhere)
    assert _names(elsewhere.keys) == {"catalog.sqlite", "pseudonym.key", "lake.id"}
    assert _names(home.lake) == {"data", "spill", "writer.lock", "lake.id"}
    assert elsewhere.pseudonym_key.read_bytes() == key
    assert (elsewhere.keys / "lake.id").read_bytes() == (home.lake / "lake.id").read_bytes()
    con = sqlite3.connect(elsewhere.catalog)
    assert con.execute("select value from ducklake_metadata where key = 'canary'").fetchall()
    con.close()


def test_two_catalogs_are_never_chosen_from(home: Home) -> None:
    """An old catalog put back beside the data is told, and neither is touched."""
    other = home.lake / "catalog.sqlite"
    other.write_bytes(b"another")
    before = home.catalog.read_bytes()
    with pytest.raises(MimamoriError, match="they differ: keep the right one"):
        _rows(home)
    assert other.read_bytes() == b"another"
    assert home.catalog.read_bytes() == before


def test_nothing_moves_under_a_reader(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads the catalog is told of; what it reads stays where it is."""
    _as_an_earlier_release_left_it(home)
    monkeypatch.setattr(lake_keys, "_READERS_PATIENCE_SECONDS", 0.05)
    reading = sqlite3.connect(home.lake / "catalog.sqlite", isolation_level=None)
    reading.execute("begin")
    reading.execute("select count(*) from ducklake_snapshot").fetchall()
    with pytest.raises(LakeBusyError, match="another program is reading it"):
        _rows(home)
    assert reading.execute("select count(*) from ducklake_data_file").fetchall()
    reading.close()
    assert _rows(home) == 20


def test_reader_that_stays_open_while_keys_move_gets_an_error_or_its_rows(home: Home) -> None:
    """It never sees an empty lake."""
    _as_an_earlier_release_left_it(home)
    catalog = home.lake / "catalog.sqlite"
    con = duckdb.connect()
    lake.load_extensions(con)
    con.execute(
        f"attach 'ducklake:sqlite:{catalog}' as lake (read_only, override_data_path true,"
        f" data_path '{home.lake / 'data'}/')"
    )
    con.execute("select count(*) from lake.access_log").fetchall()
    with lake.open_writer(home, "UTC"):
        pass
    with pytest.raises(duckdb.Error):
        con.execute("select count(*) from lake.access_log").fetchall()
    con.close()
    assert not catalog.exists()


def test_a_copy_without_keys_opens_nothing(folder: Path, home: Home) -> None:
    """Every command ends with a clear error, makes nothing, and no value stands in what remains."""
    shutil.rmtree(home.keys)
    shutil.rmtree(home.logs)
    (home.logs / "main").mkdir(parents=True)
    (home.logs / "main" / "access.log").write_text(_LINE.format("192.0.2.1", "new"))
    log = str(home.logs / "main" / "access.log")
    asked = (["sql", "from lake.access_log"], ["findings", "list"])
    for command in (*asked, ["ingest"], ["report"], ["parse", log]):
        given = ["--config", str(folder / "mimamori.yaml"), "--home", str(home.root), *command]
        with pytest.raises(
            MimamoriError, match=r"is missing( or empty, and the data in|, and with a new key)"
        ):
            cli.main(given, standalone_mode=False)
    assert not home.keys.exists()
    left = [path for path in home.root.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in left)
    assert not [path for path in left if _CANARY.encode() in path.read_bytes()]


def test_catalog_alone_missing_is_no_new_lake(home: Home) -> None:
    """An empty catalog beside data would let the next night write over it."""
    home.catalog.unlink()
    for way in (lake.open_writer, lake.open_reader):
        with pytest.raises(MimamoriError, match=r"catalog.sqlite: .* is missing"), way(home, "UTC"):
            pytest.fail("opened")
    assert not home.catalog.exists()


def test_folder_to_mount_on_is_not_made(home: Home, tmp_path: Path) -> None:
    """Where the volume of the keys is not mounted, nothing is written to the disk below it."""
    away = home.with_keys(tmp_path / "mnt" / "keys")
    shutil.rmtree(home.keys)
    for way in (lake.open_writer, lake.open_reader):
        with pytest.raises(MimamoriError, match="mount their folder"), way(away, "UTC"):
            pytest.fail("opened")
    assert not (tmp_path / "mnt").exists()


def test_keys_of_another_lake_are_refused(home: Home, tmp_path: Path) -> None:
    """Two working folders with one setting must not write into one catalog."""
    other = Home(tmp_path / "other")
    with lake.open_writer(other, "UTC"):
        pass
    for mixed in (home.with_keys(other.keys), Home(tmp_path / "new", other.keys)):
        if mixed.root == home.root:
            shutil.rmtree(home.keys)
        for way in (lake.open_writer, lake.open_reader):
            with pytest.raises(MimamoriError, match="not the keys of"), way(mixed, "UTC"):
                pytest.fail("opened")


@pytest.mark.further
def test_first_start_that_breaks_off_is_no_lost_key(tmp_path: Path) -> None:
    """The folder, a key and a name are there, a catalog is not yet: the next start goes on."""
    home = Home(tmp_path)
    with lake.open_writer(home, "UTC"):
        pass
    key = home.pseudonym_key.read_bytes()
    home.catalog.unlink()
    shutil.rmtree(home.lake)
    with lake.open_writer(home, "UTC"):
        assert home.pseudonym_key.read_bytes() == key


def test_doctor_warns_while_keys_and_data_share_a_file_system(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apart on paper is not apart on the disk."""
    outcome = check_keys(home)
    assert outcome.status is Status.WARNING
    assert "lake.keys" in str(outcome.remedy)
    monkeypatch.setattr(Home, "lake", Path("/proc"))  # a file system of its own
    assert check_keys(home).status is Status.OK
    home.pseudonym_key.unlink()
    assert check_keys(home).status is Status.WRONG
