"""Which keys belong to which data: what is moved, named, swept away and refused."""

import re
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.lake import keys
from pipelines.paths import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a new lake."""
    home = Home(tmp_path / "var")
    with lake.open_writer(home, "UTC"):
        return home


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_lake_has_a_name_of_its_own(home: Home) -> None:
    """The same beside the data and among the keys, by chance."""
    named = {(folder / "lake.id").read_text() for folder in (home.lake, home.keys)}
    assert len(named) == 1
    assert re.fullmatch("[0-9a-f]{32}\n", named.pop())


@pytest.mark.parametrize("lacks", ["keys", "lake", "both"])
def test_a_name_that_is_missing_is_given_again(home: Home, lacks: str) -> None:
    """As it stands beside the data; where neither has one, as in an earlier release, a new one."""
    former = (home.lake / "lake.id").read_text()
    for folder in (home.keys, home.lake):
        if lacks in (folder.name, "both"):
            (folder / "lake.id").unlink()
    if lacks == "lake":
        with pytest.raises(MimamoriError, match="not the keys of"):
            keys.settle(home)
        return
    keys.settle(home)
    own, beside = ((folder / "lake.id").read_text() for folder in (home.keys, home.lake))
    assert own == beside
    assert (own == former) is (lacks == "keys")
    assert re.fullmatch("[0-9a-f]{32}\n", own)


def test_a_name_alone_is_a_lake(tmp_path: Path) -> None:
    """Data that is named needs its keys, even where neither data nor keys are there."""
    home = Home(tmp_path)
    home.lake.mkdir()
    (home.lake / "lake.id").write_text("0" * 32)
    assert keys.is_there(home)
    with pytest.raises(MimamoriError, match="is missing"):
        keys.settle(home)
    assert not home.keys.exists()


def test_all_versions_of_a_key_are_moved(home: Home, tmp_path: Path) -> None:
    """Into folders of their own for their owner alone, whatever they were before."""
    names = ["former/pseudonym.1.2026-04-01.key", "former/pseudonym.2.2026-05-01.key"]
    names += ["epochs/2026-04.key", "pseudonym.next.2026-06-01.key"]
    for name in names:
        path = home.keys / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
        path.chmod(0o644)
    elsewhere = home.with_keys(tmp_path / "vault")
    keys.settle(elsewhere)
    for name in names:
        assert (elsewhere.keys / name).read_bytes() == name.encode()
        assert _mode(elsewhere.keys / name) == 0o600
        assert not (home.keys / name).exists()
    folders = (elsewhere.keys, elsewhere.keys / "former", elsewhere.keys / "epochs")
    assert {_mode(folder) for folder in folders} == {0o700}


def test_keys_are_not_moved_to_those_of_another_lake(home: Home, tmp_path: Path) -> None:
    """Settings that name the keys of another lake are told so before anything is moved."""
    other = Home(tmp_path / "other")
    with lake.open_writer(other, "UTC"):
        pass
    for folder in (other.lake, other.keys):
        (folder / "lake.id").write_text("0" * 32)
    before = {path.name: path.read_bytes() for path in other.keys.iterdir()}
    with pytest.raises(MimamoriError, match="not the keys of"):
        keys.settle(home.with_keys(other.keys))
    assert {path.name: path.read_bytes() for path in other.keys.iterdir()} == before
    assert home.catalog.exists()


def test_what_killed_writers_of_keys_left_is_destroyed(home: Home, tmp_path: Path) -> None:
    """In both folders of keys; what is left of the records' key is for its own writers."""
    elsewhere = home.with_keys(tmp_path / "vault")
    keys.settle(elsewhere)
    left = [folder / ".pseudonym.key.abcdefgh" for folder in (home.keys, elsewhere.keys)]
    of_records = elsewhere.keys / f".{home.records_key.name}.abcdefgh"
    for path in (*left, of_records):
        path.write_bytes(b"half a key")
    keys.settle(elsewhere)
    assert not any(path.exists() for path in left)
    assert of_records.exists()


def test_an_error_that_nobody_can_explain_is_raised_as_it_is(home: Home) -> None:
    """Where keys have to be moved and the lock cannot be taken."""
    home.catalog.rename(home.lake / home.catalog.name)
    lock = home.lake / "writer.lock"
    lock.unlink()
    lock.mkdir()
    with pytest.raises(IsADirectoryError):
        keys.require_files(home)


def test_what_cannot_be_moved_says_why(home: Home) -> None:
    """A file in the place of the folder, and a file that is no catalog."""
    (home.lake / home.catalog.name).write_bytes(b"no database" * 100)
    home.catalog.unlink()
    with pytest.raises(MimamoriError, match=r"catalog\.sqlite"):
        keys.settle(home)
    new = Home(home.root.parent / "new")
    new.root.mkdir()
    new.keys.write_text("a file")
    with pytest.raises(MimamoriError, match=r"new/keys.*File exists"):
        keys.settle(new)
