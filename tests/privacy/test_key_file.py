"""Keys in files: as they are or encrypted, made once, changed, the former ones kept, destroyed."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import MimamoriError, SettingsError
from pipelines.paths import Home
from pipelines.privacy.key_file import (
    destroy_key,
    is_encrypted,
    leftovers,
    made_key,
    read_key,
    write_key,
)
from pipelines.privacy.key_source import FetchedKey, home_of
from pipelines.privacy.key_versions import KeyVersions
from pipelines.settings.lake_places import KeySource, LakePlaces

_KEY, _OWN, _OTHER = b"k" * 32, b"o" * 32, bytes(range(32))


def _own() -> bytes:
    return _OWN


@pytest.mark.parametrize("encryption", [None, _own])
def test_a_key_is_read_as_it_was_written(
    tmp_path: Path, encryption: Callable[[], bytes] | None
) -> None:
    """Encrypted where there is a key for that, for its owner alone."""
    path = tmp_path / "x.key"
    write_key(path, _KEY, encryption)
    assert read_key(path, encryption) == _KEY
    assert is_encrypted(path) is (encryption is not None)
    assert (_KEY in path.read_bytes()) is (encryption is None)
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_bytes()
    write_key(path, _KEY, encryption)
    assert (path.read_bytes() == first) is (encryption is None)


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """Thirty-two bytes that nobody else has."""
    made = made_key(tmp_path / "x.key", None)
    assert len(made) == 32
    assert made_key(tmp_path / "x.key", None) == made != made_key(tmp_path / "y.key", None)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_what_is_of_another_size_is_no_key(tmp_path: Path, size: int) -> None:
    """The message names the file and the size."""
    path = tmp_path / "x.key"
    path.write_bytes(b"k" * size)
    with pytest.raises(MimamoriError, match=r"x\.key.*not a key \(32 bytes\)"):
        read_key(path, None)


def test_an_encrypted_key_is_read_with_its_own_key_under_its_own_name(tmp_path: Path) -> None:
    """And whole: any byte that changed is told, and what is wrong with it."""
    path = tmp_path / "x.key"
    write_key(path, _KEY, _own)
    content = path.read_bytes()
    with pytest.raises(MimamoriError, match="is an encrypted key"):
        read_key(path, None)
    with pytest.raises(MimamoriError, match="encrypted with another key"):
        read_key(path, lambda: _OTHER)
    (tmp_path / "y.key").write_bytes(content)
    with pytest.raises(MimamoriError, match="is damaged"):
        read_key(tmp_path / "y.key", _own)
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(MimamoriError):
            read_key(path, _own)
    for cut in (content[:-1], content[:40], content + b"x"):
        path.write_bytes(cut)
        with pytest.raises(MimamoriError, match="is damaged"):
            read_key(path, _own)


# As written by the release that began to encrypt keys: `_KEY` in `x.key`, encrypted with `_OTHER`.
_ENCRYPTED = b"mimamori encrypted key 1\n" + bytes.fromhex(
    "c1c2be5bdbd1fd1ec852c89c10295ec2dd4dc1c31c73d41a014cf1c94ccb12141590bb4c2f9b2348"
    "91083740a00ee09d0f83054a6897bd3b34b0592190921d69a5022aa1"
)


def test_a_key_that_was_encrypted_long_ago_is_read(tmp_path: Path) -> None:
    """Mark, print of the other key, nonce and what is sealed stand where they stood."""
    path = tmp_path / "x.key"
    path.write_bytes(_ENCRYPTED)
    assert read_key(path, lambda: _OTHER) == _KEY
    write_key(path, _KEY, lambda: _OTHER)
    assert path.read_bytes()[:33] == _ENCRYPTED[:33]
    assert len(path.read_bytes()) == len(_ENCRYPTED)


def test_the_key_for_keys_is_asked_for_even_where_all_is_in_clear(tmp_path: Path) -> None:
    """So that nobody learns that it is lost when the first key is encrypted."""
    path = tmp_path / "x.key"
    write_key(path, _KEY, None)
    assert read_key(path, _own) == _KEY

    def lost() -> bytes:
        raise SettingsError("lost")

    with pytest.raises(SettingsError, match="lost"):
        read_key(path, lost)


def test_a_destroyed_key_is_overwritten_and_gone(tmp_path: Path) -> None:
    """A second name of the file shows what it held at last."""
    path, second = tmp_path / "x.key", tmp_path / "second"
    path.write_bytes(_KEY)
    second.hardlink_to(path)
    destroy_key(path)
    assert not path.exists()
    left = second.read_bytes()
    assert len(left) == 32
    assert left != _KEY


def test_what_killed_writers_left_is_found(tmp_path: Path) -> None:
    """In the folder of keys and those below, of all keys or of one."""
    for folder in ("", "former", "epochs", "elsewhere"):
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in (".a.key.12345678", ".b.1.key.12345678", "a.key", ".a.key.1234567"):
            (tmp_path / folder / name).touch()
    found = [
        tmp_path / folder / name
        for folder in ("", "former", "epochs")
        for name in (".a.key.12345678", ".b.1.key.12345678")
    ]
    assert leftovers(tmp_path) == found
    assert leftovers(tmp_path, "a") == found[::2]


@pytest.fixture
def versions(tmp_path: Path) -> KeyVersions:
    """A key with no version yet."""
    home = Home(tmp_path)
    home.keys.mkdir()
    return KeyVersions(home, home.pseudonym_key)


def _changed(versions: KeyVersions, until: str) -> bytes:
    key = versions.begin(until)
    versions.complete()
    return key


def test_there_is_no_version_before_the_first(versions: KeyVersions) -> None:
    """Whoever reads it learns so; whoever makes it has one from then on."""
    with pytest.raises(FileNotFoundError):
        versions.read()
    (made,) = versions.made()
    assert (made.until, len(made.key)) == (None, 32)
    assert versions.made() == versions.read() == (made,)
    assert repr(made) == "Version(pseudonym.key)"


def test_former_keys_are_kept_in_their_order(versions: KeyVersions) -> None:
    """Each with what it was for at last, also behind the ninth."""
    keys = [versions.made()[0].key]
    untils = [f"2026-{month:02}-01" for month in range(1, 12)]
    for until in untils:
        keys.append(_changed(versions, until))
        assert versions.begun() is None
    found = versions.read()
    assert [one.key for one in found] == keys
    assert [one.until for one in found] == [*untils, None]
    names = [path.name for path in (versions.current.parent / "former").iterdir()]
    assert sorted(int(name.split(".")[1]) for name in names) == list(range(1, 12))
    (versions.current.parent / "former" / "pseudonym.x.2026-01-01.key").touch()
    (versions.current.parent / "former" / "pseudonymx1.2026-01-01.key").touch()
    assert versions.read() == found


def test_a_change_is_begun_before_it_is_made(versions: KeyVersions) -> None:
    """Begun anew it is another; taken back there is none."""
    (old,) = versions.made()
    assert versions.begun() is None
    versions.complete()
    first, second = versions.begin("7"), versions.begin("8")
    begun = versions.begun()
    assert begun is not None
    assert (begun.key, begun.until) == (second, "8")
    assert first != second
    assert versions.read() == (old,)
    versions.take_back()
    assert versions.begun() is None
    assert versions.read() == (old,)


@pytest.mark.parametrize("done", ["nothing", "former", "current"])
def test_a_change_that_broke_off_is_completed_once(versions: KeyVersions, done: str) -> None:
    """Wherever it broke off: one former key, and the new one in force."""
    (old,) = versions.made()
    new = versions.begin("7")
    former = versions.current.parent / "former"
    if done != "nothing":
        former.mkdir()
        write_key(former / "pseudonym.1.7.key", old.key, None)
        assert versions.read()[-1].key == old.key
        assert len(versions.read()) == 1
    if done == "current":
        write_key(versions.current, new, None)
    versions.complete()
    assert [(one.until, one.key) for one in versions.read()] == [("7", old.key), (None, new)]
    assert versions.begun() is None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (_OTHER.hex().encode(), True),
        (_OTHER.hex().upper().encode() + b"\n", True),
        (b" " + base64.b64encode(_OTHER), True),
        (base64.urlsafe_b64encode(bytes([255]) * 32), True),
        (bytes([200]) * 32, True),
        (b"k" * 32, False),
        (bytes([200]) * 31, False),
        (bytes([200]) * 33, False),
        (base64.b64encode(b"k" * 31), False),
        (base64.b64encode(b"k" * 33), False),
        (b"\xff" + b"k" * 50, False),
        (b"not!base64", False),
        (b"", False),
        (b"k" * 5000, False),
    ],
)
def test_a_key_for_keys_is_thirty_two_bytes_in_some_spelling(
    tmp_path: Path, content: bytes, found: bool
) -> None:
    """As they are, in hexadecimal digits or base64; a password is none."""
    path = tmp_path / "source"
    path.write_bytes(content)
    fetched = FetchedKey(KeySource(file=path), lambda _: None)
    if found:
        assert len(fetched()) == 32
        path.unlink()
        assert fetched() == fetched()
    else:
        with pytest.raises(SettingsError, match=r"is no key: 32 bytes"):
            fetched()


def test_a_key_for_keys_comes_from_a_variable() -> None:
    """Where it is not set, or empty, it is missed by its name."""
    source = KeySource(env="KEY_OF_KEYS")
    values = {"KEY_OF_KEYS": _OTHER.hex(), "EMPTY": ""}
    assert FetchedKey(source, values.get)() == _OTHER
    for name in ("MISSING", "EMPTY"):
        with pytest.raises(SettingsError, match=f"there is no key in env {name}"):
            FetchedKey(KeySource(env=name), values.get)()


def test_a_file_that_is_not_there_holds_no_key(tmp_path: Path) -> None:
    """It is missed by its name."""
    with pytest.raises(SettingsError, match="there is no key in file"):
        FetchedKey(KeySource(file=tmp_path / "none"), lambda _: None)()


def test_a_home_has_its_keys_where_the_settings_say(tmp_path: Path) -> None:
    """The key for keys is fetched when it is asked for; without a source there is none."""
    folder = Home(tmp_path)
    asked: list[str] = []

    def secret(name: str) -> str:
        asked.append(name)
        return _OTHER.hex()

    source = KeySource(env="KEY_OF_KEYS")
    home = home_of(folder, LakePlaces(keys=tmp_path / "k", key_encryption_key=source), secret)
    assert (home.keys, home.cluster, asked) == (tmp_path / "k", None, [])
    assert home.key_encryption_key is not None
    assert home.key_encryption_key() == home.key_encryption_key() == _OTHER
    assert asked == ["KEY_OF_KEYS"]
    assert home_of(folder, LakePlaces(), secret) == folder
    assert home_of(folder, LakePlaces(), secret).key_encryption_key is None
