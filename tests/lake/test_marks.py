"""What a working folder notes of its lake: deletions and moves that were broken off; its files."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path, PurePosixPath

import pytest

from pipelines.errors import MimamoriError
from pipelines.lake.erasure import Pending, pending, to_be_completed
from pipelines.lake.keys import is_there, require
from pipelines.lake.move_mark import Departure, MoveMark, require_no_move
from pipelines.lake.place import place_of
from pipelines.lake.within_home import FolderFiles
from pipelines.paths import Home

_Made = Callable[[str, str], MoveMark | Departure]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder without a lake."""
    home = Home(tmp_path)
    home.lake.mkdir(parents=True)
    return home


def _broken_off(home: Home, kind: Pending) -> Pending | None:
    """Begin to delete, and break off; return what was broken off before."""
    seen = []
    with pytest.raises(KeyboardInterrupt), to_be_completed(home, kind) as before:  # noqa: PT012
        seen.append(before)
        raise KeyboardInterrupt
    return seen[0]


@pytest.mark.parametrize(
    ("first", "then", "left"),
    [
        (Pending.RETENTION, Pending.RETENTION, Pending.RETENTION),
        (Pending.RETENTION, Pending.ERASURE, Pending.ERASURE),
        (Pending.ERASURE, Pending.RETENTION, Pending.ERASURE),
        (Pending.ERASURE, Pending.ERASURE, Pending.ERASURE),
    ],
)
def test_a_deletion_that_was_broken_off_is_known(
    home: Home, first: Pending, then: Pending, left: Pending
) -> None:
    """The graver one stays on record until one of them is completed."""
    assert pending(home) is None
    assert _broken_off(home, first) is None
    assert pending(home) is first
    assert _broken_off(home, then) is first
    assert pending(home) is left
    (mark,) = home.lake.iterdir()
    assert stat.S_IMODE(mark.stat().st_mode) == 0o600
    with to_be_completed(home, then) as before:
        assert before is left
        assert pending(home) is left
    assert pending(home) is None
    with to_be_completed(home, then):
        mark.unlink()  # whoever completed it meanwhile


def test_whoever_reads_meanwhile_begins_again(home: Home) -> None:
    """What was handed over may hold what is deleted."""
    home.examined.mkdir(parents=True)
    with to_be_completed(home, Pending.ERASURE):
        assert not home.examined.exists()


def test_a_move_is_on_record_until_it_is_taken_off(home: Home) -> None:
    """While it is, nothing is deleted for good; to take it off twice is no error."""
    place = place_of(home)
    assert MoveMark.read(home) is None
    require_no_move(home)
    MoveMark.remove(home)
    here = MoveMark(place.catalog_name, place.data, snapshot=7, files=2, bytes=3, is_clearing=True)
    elsewhere = MoveMark("postgres:there", place.data)
    for mark in (elsewhere, here):
        mark.write(home)
        assert MoveMark.read(home) == mark
    assert not elsewhere.is_clearing
    assert (elsewhere.snapshot, elsewhere.files, elsewhere.bytes) == (None, 0, 0)
    assert here.is_of(place)
    assert not elsewhere.is_of(place)
    assert not MoveMark(place.catalog_name, "s3://bucket/").is_of(place)
    assert Departure.read(home) is None
    with pytest.raises(MimamoriError, match=str(home.catalog)):
        require_no_move(home)
    for _ in range(2):
        MoveMark.remove(home)
        assert MoveMark.read(home) is None


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (MoveMark, "being"),
        (lambda _to, data: MoveMark("postgres:there", data, is_clearing=True), "postgres:there"),
        (lambda _to, data: Departure("postgres:there", data, "2026"), "postgres:there"),
    ],
)
def test_no_lake_is_where_one_is_moved_to_or_was_moved_from(
    home: Home, mark: _Made, said: str
) -> None:
    """Whoever would open it is told where it is."""
    place = place_of(home)
    mark(place.catalog_name, place.data).write(home)
    with pytest.raises(MimamoriError, match=said):
        require(home)


@pytest.mark.parametrize(
    "mark",
    [
        lambda to, data: MoveMark(to, data, snapshot=1),
        lambda _to, data: MoveMark("postgres:there", data),
        lambda to, data: MoveMark(to, data, snapshot=1, is_clearing=True),
        lambda to, data: Departure(to, data, "2026"),
    ],
)
def test_a_move_that_does_not_concern_this_place_is_no_hindrance(home: Home, mark: _Made) -> None:
    """It is only said that there is no lake yet."""
    place = place_of(home)
    mark(place.catalog_name, place.data).write(home)
    with pytest.raises(MimamoriError, match="no lake here yet"):
        require(home)


def test_what_counts_as_a_lake(home: Home) -> None:
    """A catalog with something in it, a data file, or a name; an empty catalog is none."""
    assert not is_there(home)
    home.catalog.parent.mkdir(parents=True, exist_ok=True)
    home.catalog.write_bytes(b"")
    assert not is_there(home)
    assert not place_of(home).has_catalog()
    home.catalog.write_bytes(b"x")
    assert place_of(home).has_catalog()
    assert is_there(home)
    assert place_of(home).catalog_bytes() == 1
    home.catalog.unlink()
    folder = home.lake / "data" / "main"
    folder.mkdir(parents=True)
    (folder / "note.txt").touch()
    assert not is_there(home)
    (folder / "1.parquet").touch()
    assert place_of(home).has_data()
    assert is_there(home)
    with pytest.raises(MimamoriError, match="catalog"):
        require(home)


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 1024 * 1024 + 1])
def test_a_data_file_is_put_whole_and_read_as_it_was(tmp_path: Path, size: int) -> None:
    """For its owner alone, in folders for the owner alone; one that is cut off is no file."""
    files, content = FolderFiles(tmp_path / "data"), b"x" * size
    path = PurePosixPath("main/day/1.parquet")
    files.put(path, BytesIO(content), size)
    files.settle()
    assert b"".join(files.read(path)) == content
    assert max(map(len, files.read(path)), default=0) == min(size, 1024 * 1024)
    (one,) = files.files()
    assert (one.path, one.size) == (path, size)
    assert stat.S_IMODE((tmp_path / "data" / path).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data" / "main" / "day").stat().st_mode) == 0o700
    files.put(path, BytesIO(content), size)  # once more, in place of it
    with pytest.raises(OSError, match="part"):
        files.put(PurePosixPath("main/2.parquet"), BytesIO(content), size + 1)
    assert [other.path for other in files.files()] == [path]
    files.remove([one, one])
    assert list(files.files()) == []


def test_files_that_go_while_others_are_listed_are_left_out(tmp_path: Path) -> None:
    """Those after them are not."""
    names = [f"{number}.parquet" for number in range(9)]
    for number, name in enumerate(names):
        if number % 2:
            (tmp_path / name).symlink_to(tmp_path / "gone")
        else:
            (tmp_path / name).touch()
    assert {one.name for one in FolderFiles(tmp_path).files()} == set(names[::2])


def test_what_was_discarded_is_no_lake(home: Home) -> None:
    """Catalog, log and data files go; neither other keys nor other files, and twice is as once."""
    home.keys.mkdir(mode=0o700)
    with closing(sqlite3.connect(home.catalog)) as con:
        con.execute("pragma journal_mode = wal")
        con.execute("create table own (n integer)")
    kept = [home.pseudonym_key, home.lake / "data" / "note.txt"]
    data = home.lake / "data" / "main" / "1.parquet"
    data.parent.mkdir(parents=True)
    log = home.catalog.with_name(f"{home.catalog.name}-wal")
    for path in (*kept, data, log):
        path.write_bytes(b"")
    place = place_of(home)
    for _ in range(2):
        place.discard()
        assert not place.has_catalog()
        assert not place.has_data()
        assert not log.exists()
    assert all(path.exists() for path in kept)


def test_a_catalog_is_opened_for_its_owner_alone(home: Home) -> None:
    """Its log too, whatever they were; that is not so for what lies beside them."""
    home.keys.mkdir(mode=0o700)
    names = [home.catalog.name, f"{home.catalog.name}-wal", "note"]
    for name in names:
        (home.keys / name).touch(mode=0o644)
        (home.keys / name).chmod(0o644)
    with place_of(home).catalog():
        modes = [stat.S_IMODE((home.keys / name).stat().st_mode) for name in names]
    assert modes == [0o600, 0o600, 0o644]


def test_a_folder_keeps_no_versions_and_has_no_server(home: Home) -> None:
    """So there is nothing to report, and nothing that access is needed for."""
    place = place_of(home)
    assert place.earlier_versions() == 0
    assert place.lists_cheaply
    assert (place.unfit(), place.revealing(), place.access_script()) == ([], [], [])
    assert (place.ports(), place.turns(0), place.generation()) == ((), None, None)
    assert (place.lake_id(), place.writer()) == (None, None)
