"""The writers' lock: one holder at a time, named to whoever asks, free at once afterwards."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipelines.errors import LakeBusyError
from pipelines.lake.lock import file_lock, holder
from pipelines.lake.statements import identifier, quoted


def test_a_second_holder_is_refused_and_may_come_afterwards(tmp_path: Path) -> None:
    """The message names the file; without a wait it is refused at once."""
    path = tmp_path / "writer.lock"
    with file_lock(path, 0):
        with pytest.raises(LakeBusyError, match=r"writer\.lock"), file_lock(path, 0):
            pytest.fail("two holders")
        with pytest.raises(LakeBusyError), file_lock(path, 0.3):
            pytest.fail("two holders")
    with file_lock(path, 0):
        assert path.exists()


def test_who_holds_a_lock_is_named(tmp_path: Path) -> None:
    """By the process; nobody where it is free or was never taken."""
    path, other = tmp_path / "writer.lock", tmp_path / "other.lock"
    assert holder(path) is None
    with file_lock(other, 0), file_lock(path, 0):
        assert holder(path) == f"PID {os.getpid()}"
    assert holder(path) is None
    with pytest.raises(OSError, match="directory"):
        holder(tmp_path)


def test_a_lock_is_awaited(tmp_path: Path) -> None:
    """Who waits has it as soon as its holder is done."""
    path = tmp_path / "writer.lock"
    is_held, is_over = threading.Event(), threading.Event()

    def hold() -> None:
        with file_lock(path, 0):
            is_held.set()
            is_over.wait(60)

    other = threading.Thread(target=hold)
    other.start()
    assert is_held.wait(60)
    threading.Timer(0.1, is_over.set).start()
    with file_lock(path, 60):
        assert is_over.is_set()
    other.join()


_OF_ANOTHER = """
import fcntl, sys
other, own = (open(path, "a") for path in sys.argv[1:])
fcntl.flock(other, fcntl.LOCK_EX)
fcntl.lockf(own, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_locks_of_other_files_and_kinds_name_nobody(tmp_path: Path) -> None:
    """Of the locks that the system lists, the one of that file and that kind is its holder's."""
    paths = [str(tmp_path / name) for name in ("other.lock", "writer.lock")]
    with (
        subprocess.Popen(
            [sys.executable, "-S", "-c", _OF_ANOTHER, *paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other,
        file_lock(tmp_path / "writer.lock", 0),
    ):
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert holder(tmp_path / "writer.lock") == f"PID {os.getpid()}"
        assert holder(tmp_path / "other.lock") == f"PID {other.pid}"
        other.communicate()
    assert holder(tmp_path / "writer.lock") is None


@pytest.mark.parametrize(
    ("text", "literal", "name"),
    [("a", "'a'", '"a"'), ("it's", "'it''s'", '"it\'s"'), ('a"b', "'a\"b'", '"a""b"')],
)
def test_text_in_statements(text: str, literal: str, name: str) -> None:
    """As a value and as a name."""
    assert quoted(text) == literal
    assert identifier(text) == name
