"""Outages against the real thing: killed, full, locked, forbidden, and files that change meanwhile.

Whatever happens, nothing is half-written, the message says what and where, and the next run
completes; the proofs of `mimamori doctor` are the judge.
"""

import datetime as dt
import itertools
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.doctor.outcome import Status
from pipelines.doctor.store import check_data_files, check_proofs
from pipelines.ingest import gather, run, store
from pipelines.ingest.folder import GONE
from pipelines.ingest.reader import LineReader
from pipelines.ingest.result import IngestResult
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests import command_line

pytestmark = pytest.mark.slow

_SETTINGS = (
    "sites:\n  - {id: main, group: main, domains: [main.example], logs: ['main/*'],"
    " format: combined}\n"
)
# Many flushes and, where there are many files, many commits, of few lines.
_SMALL_STEPS = (
    "from pipelines.ingest import gather, reader, run, store\n"
    "reader.LineReader.__init__.__kwdefaults__['block_bytes'] = 50_000\n"
    "gather.CHUNK_BYTES = 50_000; store._FLUSH_ROWS = 500; run._BATCH_DISK_BYTES = 1\n"
)
_ONE_DETECTOR = (
    "import pipelines.detect.run as detection; catalogue = detection.load_catalogue\n"
    "detection.load_catalogue = lambda: {'log-gap': catalogue()['log-gap']}\n"
)
_MAIN = "from pipelines.cli import main; main()"
_ONLY_ITS_OWN_FILES = [
    "setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Settings and an empty landing folder."""
    (tmp_path / "mimamori.yaml").write_text(_SETTINGS)
    _landing(tmp_path).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of a given size for the working folder; mounts again with another size."""
    root = folder / "disk"
    root.mkdir()

    def mount(options: str) -> Path:
        again = "remount," if root.is_mount() else ""
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"{again}{options}", "tmpfs", str(root)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            pytest.skip("only root may mount a disk of its own")
        return root

    yield mount
    if root.is_mount():
        subprocess.run(["umount", "--lazy", str(root)], check=True)


def _landing(folder: Path) -> Path:
    return folder / "logs" / "main"


def _lines(count: int, seed: int = 0) -> str:
    rng = random.Random(seed)  # noqa: S311 - text, no secret; it must not compress well
    return "".join(
        f"192.0.2.{n % 250} - - [19/Nov/2026:09:{n // 60 % 60:02}:{n % 60:02} +0900]"
        f' "GET /{rng.getrandbits(64):x} HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
        for n in range(count)
    )


def _start(
    folder: Path,
    *arguments: str,
    home: Path | None = None,
    prelude: str = "",
    before: tuple[str, ...] = (),
    **environment: str,
) -> command_line.Running | subprocess.Popen[bytes]:
    """Start `mimamori`, with `prelude` run before it in its process, by the program `before`."""
    given = [
        *("--config", str(folder / "mimamori.yaml"), "--home", str(home or folder / "home")),
        *arguments,
    ]
    if not before:
        return command_line.start(*given, env=os.environ | environment, prelude=prelude)
    return subprocess.Popen(
        [*before, sys.executable, "-c", f"{prelude}{_MAIN}", *given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
    )


def _run(folder: Path, *arguments: str, **options: object) -> tuple[int, str]:
    """Run `mimamori` to its end; return its exit code and its messages."""
    process = _start(folder, *arguments, **options)  # type: ignore[arg-type]
    _, messages = process.communicate()
    text = messages.decode()
    assert "Traceback" not in text
    return process.returncode, text


def _ingest(folder: Path, **options: object) -> tuple[int, str]:
    return _run(folder, "ingest", "--logs", str(folder / "logs"), **options)


def _complete(folder: Path, home: Path | None = None) -> None:
    """Ingest in this process, as the next run that finds everything in order."""
    result = stages.ingest(
        load(folder / "mimamori.yaml"), Home(home or folder / "home"), folder / "logs"
    )
    assert result.failures == ()


def _count(folder: Path, home: Path | None = None) -> int:
    with lake.open_reader(Home(home or folder / "home"), "UTC") as con:
        row = con.execute("select count(*) from lake.request").fetchone()
    return row[0] if row else 0


def _assert_proved(folder: Path, home: Path | None = None, *, tidy: bool = True) -> None:
    """Every line once, every data file whole; with `tidy` none left over either."""
    where = Home(home or folder / "home")
    with lake.open_reader(where, "UTC") as con:
        outcomes = check_proofs(con)
        files = check_data_files(con, where, is_writing=False)
    assert [one for one in outcomes if one.status is not Status.OK] == []
    assert files.status is (Status.OK if tidy else files.status)
    assert files.status is not Status.WRONG


@pytest.mark.further
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_killed_at_many_moments_completes(folder: Path, number: signal.Signals) -> None:
    """A file of many flushes, killed after none, some and all of them: all of it or nothing."""
    (_landing(folder) / "access.log").write_text(_lines(8_000))
    (_landing(folder) / "small.log").write_text(_lines(10, seed=1))
    tables = folder / "home" / "lake" / "data" / "main"
    is_tidy = number == signal.SIGINT  # which alone leaves time to tidy up
    for table, count in (("migration", 1), ("request_fact", 1), ("request_fact", 6), ("ledger", 1)):
        folder_watched = tables / table
        wanted = len(list(folder_watched.glob("*"))) + count
        process = _start(folder, "ingest", "--logs", str(folder / "logs"), prelude=_SMALL_STEPS)
        while process.poll() is None and len(list(folder_watched.glob("*"))) < wanted:
            time.sleep(0.002)
        process.send_signal(number)
        process.communicate()
        if table != "migration":
            # Polars may take an interrupt for trouble with the file, which then waits: 10.
            assert _count(folder) in {0, 10, 8_000, 8_010}
            _assert_proved(folder, tidy=is_tidy)
    _complete(folder)
    assert _count(folder) == 8_010
    _assert_proved(folder, tidy=is_tidy)


@pytest.mark.parametrize(
    "size", ["340k", *(pytest.param(size, marks=pytest.mark.full) for size in ("64k", "900k"))]
)
def test_full_disk_is_told_and_survived(
    folder: Path, small_disk: Callable[[str], Path], size: str
) -> None:
    """Full while the catalog, its tables or the data are written: a message, then all of it."""
    (_landing(folder) / "access.log").write_text(_lines(30_000))
    root = small_disk(f"size={size}")
    code, messages = _ingest(folder, home=root)
    assert code == 1
    assert re.search(
        re.escape(f"{root / 'lake'}: ディスクに空きがありません。")
        + r"[^/\n]+ / no space left on the disk",
        messages,
    )
    assert not list(root.rglob("request/*.parquet"))
    small_disk("size=100m")
    _complete(folder, root)
    assert _count(folder, root) == 30_000
    _assert_proved(folder, root)


@pytest.mark.further
def test_full_temporary_folder_does_not_matter(
    folder: Path, small_disk: Callable[[str], Path]
) -> None:
    """Nothing is kept in /tmp."""
    root = small_disk("size=16k")
    (root / "full").write_bytes(bytes(16 * 1024))
    (_landing(folder) / "access.log").write_text(_lines(1000))
    assert _ingest(folder, TMPDIR=str(root))[0] == 0
    code, messages = _run(folder, "sql", "select count(*) from lake.access_log", TMPDIR=str(root))
    assert (code, messages) == (0, "")


@pytest.mark.further
def test_working_folder_on_a_read_only_disk(
    folder: Path, small_disk: Callable[[str], Path]
) -> None:
    """Where nothing can be written the message says so, with and without a lake there."""
    (_landing(folder) / "access.log").write_text(_lines(10))
    root = small_disk("size=10m,ro")
    code, messages = _ingest(folder, home=root)
    assert (code, "Read-only file system" in messages) == (1, True), messages
    small_disk("size=10m,rw")
    _complete(folder, root)
    (_landing(folder) / "access.log.1").write_text(_lines(10, seed=1))
    small_disk("size=10m,ro")
    code, messages = _ingest(folder, home=root)
    assert code == 1
    assert "cannot be written to" in messages
    code, messages = _run(folder, "sql", "select count(*) from lake.access_log", home=root)
    assert code == 1
    assert "readers too must be able to write beside the catalog" in messages


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "is missing or empty, and the data", marks=pytest.mark.further),
        (bytes(range(256)) * 64, "the catalog is damaged; leave it as it is and restore a backup"),
    ],
    ids=["empty", "garbage"],
)
def test_what_a_power_failure_leaves_of_the_catalog(
    folder: Path, content: bytes, says: str
) -> None:
    """No new lake is made in its place, and commands say what to do; put back, all is well."""
    (_landing(folder) / "access.log").write_text(_lines(10))
    _complete(folder)
    catalog = folder / "home" / "keys" / "catalog.sqlite"
    whole = catalog.read_bytes()
    catalog.write_bytes(content)
    for code, messages in (
        _ingest(folder),
        _run(folder, "sql", "select count(*) from lake.access_log"),
    ):
        assert code == 1
        assert messages.startswith(f"mimamori: {catalog}: ")
        assert says in messages
    assert catalog.read_bytes() == content
    for path in catalog.parent.glob(f"{catalog.name}-*"):
        path.unlink()
    catalog.write_bytes(whole)
    _complete(folder)
    assert _count(folder) == 10


@pytest.mark.further
def test_catalog_locked_by_another_program(folder: Path) -> None:
    """A lock that does not go away is told; when it is gone the next run reads everything."""
    (_landing(folder) / "access.log").write_text(_lines(10))
    _complete(folder)
    (_landing(folder) / "access.log.1").write_text(_lines(10, seed=1))
    catalog = folder / "home" / "keys" / "catalog.sqlite"
    other = sqlite3.connect(catalog, isolation_level=None)
    try:
        other.execute("begin exclusive")
        code, messages = _ingest(folder)
        assert code == 1
        assert re.search(
            re.escape(f"{catalog}: ほかのプログラムが使っています。")
            + r"[^/\n]+ / locked by another program",
            messages,
        )
        assert _count(folder) == 10
    finally:
        other.close()
    _complete(folder)
    assert _count(folder) == 20
    _assert_proved(folder)


def _limited(mode_of: Path, mode: int) -> tuple[str, ...]:
    """Set the mode of a path; return what makes a process obey it, which root's would not."""
    mode_of.chmod(mode)
    if os.geteuid():
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("as root, setpriv is needed to be refused anything")
    return tuple(_ONLY_ITS_OWN_FILES)


@pytest.mark.further
def test_file_without_permission_costs_no_other(folder: Path) -> None:
    """It is named, the others are read, and it is read once it may be."""
    (_landing(folder) / "a.log").write_text(_lines(10))
    closed = _landing(folder) / "b.log"
    closed.write_text(_lines(10, seed=1))
    code, messages = _ingest(folder, before=_limited(closed, 0))
    assert code == 1
    assert "mimamori: main/b.log: cannot be read: Permission denied" in messages
    assert _count(folder) == 10
    closed.chmod(0o600)
    _complete(folder)
    assert _count(folder) == 20
    _assert_proved(folder)


@pytest.mark.further
def test_landing_folder_without_permission_is_told(folder: Path) -> None:
    """A folder that cannot be looked into is no folder without files."""
    (_landing(folder) / "a.log").write_text(_lines(10))
    before = _limited(_landing(folder), 0)
    code, messages = _ingest(folder, before=before)
    _landing(folder).chmod(0o700)
    assert code == 1
    assert "main" in messages
    assert "ermission" in messages


@pytest.mark.further
def test_lake_without_permission_is_told(folder: Path) -> None:
    """The message names the folder, whether there is a lake or not."""
    (_landing(folder) / "a.log").write_text(_lines(10))
    home = folder / "home"
    home.mkdir()
    code, messages = _ingest(folder, before=_limited(home, 0o500))
    assert code == 1
    assert f"{home / 'lake'}: 作れません / cannot be made: Permission denied" in messages
    home.chmod(0o700)
    _complete(folder)
    (_landing(folder) / "b.log").write_text(_lines(10, seed=1))
    for path in (home / "lake", *(home / "lake").rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
    code, messages = _ingest(folder, before=_limited(home, 0o500))
    for path in (home / "lake", *(home / "lake").rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    home.chmod(0o700)
    assert code == 1
    assert "cannot be written to by this user" in messages
    _complete(folder)
    assert _count(folder) == 20


@pytest.mark.further
def test_keys_without_permission_are_told(folder: Path) -> None:
    """The message names the folder of the keys, not that of the lake; nothing is lost."""
    (_landing(folder) / "a.log").write_text(_lines(10))
    _complete(folder)
    (_landing(folder) / "b.log").write_text(_lines(10, seed=1))
    keys = folder / "home" / "keys"
    code, messages = _ingest(folder, before=_limited(keys, 0o500))
    keys.chmod(0o700)
    assert code == 1
    assert f"mimamori: {keys}: " in messages
    assert "cannot be written to by this user" in messages
    _complete(folder)
    assert _count(folder) == 20


class _Clock:
    """A clock at whose n-th look something happens: it looks at known moments of an ingest."""

    def __init__(self, look: int, event: Callable[[], object]) -> None:
        self.looks = 0
        self.look = look
        self.event = event

    def __call__(self) -> dt.datetime:
        self.looks += 1
        if self.looks == self.look:
            self.event()
        return dt.datetime.now(dt.UTC)


_AFTER_DISCOVERY, _BEFORE_READING, _WHILE_WRITING = 2, 6, 7
_WHILE_READING = 0  # no look at the clock: the fifth block
_MOMENTS = [
    *(_AFTER_DISCOVERY, _WHILE_READING),
    *(pytest.param(look, marks=pytest.mark.full) for look in (_BEFORE_READING, _WHILE_WRITING)),
]


@pytest.fixture
def settings(folder: Path) -> Settings:
    """The settings of the folder."""
    return load(folder / "mimamori.yaml")


@pytest.fixture
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks, chunks and flushes so small that a small file takes many of each."""
    defaults = LineReader.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "block_bytes", 10_000)
    monkeypatch.setattr(gather, "CHUNK_BYTES", 10_000)
    monkeypatch.setattr(store, "_FLUSH_ROWS", 100)
    monkeypatch.setattr(run, "_BATCH_DISK_BYTES", 1)


def _ingest_with(
    settings: Settings, folder: Path, look: int, event: Callable[[], object]
) -> IngestResult:
    clock = _Clock(look, event)
    with pytest.MonkeyPatch.context() as patch:
        if look == _WHILE_READING:
            read, blocks = LineReader._read_lines, itertools.count(1)

            def watched(reader: LineReader, size: int) -> bytes:
                if next(blocks) == 5:
                    event()
                return read(reader, size)

            patch.setattr(LineReader, "_read_lines", watched)
        result = stages.ingest(settings, Home(folder / "home"), folder / "logs", clock=clock)
        assert look != _WHILE_READING or next(blocks) > 5
    assert clock.looks >= look
    return result


@pytest.mark.further
def test_file_that_vanishes_is_told_and_costs_no_other(folder: Path, settings: Settings) -> None:
    """Gone between its discovery and its opening: named; back again, it is read."""
    (_landing(folder) / "a.log").write_text(_lines(10))
    going = _landing(folder) / "b.log"
    going.write_text(_lines(10, seed=1))
    result = _ingest_with(settings, folder, _AFTER_DISCOVERY, lambda: going.rename(folder / "away"))
    assert result.failures == ()
    assert result.warnings == (f"main/b.log: cannot be read: {GONE}",)
    assert _count(folder) == 10
    (folder / "away").rename(going)
    _complete(folder)
    assert _count(folder) == 20
    _assert_proved(folder)


_TAKES_AWAY = """
import os
opened = os.open
def open_late(path, *arguments, **named):
    if path == "b.log":
        os.unlink(path, dir_fd=named["dir_fd"])
    return opened(path, *arguments, **named)
os.open = open_late
"""


def test_the_command_warns_of_a_file_that_vanished_and_ends_with_0(tmp_path: Path) -> None:
    """Rotation takes names away at any moment; the rest is read, and the file is named."""
    config, logs = tmp_path / "mimamori.yaml", tmp_path / "var" / "logs" / "main"
    config.write_text(
        "sites: [{id: main, group: main, domains: [main.example], logs: ['main/*.log']}]\n"
    )
    logs.mkdir(parents=True)
    for number, name in enumerate(("a.log", "b.log", "c.log")):
        (logs / name).write_text(_lines(10, seed=number))
    running = command_line.start(
        *("--config", config, "--home", tmp_path / "var", "ingest", "--json"),
        env={"PATH": os.environ["PATH"]},
        prelude=_TAKES_AWAY,
    )
    output, errors = running.communicate()
    assert running.returncode == 0, errors
    assert json.loads(output)["records"] == 20
    assert f"mimamori: main/b.log: cannot be read: {GONE}" in errors.decode()


def test_file_that_vanishes_when_it_is_open_is_read_whole(folder: Path, settings: Settings) -> None:
    """A name taken away after the opening costs no line."""
    going = _landing(folder) / "b.log"
    going.write_text(_lines(10, seed=1))
    result = _ingest_with(settings, folder, _BEFORE_READING, going.unlink)
    assert (result.records, result.failures) == (10, ())


@pytest.mark.further
@pytest.mark.usefixtures("_small_steps")
@pytest.mark.parametrize("look", _MOMENTS)
def test_file_that_grows_meanwhile_is_read_to_its_end(
    folder: Path, settings: Settings, look: int
) -> None:
    """Lines that come while a file is read are read now or next time, once."""
    log = _landing(folder) / "access.log"
    text = _lines(2000)
    log.write_text(text[:100_000])

    def grow() -> None:
        with log.open("a") as stream:
            stream.write(text[100_000:])

    _ingest_with(settings, folder, look, grow)
    _complete(folder)
    assert _count(folder) == 2000
    _assert_proved(folder)


@pytest.mark.further
@pytest.mark.usefixtures("_small_steps")
@pytest.mark.parametrize("look", _MOMENTS)
def test_file_replaced_meanwhile_is_read_anew(folder: Path, settings: Settings, look: int) -> None:
    """Rotation in the middle: what was read stays whole, what took its place is read too."""
    log = _landing(folder) / "access.log"
    log.write_text(_lines(2000))

    def rotate() -> None:
        log.rename(_landing(folder) / "access.log.1")
        log.write_text(_lines(1500, seed=1))

    _ingest_with(settings, folder, look, rotate)
    _complete(folder)
    assert _count(folder) == 3500
    _assert_proved(folder)


@pytest.mark.further
@pytest.mark.usefixtures("_small_steps")
@pytest.mark.parametrize("look", _MOMENTS)
def test_file_truncated_meanwhile_loses_nothing_that_came_after(
    folder: Path, settings: Settings, look: int
) -> None:
    """`copytruncate` in the middle: the copy and the new beginning are read, no line twice."""
    log = _landing(folder) / "access.log"
    log.write_text(_lines(2000))

    def copy_and_truncate() -> None:
        shutil.copy(log, _landing(folder) / "access.log.1")
        with log.open("r+") as stream:
            stream.truncate()
            stream.write(_lines(15, seed=1))

    _ingest_with(settings, folder, look, copy_and_truncate)
    _complete(folder)
    assert _count(folder) == 2015
    _assert_proved(folder)


@pytest.mark.further
@pytest.mark.usefixtures("_small_steps")
def test_interrupted_while_rows_are_written_writes_no_more(
    folder: Path, settings: Settings
) -> None:
    """What the writing thread still had in hand is rolled back with the rest."""
    (_landing(folder) / "access.log").write_text(_lines(2000))

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.5)  # the writing thread calls: give the other one time to roll back

    with pytest.raises(KeyboardInterrupt):
        _ingest_with(settings, folder, _WHILE_WRITING, interrupt)
    assert _count(folder) == 0
    _assert_proved(folder)
    _complete(folder)
    assert _count(folder) == 2000
    _assert_proved(folder)


@pytest.mark.parametrize("command", ["ingest", pytest.param("run", marks=pytest.mark.full)])
def test_two_started_together_both_end_well(folder: Path, command: str) -> None:
    """The second waits for the first and finds nothing new; no line comes twice."""
    for part in range(3):
        (_landing(folder) / f"access.log.{part}").write_text(_lines(300, seed=part))
    arguments = [command, "--logs", str(folder / "logs"), "--date", "2026-11-19"]
    prelude = _SMALL_STEPS + _ONE_DETECTOR
    both = [_start(folder, *arguments, prelude=prelude) for _ in range(2)]
    ended = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    assert _count(folder) == 900
    _assert_proved(folder)


def test_second_leaves_with_a_message_when_the_first_takes_too_long(folder: Path) -> None:
    """A writer that does not get its turn says who is in the way."""
    (_landing(folder) / "access.log").write_text(_lines(10))
    with lake.open_writer(Home(folder / "home"), "UTC"):
        prelude = "from pipelines import lake\nlake.open_writer.__wrapped__.__defaults__ = (0.1,)\n"
        code, messages = _ingest(folder, prelude=prelude)
    assert code == 1
    assert "another mimamori process is writing to this lake" in messages


@pytest.mark.further
def test_reader_sees_whole_files_while_they_are_written(folder: Path) -> None:
    """A query during an ingest sees the last commit: never part of a file, never an error."""
    (_landing(folder) / "access.log").write_text(_lines(10))
    _complete(folder)
    for part in range(5):
        (_landing(folder) / f"access.log.{part}").write_text(_lines(1000, seed=part + 1))
    process = _start(folder, "ingest", "--logs", str(folder / "logs"), prelude=_SMALL_STEPS)
    seen = set()
    while process.poll() is None:
        seen.add(_count(folder))
    process.communicate()
    assert process.returncode == 0
    assert seen <= {10 + 1000 * files for files in range(6)}
    assert len(seen) > 1
    assert _count(folder) == 5_010
    _assert_proved(folder)
