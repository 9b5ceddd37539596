"""What logs and file names hold is shown at a terminal, and is data in a pipe."""

import re
from pathlib import Path

import pytest

from tests.cli import command

_OURS = re.compile(r"\x1b\[[01]m")  # what doctor sets in bold
_HOSTILE = "\x1b[2J\u202e"
_LINE = (
    '192.0.2.1 - ev\x1b[2Jil [19/Nov/2026:09:15:00 +0900] "GET /\u202eabc?mail=a@b.example'
    ' HTTP/1.1" 200 512 "-" "Moz\x1b]0;title\x07illa\x9b31m"\n'
)


@pytest.fixture
def hostile(folder: Path) -> Path:
    """A log file whose name and lines hold what a terminal obeys."""
    path = folder / f"a{_HOSTILE}.log"
    path.write_text(_LINE + "no line at all \x1b[2J\n")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("parse", "FILE"),
        ("parse", "FILE", "--to", "csv"),
        ("redact", "--dry-run", "FILE", "--show"),
        ("parse", "FILE.none"),
        ("--config", "FILE", "doctor"),
    ],
)
def test_nothing_steers_the_terminal(
    folder: Path, hostile: Path, arguments: tuple[str, ...]
) -> None:
    """Neither a result nor a message: bold words of ours are the only escapes."""
    given = [one.replace("FILE", str(hostile)) for one in arguments]
    shown = _OURS.sub("", command.run_at_terminal(folder, *given, NO_COLOR="1"))
    assert "‹U+202E›" in "".join(shown.split())  # lines are folded at any letter
    assert not {"\x1b", "\u202e", "\x07", "\x9b", "\r"} & set(shown)


def test_data_in_a_pipe_stays_as_it_is(folder: Path, hostile: Path) -> None:
    """CSV has the bytes of the log; JSON escapes them as JSON does."""
    done = command.run(folder, "parse", str(hostile), "--to", "csv")
    assert "ev\x1b[2Jil" in done.stdout.decode()
    assert "/\u202eabc" in done.stdout.decode()
