"""A terminal's streams: text, bytes and the log come out visible, drawing stays possible."""

import io
import json
import logging
import sys
from typing import TextIO, cast

import pytest

from pipelines.errors import UsageError
from pipelines.text.terminal import (
    JsonFormatter,
    VisibleFormatter,
    VisibleText,
    bare,
    log_formatter,
)


def _terminal() -> tuple[VisibleText, TextIO, io.BytesIO]:
    raw = io.BytesIO()
    stream = cast("TextIO", io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
    return VisibleText(stream), stream, raw


def test_text_and_bytes_are_shown() -> None:
    """A character that comes in two pieces is one; what is not UTF-8 is told by its bytes."""
    terminal, _, raw = _terminal()
    terminal.write("a\x1b[31m\tb\n")
    terminal.writelines(["\u202e", "見\n"])
    data = "見\x1b".encode()
    for piece in (data[:2], data[2:], b"\xff\n"):
        assert terminal.buffer.write(piece) == len(piece)
    terminal.buffer.flush()
    assert raw.getvalue().decode() == "a‹U+001B›[31m\tb\n‹U+202E›見\n見‹U+001B›\\xff\n"


def test_bare_stream_comes_after_what_was_written() -> None:
    """Colours of ours pass, in their order; another stream is bare already."""
    terminal, stream, raw = _terminal()
    terminal.write("one ")
    bare(terminal).write("\x1b[1mtwo\x1b[0m")
    assert raw.getvalue() == b"one \x1b[1mtwo\x1b[0m"
    assert bare(stream) is stream


def test_log_lines_are_shown() -> None:
    """Whatever draws them."""
    record = logging.LogRecord("x", logging.INFO, "x", 1, "file %s", ("\x1b[2J",), None)
    assert VisibleFormatter("%(message)s").format(record) == "file ‹U+001B›[2J"


def test_the_log_can_be_json() -> None:
    """One object a line, whatever a message holds; another form is refused by name."""
    try:
        int("two\nlines")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord("x.y", logging.ERROR, "x", 1, "見 %s", ("\u202e\n",), error)
    record.created = 1_795_000_000.25
    line = log_formatter("json").format(record)
    assert "\n" not in line
    said = json.loads(line)
    assert "two\\nlines" in said.pop("exception")
    assert said == {
        "time": "2026-11-18T11:06:40.250Z",
        "level": "ERROR",
        "logger": "x.y",
        "message": "見 ‹U+202E›\n",
    }
    assert not isinstance(log_formatter(None), JsonFormatter)
    with pytest.raises(UsageError, match=r"MIMAMORI_LOG_FORMAT: .*not 'xml'"):
        log_formatter("xml")
