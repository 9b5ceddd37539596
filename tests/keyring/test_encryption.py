"""Keys that are encrypted by a key from elsewhere: no backup of them opens anything without it."""

import base64
import json
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.errors import SettingsError
from pipelines.keyring import files
from pipelines.keyring.files import encrypt_anew, key_files
from pipelines.paths import Home
from pipelines.privacy.key_file import write_key
from pipelines.privacy.key_source import FetchedKey, home_of
from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.settings.lake_places import KeySource, LakePlaces
from pipelines.settings.load import load
from tests import command_line
from tests.cli.command import LINE, SETTINGS, environment, laid_out
from tests.keyring.key_forms import all_keys, forms, kept_keys, told

pytestmark = pytest.mark.lake_from_nothing

_OWN, _OTHER = (bytes(secrets.token_bytes(32)) for _ in range(2))
_BY_ENV = "lake: {key_encryption_key: {env: MIMAMORI_KEY}}\n"


def _base64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _run(folder: Path, *arguments: str, key: bytes | None = _OWN, **more: str):
    env = environment(folder) | more
    if key is not None:
        env["MIMAMORI_KEY"] = _base64(key)
    return command_line.run(*arguments, env=env)


@pytest.fixture(scope="module")
def _ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = laid_out(tmp_path_factory.mktemp("encrypted"))
    (folder / "mimamori.yaml").write_text(SETTINGS + _BY_ENV)
    for command in (["ingest"], ["sql", "from lake.site"]):
        done = _run(folder, *command)
        assert done.returncode == 0, done.stderr.decode()
    return folder


@pytest.fixture
def folder(_ingested: Path, tmp_path: Path) -> Path:
    """A copy of a folder whose lake was made with a key-encryption key in the environment."""
    return shutil.copytree(_ingested, tmp_path / "copy")


def _home(folder: Path, key: bytes | None = _OWN) -> Home:
    home = Home(folder / "var")
    if key is None:
        return home
    return home_of(home, load(folder / "mimamori.yaml").lake, lambda _: _base64(key))


def _lying(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in sorted((folder / "var").rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))
    }


def test_keys_lie_encrypted_from_the_first_on(folder: Path) -> None:
    """In no file of the folder of keys are the bytes of one; what they open is as ever."""
    home = _home(folder)
    assert {one.name for one in key_files(home)} >= {"pseudonym.key", "records.key"}
    assert all(one.is_encrypted for one in key_files(home))
    content = b"".join(path.read_bytes() for path in home.keys.rglob("*") if path.is_file())
    assert told(home, content) == []
    done = _run(folder, "sql", "select count(*) as n from lake.access_log", "--format", "json")
    assert json.loads(done.stdout) == {"n": 3}


_COMMANDS = (
    ("sql", "from lake.access_log"),
    ("findings", "list"),
    ("ingest",),
    ("keys", "rotate", "pseudonym", "--reason", "r"),
    ("audit", "verify"),
)


@pytest.mark.further
@pytest.mark.parametrize(
    ("what", "key", "code", "reason"),
    [
        ("lake", _OWN, 1, "is missing"),
        ("lake keys", None, 2, "there is no key in env MIMAMORI_KEY"),
        ("lake keys", b"too short", 2, "is no key"),
        ("lake keys", _OTHER, 1, "is encrypted with another key"),
        ("lake keys", _OWN, 0, ""),
    ],
    ids=["without keys", "not decrypted", "no key", "another key", "whole"],
)
def test_a_backup_is_restored(
    folder: Path, tmp_path: Path, what: str, key: bytes | None, code: int, reason: str
) -> None:
    """Without the keys, or what decrypts them, nothing opens and nothing is made; with it all."""
    backup, restored = tmp_path / "backup", tmp_path / "restored"
    for name in what.split():
        shutil.copytree(folder / "var" / name, backup / name)
    shutil.copytree(folder / "var" / "records", backup / "records")
    for command in _COMMANDS:
        shutil.copytree(backup, restored / "var")
        shutil.copy(folder / "mimamori.yaml", restored)
        (restored / "var" / "logs" / "main").mkdir(parents=True)
        (restored / "var" / "logs" / "main" / "access.log").write_text(LINE.format(9, 9) * 2)
        before = _lying(restored)
        done = _run(restored, *command, key=key)
        assert done.returncode == code, (command, done.stderr.decode())
        assert reason in done.stderr.decode()
        if code:
            assert _lying(restored) == before
        shutil.rmtree(restored)


@pytest.mark.parametrize("key", [None, b"too short"], ids=["none", "malformed"])
def test_the_key_is_asked_for_while_keys_are_still_in_clear(
    folder: Path, key: bytes | None
) -> None:
    """A setting that names no key is wrong from the first command on, whatever that looks at."""
    (folder / "mimamori.yaml").write_text(SETTINGS)
    done = _run(folder, "keys", "rewrap", "--former", "env:MIMAMORI_KEY", "--reason", "r")
    assert done.returncode == 0, done.stderr.decode()
    (folder / "mimamori.yaml").write_text(SETTINGS + _BY_ENV)
    for command in (*_COMMANDS, ("keys", "list")):
        done = _run(folder, *command, key=key)
        assert (done.returncode, b"env MIMAMORI_KEY" in done.stderr) == (2, True), command


def test_a_former_source_that_cannot_be_read_is_refused(folder: Path) -> None:
    """Before any key is looked at, even where none would need it."""
    for former in ("file:/nonexist", "env:NONE"):
        done = _run(folder, "keys", "rewrap", "--former", former, "--reason", "r")
        assert (done.returncode, b"--former" in done.stderr) == (2, True)


def test_without_the_key_no_lake_is_made(tmp_path: Path) -> None:
    """The first start with a key-encryption key that is not there leaves nothing behind."""
    folder = laid_out(tmp_path)
    (folder / "mimamori.yaml").write_text(SETTINGS + _BY_ENV)
    done = _run(folder, "ingest", key=None)
    assert done.returncode == 2
    assert not (folder / "var" / "keys").exists()
    assert not list((folder / "var").rglob("*.key"))
    assert _run(folder, "ingest").returncode == 0


@pytest.mark.parametrize("written", ["base64", "hex", "raw"])
@pytest.mark.parametrize("source", ["env", "file", "connection"])
def test_the_key_comes_from_where_the_settings_say(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, written: str
) -> None:
    """A variable, a file, or the password of a connection that Airflow's backend knows."""
    text = {"base64": _base64(_OWN), "hex": _OWN.hex(), "raw": _base64(_OWN) + "\n"}[written]
    name = "MIMAMORI_KEY"
    if source == "file":
        name = str(tmp_path / "outside.key")
        Path(name).write_bytes(_OWN if written == "raw" else text.encode())
    if source == "connection":
        name = "mimamori_key"
        monkeypatch.setenv(
            "AIRFLOW_CONN_MIMAMORI_KEY", json.dumps({"conn_type": "generic", "password": text})
        )
    places = LakePlaces(key_encryption_key=KeySource.model_validate({source: name}))
    home = home_of(Home(folder / "var"), places, lambda _: text)
    assert len(all_keys(home)) > 10
    assert text.strip() not in repr(home.key_encryption_key)


def test_keys_are_brought_from_one_key_to_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decrypted, encrypted with another, and after a run that was broken off; all goes on."""
    config = folder / "mimamori.yaml"
    keys = kept_keys(_home(folder))
    config.write_text(SETTINGS)
    assert b"is an encrypted key" in _run(folder, "findings", "list").stderr
    done = _run(folder, "keys", "rewrap", "--former", "env:MIMAMORI_KEY", "--reason", "move")
    assert done.returncode == 0, done.stderr.decode()
    assert not any(one.is_encrypted for one in key_files(_home(folder, None)))
    assert kept_keys(_home(folder, None)) == keys
    config.write_text(SETTINGS + _BY_ENV)

    def broken(path: Path, *more: object) -> None:
        if path.name == "records.key":
            raise KeyboardInterrupt
        write_key(path, *more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_key", broken)
        with pytest.raises(KeyboardInterrupt):
            encrypt_anew(_home(folder, _OTHER), None)
    assert {one.is_encrypted for one in key_files(_home(folder, _OTHER))} == {True, False}
    doctor = _run(folder, "doctor", "--json", key=_OTHER)
    assert b"keys rewrap" in doctor.stdout
    done = _run(folder, "keys", "rewrap", "--reason", "new key", "--json", key=_OTHER)
    assert json.loads(done.stdout) == {"files": ["records.key"]}
    assert kept_keys(_home(folder, _OTHER)) == keys
    done = _run(folder, "keys", "rewrap", "--reason", "back", key=_OWN)
    assert (done.returncode, b"another key" in done.stderr) == (1, True)
    former = ("--former", "env:FORMER")
    done = _run(folder, "keys", "rewrap", *former, "--reason", "back", FORMER=_OTHER.hex())
    assert done.returncode == 0, done.stderr.decode()
    assert _run(folder, "audit", "verify").returncode == 0
    assert kept_keys(_home(folder)) == keys


@pytest.mark.further
def test_what_a_killed_change_left_is_told_and_destroyed(folder: Path) -> None:
    """A plain copy beside a key, whoever's it is: doctor names it, the next writers destroy it."""
    home = _home(folder)
    (home.keys / "former").mkdir()
    (home.keys / "epochs").mkdir(exist_ok=True)
    names = [".pseudonym.key.abcd_123", "former/.pseudonym.1.2026-11-19.key.abcdefgh"]
    names += ["former/.records.1.9.key.abcdefgh", "epochs/.2026-11.key.abcdefgh"]
    left = [home.keys / name for name in names]
    for path in left:
        path.write_bytes(_OTHER)
    doctor = _run(folder, "doctor", "--json")
    assert all(path.name.encode() in doctor.stdout for path in left)
    listed = _run(folder, "keys", "list", "--json")
    assert sum(one["use"] == "left over" for one in json.loads(listed.stdout)) == 3
    assert not left[2].exists()
    done = _run(folder, "keys", "rewrap", "--reason", "r")
    assert (done.returncode, [path for path in left if path.exists()]) == (0, [])
    left[0].write_bytes(_OTHER)
    assert _run(folder, "ingest").returncode == 0
    assert not left[0].exists()


def test_an_encrypted_key_under_another_name_is_none(folder: Path) -> None:
    """Keys cannot be exchanged for each other by whoever can write them."""
    home = _home(folder)
    shutil.copy(home.pseudonym_key, home.records_key)
    done = _run(folder, "audit", "verify")
    assert (done.returncode, b"is damaged" in done.stderr) == (1, True)


@contextmanager
def _process_list() -> Iterator[list[bytes]]:
    """What stands in the process list while the block runs."""
    seen: set[bytes] = set()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    shown: list[bytes] = []
    try:
        yield shown
    finally:
        ended.set()
        thread.join()
        shown += seen


@pytest.mark.further
def test_keys_are_told_to_nobody(folder: Path) -> None:
    """In no output, log, record, report or process list, in no spelling, whatever is asked."""
    said = b""
    with _process_list() as shown:
        for command in (
            *_COMMANDS,
            ("keys", "rotate", "records", "--reason", "r"),
            ("keys", "rewrap", "--reason", "wrong", "--former", "env:MIMAMORI_KEY"),
            ("keys", "list", "--json"),
            ("run", "--date", "2026-11-19", "--json"),
            ("doctor", "--json"),
            ("sql", "from duckdb_functions() select function_name, macro_definition"),
        ):
            done = _run(folder, *command, MIMAMORI_LOG_LEVEL="DEBUG")
            said += done.stdout + done.stderr
        failed = _run(folder, "keys", "rewrap", "--reason", "r", "--former", _base64(_OWN))
        assert failed.returncode == 2
        said += failed.stderr
    home = _home(folder)
    elsewhere = [path for path in _lying(folder) if not path.is_relative_to(home.keys)]
    said += b"".join(path.read_bytes() for path in elsewhere)
    said += b"\n".join(one for one in shown if b"--former" not in one)
    assert len(all_keys(home)) > 20
    assert told(home, said) == []


def test_a_source_of_the_settings_is_one_and_named(tmp_path: Path) -> None:
    """Two sources, none, or the key itself where a name belongs: file, line and key, no value."""
    folder = laid_out(tmp_path)
    for wrong in ("{}", "{env: A, file: b}", f"{{env: '{_base64(_OWN)}'}}", "{vault: x}"):
        (folder / "mimamori.yaml").write_text(SETTINGS + f"lake: {{key_encryption_key: {wrong}}}\n")
        done = _run(folder, "ingest")
        assert done.returncode == 2
        assert b"mimamori.yaml:3: lake.key_encryption_key" in done.stderr
        assert _base64(_OWN).encode() not in done.stderr


def test_a_fetched_key_shows_itself_to_nobody() -> None:
    """Neither as text nor in what a debugger or a traceback prints."""
    fetched = FetchedKey(KeySource(env="MIMAMORI_KEY"), lambda _: _base64(_OWN))
    assert fetched() == _OWN
    home = home_of(Home(Path("x")), LakePlaces(key_encryption_key=fetched.source), lambda _: "")
    shown = repr(fetched) + repr(home) + repr(KeyedHashes(_OWN))
    assert not [form for form in forms(_OWN) if form.decode("latin-1") in shown]


@pytest.mark.parametrize("text", ["correct horse battery staple 1234", "p" * 32, "p" * 44, ""])
def test_a_password_is_no_key(text: str) -> None:
    """What can be guessed is refused, and not repeated."""
    fetched = FetchedKey(KeySource(env="MIMAMORI_KEY"), lambda _: text)
    with pytest.raises(SettingsError) as refused:
        fetched()
    assert not text or text not in str(refused.value)
