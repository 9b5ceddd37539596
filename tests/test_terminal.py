"""A terminal's streams: text, bytes and the log come out visible, drawing stays possible."""

import io
import logging
from typing import TextIO, cast

from pipelines.text.terminal import VisibleFormatter, VisibleText, bare


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
