"""A backup is made while others work, and an empty machine is set up from it."""

import datetime as dt
import hashlib
import io
import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.backup import make
from pipelines.backup.make import MANIFEST, back_up, last_backup
from pipelines.backup.restore import restore
from pipelines.backup.store import CHECKED_DAYS, Store
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_data_files, check_keys, check_proofs
from pipelines.errors import MimamoriError, UsageError
from pipelines.keyring.change import change_pseudonym_key
from pipelines.lake.catalog_copy import copy_catalog
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.records import Act, Records, Series
from pipelines.records.verify import verify
from tests.retention.conftest import NEW, NIGHT, NOW, World, copied, lines_of, night_world


@pytest.fixture(scope="module")
def _night(tmp_path_factory: pytest.TempPathFactory) -> World:
    return night_world(tmp_path_factory)


@pytest.fixture
def world(_night: World, tmp_path: Path) -> World:
    """A working folder after a night, on the machine that is lost later."""
    (tmp_path / "first").mkdir()
    return copied(_night, tmp_path / "first")


def _clock() -> dt.datetime:
    return NOW


def _backed_up(world: World, folder: Path, keys: Path | None = None) -> make.Made:
    return back_up(world.home, folder, keys, _clock)


def _on_an_empty_machine(world: World, folder: Path, keys: Path | None = None) -> World:
    home = Home(folder.parent / "second" / "var")
    restore(home, folder, keys, _clock)
    return World(world.settings, home, world.config)


def _tables(world: World) -> dict[str, list[tuple[object, ...]]]:
    with lake.open_reader(world.home, "UTC") as con:
        names = con.execute(
            "select table_name from duckdb_tables() where database_name = 'lake' order by all"
        ).fetchall()
        return {
            name: sorted(con.execute(f"from lake.{name}").fetchall(), key=repr) for (name,) in names
        }


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_empty_machine_is_set_up_from_a_backup(world: World, tmp_path: Path) -> None:
    """Every row, report and record is there; the proofs hold, and the next night goes on."""
    made = _backed_up(world, tmp_path / "backup")
    reports = _files(world.home.reports)
    second = _on_an_empty_machine(world, tmp_path / "backup")

    assert _tables(second) == _tables(world)
    assert _files(second.home.reports) == reports
    assert verify(Records(second.home)).first_bad is None
    assert [one.what for one in Records(second.home).entries(Series.EVIDENCE)][-1] == "restore"
    with lake.open_reader(second.home, "UTC") as con:
        assert {one.status for one in check_proofs(con)} == {Status.OK}
        assert check_data_files(con, second.home, is_writing=False).status is Status.OK
        assert con.execute("select max(id) from lake.current_snapshot()").fetchone() == (
            made.manifest.snapshot,
        )
    assert check_keys(second.home).status is not Status.WRONG
    # The logs arrive there from now on: what was read before is known, what is new is read.
    shutil.copytree(world.home.logs, second.home.logs)
    day = NEW + dt.timedelta(days=1)
    (second.home.logs / "main" / "next.log").write_text("\n".join(lines_of(day, "main")) + "\n")
    before = second.rows("select count(*) from lake.access_log")[0][0]
    stages.ingest(second.settings, second.home, clock=_clock, on=NIGHT)
    added = second.rows("select count(*) from lake.access_log")[0][0] - before
    assert added == len(lines_of(day, "main")) - 1  # one line of them cannot be read


def test_a_backup_is_made_while_somebody_writes(world: World, tmp_path: Path) -> None:
    """It holds the last commit, and nothing of what is not committed."""
    before = world.rows("select count(*) from lake.ledger")
    with lake.open_writer(world.home, "UTC") as con:
        con.execute("begin; insert into lake.ledger by name (select 'x' as path)")
        _backed_up(world, tmp_path / "backup")
        con.execute("commit")
    second = _on_an_empty_machine(world, tmp_path / "backup")
    assert second.rows("select count(*) from lake.ledger") == before


@pytest.mark.further
def test_a_second_backup_takes_what_is_new_and_lets_go_of_what_is_gone(
    world: World, tmp_path: Path
) -> None:
    """Bytes that retention removed are in no file of the backup any more."""
    first = _backed_up(world, tmp_path / "backup")
    assert first.as_json()["new_files"] == len(_objects(first))
    world.retain()
    lying = {path.read_bytes() for path in world.home.lake.rglob("*.parquet")}
    second = _backed_up(world, tmp_path / "backup")
    kept = _files(tmp_path / "backup" / "objects")

    assert 0 < second.as_json()["new_files"] < second.as_json()["files"] / 2
    assert second.removed_files == len(_objects(first) - _objects(second))
    parquet = [one for one in kept.values() if one[:4] in {b"PAR1", b"PARE"}]
    assert parquet
    assert set(parquet) <= lying
    assert sorted(path.name for path in (tmp_path / "backup" / "keys").glob("manifest*")) == [
        f"manifest-{second.manifest.backup_id}.json"
    ]


def _objects(made: make.Made) -> set[tuple[Path, str]]:
    """The files of a backup by folder and digest: those of equal content are one."""
    return {(one.store.folder, kept.sha256) for one in (made.data, made.keys) for kept in one.files}


def test_keys_can_be_kept_apart(world: World, tmp_path: Path) -> None:
    """Without them the backup has no key, and does not open."""
    _backed_up(world, tmp_path / "backup", tmp_path / "of-keys")
    secrets = [path.read_bytes() for path in world.home.keys.glob("*.key")]
    assert secrets
    for content in _files(tmp_path / "backup").values():
        assert not any(secret in content for secret in secrets)
        assert not content.startswith(b"SQLite format 3\0") or b"ducklake_data_file" not in content
    with pytest.raises(MimamoriError, match="--keys"):
        _on_an_empty_machine(world, tmp_path / "backup")
    assert not (tmp_path / "second").exists()
    second = _on_an_empty_machine(world, tmp_path / "backup", tmp_path / "of-keys")
    assert second.rows("select count(*) from lake.ledger") != [(0,)]


@pytest.mark.parametrize(
    "broken", ["replace_manifest", pytest.param("keep_only", marks=pytest.mark.full)]
)
def test_a_backup_that_breaks_off_leaves_the_one_before(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """Between the manifest of the keys and that of the data, and before files are removed."""
    _backed_up(world, tmp_path / "backup")
    before = world.rows("select count(*) from lake.stage_run")
    world.retain()
    whole = getattr(Store, broken)

    def breaks_off(store: Store, name: str, manifest: object) -> object:
        if name == MANIFEST:
            raise KeyboardInterrupt
        return whole(store, name, manifest)

    with monkeypatch.context() as patch:
        patch.setattr(Store, broken, breaks_off)
        with pytest.raises(KeyboardInterrupt):
            _backed_up(world, tmp_path / "backup")
    second = _on_an_empty_machine(world, tmp_path / "backup")
    if broken == "replace_manifest":
        assert second.rows("select count(*) from lake.stage_run") == before
    else:
        assert _tables(second) == _tables(world)
    assert verify(Records(second.home)).first_bad is None
    _backed_up(world, tmp_path / "backup")
    assert not (tmp_path / "backup" / "keys" / "scratch").exists()


@pytest.mark.further
def test_what_changes_meanwhile_is_taken_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is changed, and files that upkeep removes, after the catalog was copied."""
    done: list[str] = []

    def copied_before_others(home: Home, target: Path) -> object:
        copy = copy_catalog(home, target)
        if len(done) == 0:
            done.append("a key")
            change_pseudonym_key(home, world.settings, Act("keys rotate", {"key": "p"}), NOW)
        elif len(done) == 1:
            done.append("files")
            world.retain()
        return copy

    monkeypatch.setattr(make, "copy_catalog", copied_before_others)
    _backed_up(world, tmp_path / "backup")
    assert done == ["a key", "files"]
    second = _on_an_empty_machine(world, tmp_path / "backup")
    assert _tables(second) == _tables(world)
    with lake.open_writer(second.home, "UTC"):
        pass  # with the key that made its hashes


def test_damage_is_found_and_nothing_is_set_up(world: World, tmp_path: Path) -> None:
    """By a check of the backup as by a restore; the catalog comes last."""
    _backed_up(world, tmp_path / "backup")
    restore(world.home, tmp_path / "backup", None, _clock, is_dry_run=True)
    largest = max((tmp_path / "backup" / "objects").rglob("*"), key=lambda one: one.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    home = Home(tmp_path / "second")
    for is_dry_run in (True, False):
        with pytest.raises(MimamoriError, match=largest.name):
            restore(home, tmp_path / "backup", None, _clock, is_dry_run=is_dry_run)
    assert not home.catalog.exists()
    largest.unlink()
    with pytest.raises(MimamoriError, match=largest.name):
        restore(home, tmp_path / "backup", None, _clock)
    # Another backup mends the folder, and the same command goes on where it stopped.
    back_up(world.home, tmp_path / "backup", None, _clock)
    restore(home, tmp_path / "backup", None, _clock)
    assert home.catalog.exists()


def test_a_manifest_leads_nowhere_else(world: World, tmp_path: Path) -> None:
    """Whoever can write into a backup writes no file but those of a working folder."""
    _backed_up(world, tmp_path / "backup")
    manifest = tmp_path / "backup" / MANIFEST
    values = json.loads(manifest.read_bytes())
    home = Home(tmp_path / "a" / "second")
    for path in (
        *("../../outside", "lake/../../outside", "/etc/outside", "logs/x", "keys", "keys/./x"),
        *("records", "lake/\0", "", "lake//x"),
    ):
        values["files"][0]["path"] = path
        manifest.write_text(json.dumps(values))
        with pytest.raises(MimamoriError):
            restore(home, tmp_path / "backup", None, _clock)
        assert not home.root.exists()


def test_what_is_written_to_the_data_alone_is_refused(world: World, tmp_path: Path) -> None:
    """The manifest of the keys, kept apart, has the digest of that of the data."""
    folder, keys = tmp_path / "backup", tmp_path / "of-keys"
    _backed_up(world, folder, keys)
    planted, _ = Store(folder).add("context/privileges.csv", io.BytesIO(b"planted"))
    values = json.loads((folder / MANIFEST).read_bytes())
    values["files"].append(asdict(planted))
    (folder / MANIFEST).write_text(json.dumps(values))
    for is_dry_run in (True, False):
        with pytest.raises(MimamoriError, match=MANIFEST):
            restore(Home(tmp_path / "x"), folder, keys, _clock, is_dry_run=is_dry_run)
    assert not (tmp_path / "x").exists()


def test_each_backup_has_its_own_folder_of_keys(world: World, tmp_path: Path) -> None:
    """Another's is refused, whichever way round, and stays as it is."""
    monday, tuesday, keys = (tmp_path / name for name in ("mon", "tue", "of-keys"))
    _backed_up(world, monday, keys)
    before = _files(keys)
    for folder, of_keys in ((tuesday, keys), (keys, monday), (keys, tuesday)):
        with pytest.raises(MimamoriError, match="another"):
            _backed_up(world, folder, of_keys)
    assert _files(keys) == before
    _on_an_empty_machine(world, monday, keys)


def test_keys_that_are_kept_apart_from_now_on_leave_the_data(world: World, tmp_path: Path) -> None:
    """Those of the backups before are removed once the new ones are in place."""
    _backed_up(world, tmp_path / "backup")
    _backed_up(world, tmp_path / "backup", tmp_path / "of-keys")
    assert not (tmp_path / "backup" / "keys").exists()
    _on_an_empty_machine(world, tmp_path / "backup", tmp_path / "of-keys")


def test_what_is_not_a_backup_s_is_not_touched(world: World, tmp_path: Path) -> None:
    """Neither in the folder, nor behind a link in it."""
    folder = tmp_path / "backup"
    _backed_up(world, folder)
    others = [folder / name for name in ("objects/mine/thesis.txt", "manifest-holiday.json", "x")]
    for path in others:
        path.parent.mkdir(exist_ok=True)
        path.write_text("kept")
    _backed_up(world, folder)
    assert {path.read_text() for path in others} == {"kept"}

    victim = tmp_path / "victim" / "aa"
    victim.mkdir(parents=True)
    (victim / ("a" * 64)).write_text("kept")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "objects").symlink_to(victim.parent)
    with pytest.raises(MimamoriError):
        _backed_up(world, tmp_path / "linked")
    shutil.rmtree(folder / "objects")
    (folder / "objects").symlink_to(victim.parent)
    with pytest.raises(MimamoriError):
        _backed_up(world, folder)
    assert (victim / ("a" * 64)).read_text() == "kept"


def test_a_damaged_file_is_written_again_on_its_day(world: World, tmp_path: Path) -> None:
    """Within as many daily backups as each file is read again in."""
    made = _backed_up(world, tmp_path / "backup")
    kept = max(made.data.files, key=lambda one: one.bytes)
    place = tmp_path / "backup" / "objects" / kept.sha256[:2] / kept.sha256
    place.write_bytes(b"x" * kept.bytes)
    for number in range(CHECKED_DAYS):
        now = NOW + dt.timedelta(days=number)
        back_up(world.home, tmp_path / "backup", None, lambda now=now: now)  # type: ignore[misc]
        if hashlib.sha256(place.read_bytes()).hexdigest() == kept.sha256:
            break
    restore(world.home, tmp_path / "backup", None, _clock, is_dry_run=True)


def test_names_may_be_any_bytes(world: World, tmp_path: Path) -> None:
    """Also what is no UTF-8, as a list from a machine of another code page."""
    world.home.context.mkdir(exist_ok=True)
    name = os.fsdecode(b"meibo\x96\xbc.csv")
    (world.home.context / name).write_text("kept")
    _backed_up(world, tmp_path / "backup")
    second = _on_an_empty_machine(world, tmp_path / "backup")
    assert (second.home.context / name).read_text() == "kept"


def test_a_lost_data_file_is_named(world: World, tmp_path: Path) -> None:
    """One that is gone, and one that is cut."""
    first, second, *_ = sorted(world.home.lake.rglob("*.parquet"))
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    with pytest.raises(MimamoriError, match="doctor --deep") as said:
        _backed_up(world, tmp_path / "backup")
    assert first.name in str(said.value) or second.name in str(said.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 9}', "\xff", '{"files": 3}'])
def test_what_is_no_manifest_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    """Whatever lies there."""
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(MimamoriError, match=MANIFEST):
        restore(Home(tmp_path / "home"), tmp_path, None, _clock)


def test_nothing_is_written_over(world: World, tmp_path: Path) -> None:
    """Neither another lake, nor files of others in the folder of a backup."""
    _backed_up(world, tmp_path / "backup")
    with pytest.raises(MimamoriError, match="nothing is overwritten"):
        restore(world.home, tmp_path / "backup", None, _clock)
    home = Home(tmp_path / "third")
    home.keys.mkdir(parents=True)
    (home.keys / "catalog.sqlite-wal").write_bytes(b"of another catalog")
    with pytest.raises(MimamoriError, match="sqlite-wal"):
        restore(home, tmp_path / "backup", None, _clock)

    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "letter.txt").write_text("kept")
    with pytest.raises(MimamoriError, match="others"):
        _backed_up(world, tmp_path / "others")
    assert [path.name for path in (tmp_path / "others").iterdir()] == ["letter.txt"]
    (tmp_path / "file").write_text("kept")
    with pytest.raises(MimamoriError, match="file"):
        _backed_up(world, tmp_path / "file")

    other = Home(tmp_path / "another" / "var")
    with lake.open_writer(other, "UTC"):
        pass
    for folder in (other.lake, other.keys):  # lakes of tests are copies of one
        (folder / other.lake_id.name).write_text("another\n")
    with pytest.raises(MimamoriError, match="another lake"):
        back_up(other, tmp_path / "backup", None, _clock)


@pytest.mark.parametrize("place", ["var/lake", "var", ".", "var/keys/x", "elsewhere/x"])
def test_a_backup_lies_outside_the_working_folder(world: World, place: str) -> None:
    """Neither in it, nor around it, nor where a part of it leads."""
    elsewhere = world.home.root.parent / "elsewhere"
    world.home.reports.rename(elsewhere)
    world.home.reports.symlink_to(elsewhere)
    with pytest.raises(UsageError):
        _backed_up(world, world.home.root.parent / place)


def test_links_are_not_followed(world: World, tmp_path: Path) -> None:
    """What is no regular file is passed over, and named."""
    (tmp_path / "secret").write_text("not of this lake")
    (world.home.reports / "link.html").symlink_to(tmp_path / "secret")
    (world.home.reports / "folder").symlink_to(tmp_path)
    os.mkfifo(world.home.reports / "pipe")
    made = _backed_up(world, tmp_path / "backup")
    assert made.passed_over == ["reports/link.html", "reports/pipe", "reports/folder"]
    assert b"not of this lake" not in _files(tmp_path / "backup").values()


def test_it_is_private_and_on_record(world: World, tmp_path: Path) -> None:
    """Nobody else may read it; the records name it by the digest of its manifest."""
    made = _backed_up(world, tmp_path / "backup")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "backup").rglob("*")} == {0}
    records = Records(world.home)
    use = list(records.entries(Series.USE))[-1]
    assert (use.what, use.about["folder"]) == ("backup", str(tmp_path / "backup"))
    digest = list(records.entries(Series.EVIDENCE))[-1].about["manifest_sha256"]
    assert digest == made.manifest.sha256
    assert last_backup(records, NOW - dt.timedelta(days=1)) == NOW
    assert last_backup(records, NOW + dt.timedelta(days=1)) is None


def test_the_copied_catalog_holds_nothing_that_was_deleted(world: World, tmp_path: Path) -> None:
    """Neither files that wait for their deletion, nor rows in free pages."""
    with closing(sqlite3.connect(world.home.catalog, isolation_level=None)) as con:
        con.execute("pragma secure_delete = off")
        con.execute("create table scribble (what text)")
        con.execute("insert into scribble values ('CANARY-of-the-catalog')")
        con.execute("drop table scribble")
        con.execute(
            "insert into ducklake_files_scheduled_for_deletion values (1, 'gone.parquet', 1, '')"
        )
    copy_catalog(world.home, tmp_path / "copy")
    content = (tmp_path / "copy").read_bytes()
    assert b"CANARY-of-the-catalog" not in content
    assert b"gone.parquet" not in content
