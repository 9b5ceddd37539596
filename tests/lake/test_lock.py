"""The writers' lock: one holder at a time, named to whoever asks, free at once afterwards."""

import os
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


@pytest.mark.parametrize(
    ("text", "literal", "name"),
    [("a", "'a'", '"a"'), ("it's", "'it''s'", '"it\'s"'), ('a"b', "'a\"b'", '"a""b"')],
)
def test_text_in_statements(text: str, literal: str, name: str) -> None:
    """As a value and as a name."""
    assert quoted(text) == literal
    assert identifier(text) == name
