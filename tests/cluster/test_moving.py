"""A lake moves there and back with nothing changed, and erasures reach the bytes of a bucket."""

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_move
from pipelines.errors import MimamoriError, UsageError
from pipelines.lake import within_home
from pipelines.lake.move_mark import Departure, MoveMark
from pipelines.lake.place import place_of
from pipelines.lake.within_home import WithinHome
from pipelines.moving import run
from pipelines.moving.proof import Contents
from pipelines.moving.run import move
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import Erased, erase
from tests.byte_search import places_of
from tests.cluster.conftest import BUCKET, Servers, cluster_of, placed
from tests.lake_requests import insert_requests
from tests.retention.conftest import GONE, NEW, NIGHT, canaries, copied, night_world

pytestmark = [pytest.mark.servers, pytest.mark.slow]

NOW = dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC)
PERSON, OTHER = "st-Kanariya", "st-Uguisu"
_SETTINGS = """
sites: [{id: main, group: main, domains: [main.example], logs: ["main/*.log"]}]
"""
_CONTENTS = """
select finding_id, date, detector, score, severity, status from lake.findings order by finding_id
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a small lake: two persons on ten days, and a finding."""
    made = Home(tmp_path / "var")
    with lake.open_writer(made, "Asia/Tokyo") as con:
        for day in range(10, 20):
            insert_requests(
                con,
                [
                    {
                        "event_id": day * 100 + number,
                        "time": dt.datetime(2026, 11, day, number % 24, tzinfo=dt.UTC),
                        "log_date": dt.date(2026, 11, day),
                        "site_id": "main",
                        "user_id": (PERSON, OTHER)[number % 2],
                        "url_path": f"/customers/{number}",
                        "status": 200,
                    }
                    for number in range(12)
                ],
            )
        con.execute(
            "insert into lake.findings by name select 7 as finding_id, date '2026-11-19' as date,"
            " 'bulk-record-access' as detector, 61.5 as score, 'high' as severity,"
            " 'new' as status, 'user' as actor_kind, ? as actor",
            [OTHER],
        )
    return made


@pytest.fixture
def new(home: Home, servers: Servers, tmp_path: Path) -> Home:
    """The same working folder with its lake on servers, where none is yet."""
    config = tmp_path / "servers.yaml"
    config.write_text(_SETTINGS + servers.new_place())
    return placed(home, config)


def _findings(home: Home) -> list[tuple[object, ...]]:
    with lake.open_reader(home, "UTC") as con:
        return con.execute(_CONTENTS).fetchall()


def _snapshots(home: Home) -> list[tuple[object, ...]]:
    with lake.open_reader(home, "UTC") as con:
        return con.execute("select snapshot_id, snapshot_time from lake.snapshots()").fetchall()


@pytest.mark.further
def test_there_and_back_nothing_changes(home: Home, new: Home) -> None:
    """Rows, sums, findings, snapshots with their instants; each former place is left empty."""
    before, snapshots = _findings(home), _snapshots(home)
    key_of_hashes = home.pseudonym_key.read_bytes()
    there = move(home, new, lambda: NOW)
    assert there.files == sum(1 for _ in place_of(new).files()) > 10
    assert there.contents.tables["request_fact"][0] == 120
    assert not home.catalog.exists()
    assert not WithinHome(home).has_data()
    assert (_findings(new), _snapshots(new)) == (before, snapshots)
    for open_lake in (lake.open_reader, lake.open_writer):  # no second lake by settings from before
        with pytest.raises(MimamoriError, match="was moved to"), open_lake(home, "UTC"):
            pass
    assert not home.catalog.exists()
    renamed = replace(cluster_of(new), catalog=f"{cluster_of(new).catalog} application_name=x")
    assert _findings(replace(new, cluster=renamed)) == before  # the same lake in other words
    elsewhere = replace(cluster_of(new), catalog=f"{cluster_of(new).catalog} dbname=postgres")
    with pytest.raises(MimamoriError, match="was moved to"):
        _findings(replace(new, cluster=elsewhere))
    back = move(new, home, lambda: NOW)
    assert back.contents == there.contents
    assert not place_of(new).has_catalog()
    assert not place_of(new).has_data()
    assert (_findings(home), _snapshots(home)) == (before, snapshots)
    assert home.pseudonym_key.read_bytes() == key_of_hashes
    acts = [one.what for one in Records(home).entries(Series.EVIDENCE)]
    assert acts.count(run.ACT) == 2
    with lake.open_writer(home, "UTC") as con:  # it goes on where it was
        con.execute("create table lake.after_the_move as select 1 as n")
    assert MoveMark.read(home) is None
    assert Departure.read(home) is None


def test_what_differs_is_found() -> None:
    """A table that is missing, a row that was changed, a finding, a snapshot."""
    held = Contents({"a": (1, "5"), "b": (2, "6")}, (1, "x"), (1, 2))
    assert held.differing(held) == []
    other = Contents({"a": (1, "4")}, (1, "y"), (2,))
    assert held.differing(other) == ["a", "b", "findings", "snapshots"]


@pytest.mark.full
def test_a_move_that_breaks_off_leaves_the_lake_where_it_is(
    home: Home, new: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new place is no lake until the proof was given; the next call begins anew."""
    before = _findings(home)
    with monkeypatch.context() as patch:
        patch.setattr(run, "name_lake", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            move(home, new, lambda: NOW)
    assert _findings(home) == before
    with pytest.raises(MimamoriError, match="is being moved there"):
        _findings(new)
    with monkeypatch.context() as patch:
        patch.setattr(WithinHome, "discard", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            move(home, new, lambda: NOW)
    proved = MoveMark.read(home)
    assert proved is not None
    assert proved.snapshot is not None
    assert proved.is_clearing
    done = move(home, new, lambda: NOW)  # only clears up
    assert done.files == proved.files
    assert not home.catalog.exists()
    assert _findings(new) == before


@pytest.mark.further
def test_while_a_move_is_not_complete(
    home: Home, new: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The former place is no lake, nothing is deleted for good, and the next call clears up."""
    before = _findings(home)
    with monkeypatch.context() as patch:
        patch.setattr(WithinHome, "remove", _interrupted)  # the catalog has gone by then
        with pytest.raises(KeyboardInterrupt):
            move(home, new, lambda: NOW)
    with pytest.raises(MimamoriError, match="was moved to"):
        _findings(home)
    assert _findings(new) == before
    with pytest.raises(MimamoriError, match="complete mimamori lake migrate"):
        _erased(new, PERSON)
    assert [one.status for one in check_move(new)] == [Status.WARNING]
    with pytest.raises(MimamoriError, match="has not been cleared up"):
        move(new, home, lambda: NOW)
    move(home, new, lambda: NOW)
    assert not WithinHome(home).has_data()
    assert _findings(new) == before
    assert list(check_move(new)) == []


def test_the_catalog_goes_before_its_log(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is broken off between the two leaves no earlier state of the lake."""
    gone: list[str] = []
    monkeypatch.setattr(within_home, "destroy_key", lambda path: gone.append(path.name))
    (home.keys / "catalog.sqlite-wal").touch()
    WithinHome(home).discard()
    assert gone[0] == "catalog.sqlite"
    assert not WithinHome(home).has_data()


def _interrupted(*_arguments: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.further
def test_no_move_over_something_else(home: Home, new: Home, tmp_path: Path) -> None:
    """Another lake, the same place, other keys: refused before anything is written."""
    other = Home(tmp_path / "other", cluster=new.cluster)
    with lake.open_writer(other, "UTC"):
        pass
    with pytest.raises(MimamoriError, match="is already there"):
        move(home, new, lambda: NOW)
    with pytest.raises(UsageError, match="or back"):
        move(home, home, lambda: NOW)
    with pytest.raises(UsageError, match="folder of keys"):
        move(home, new.with_keys(tmp_path / "vault"), lambda: NOW)
    assert MoveMark.read(home) is None
    assert home.catalog.exists()


def _erased(home: Home, user: str) -> Erased:
    with lake.open_writer(home, "Asia/Tokyo") as con:
        person = person_of(con, user=user, ip=None, subject=None)
        return erase(con, home, person, Asked("asked for", "Taro", "Hanako"), NOW)


def _downloaded(servers: Servers, home: Home, folder: Path) -> Home:
    """Return a copy of the lake as a working folder has one, every object of the bucket in it."""
    client = servers.client()
    prefix = cluster_of(home).data.prefix
    copy = Home(shutil.copytree(home.root, folder))
    listed = client.list_object_versions(Bucket=BUCKET, Prefix=prefix)["Versions"]
    for one in listed:
        if one["IsLatest"]:
            path = copy.lake / "data" / Path(one["Key"]).name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(client.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read())
    return copy


@pytest.mark.further
def test_an_erasure_reaches_the_bytes_of_bucket_and_database(
    home: Home, new: Home, servers: Servers, tmp_path: Path
) -> None:
    """No object that is left holds the person, nor do the files of the database their keys."""
    move(home, new, lambda: NOW)
    database = servers.database(new)
    with servers.connect(database) as con:
        files = "select path, encryption_key from ducklake_data_file"
        keys: dict[str, str] = dict(con.execute(files).fetchall())
        own = "select oid from pg_database where datname = current_database()"
        ((oid,),) = con.execute(own).fetchall()
        con.execute("checkpoint")
    stored = servers.folder / "data" / "base" / str(oid)
    assert _in_files(stored, keys.values()) == set(keys.values())
    done = _erased(new, PERSON)
    assert done.rows > 0
    assert not [one for one in done.left if one.place.startswith("s3://")]
    with servers.connect(database) as con:
        left: dict[str, str] = dict(con.execute(files).fetchall())
        con.execute("checkpoint")
    gone = set(keys.values()) - set(left.values())
    assert gone
    assert _in_files(stored, gone) == set()
    searched = _downloaded(servers, new, tmp_path / "searched")
    assert places_of(searched, [PERSON], but=[searched.logs], keys=left) == {}
    with lake.open_reader(new, "UTC") as con:
        query = "select count(*) from lake.access_log where user_id = ?"
        assert con.execute(query, [PERSON]).fetchone() == (0,)
        assert con.execute(query, [OTHER]).fetchone() == (60,)


@pytest.mark.full
def test_what_is_past_its_time_goes_from_the_bucket(
    servers: Servers, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No object that is left holds a value of a day beyond its period; a later day stays whole."""
    world = copied(night_world(tmp_path_factory), tmp_path)
    world = world.with_settings(servers.new_place())
    new = placed(world.home, world.config)
    move(world.home, new, lambda: NOW)
    gone = [value for site in ("main", "shop") for value in canaries(GONE, site).values()]
    before = _downloaded(servers, new, tmp_path / "before")
    but = [before.logs]
    assert places_of(before, gone, but=but, keys=_keys(servers, new)).keys() == set(gone)
    stages.retention(world.settings, new, NIGHT, lambda: NOW)
    after = _downloaded(servers, new, tmp_path / "after")
    keys = _keys(servers, new)
    assert places_of(after, gone, but=[after.logs], keys=keys) == {}
    stay = [canaries(NEW, "main")[name] for name in ("user", "subject")]
    assert places_of(after, stay, but=[after.logs], keys=keys).keys() == set(stay)
    assert {file.name for file in place_of(new).files()} == set(keys)


def _keys(servers: Servers, home: Home) -> dict[str, str]:
    """The keys of the data files by their name."""
    with servers.connect(servers.database(home)) as con:
        rows = con.execute(
            "select path, encryption_key from ducklake_data_file"
            " union all select path, encryption_key from ducklake_delete_file"
        )
        return {Path(path).name: key for path, key in rows.fetchall()}


def _in_files(folder: Path, keys) -> set[str]:
    content = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    return {key for key in keys if key.encode() in content}


@pytest.mark.full
def test_versions_that_the_bucket_keeps_are_reported(
    home: Home, new: Home, servers: Servers
) -> None:
    """A bucket that keeps deleted objects is named with their number in what is left."""
    move(home, new, lambda: NOW)
    enabled = {"Status": "Enabled"}
    servers.client().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=enabled)
    try:
        done = _erased(new, PERSON)
    finally:
        suspended = {"Status": "Suspended"}
        servers.client().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=suspended)
    (left,) = [one for one in done.left if one.place == place_of(new).data]
    assert str(place_of(new).earlier_versions()) in str(left.why)
    assert (place_of(new).earlier_versions() or 0) > 0
