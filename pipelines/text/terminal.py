"""Standard output and standard error at a terminal: what would deceive or steer it is shown.

A name or a line that somebody else wrote may hold what a terminal obeys. Every command prints
through these streams, so that none has to think of it. In a pipe or a file data stays as it is.
"""

import codecs
import datetime as dt
import io
import json
import logging
import sys
from typing import Any, TextIO

from pipelines.errors import UsageError
from pipelines.text.display import visible_lines
from pipelines.text.messages import message


class VisibleText(io.TextIOWrapper):
    """A terminal's text stream, on which control characters stand as `‹U+001B›`."""

    def __init__(self, bare: TextIO) -> None:
        """Write to what `bare` writes to; `bare` itself stays for what draws on purpose."""
        super().__init__(
            bare.buffer, encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        self.bare = bare
        self._bytes = _VisibleBytes(self)

    def write(self, text: str, /) -> int:
        """Write a text; line feeds and tabs stay what they are."""
        super().write(visible_lines(text))
        return len(text)

    def writelines(self, lines: Any, /) -> None:
        """Write texts one after another."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> Any:
        """The stream for bytes: they are shown as the text that they are in UTF-8."""
        return self._bytes


class _VisibleBytes(io.RawIOBase):
    def __init__(self, text: VisibleText) -> None:
        self._text = text
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._text.write(self._decoder.decode(bytes(data)))
        return len(data)

    def flush(self) -> None:
        self._text.flush()


class VisibleFormatter(logging.Formatter):
    """Lines of the log, on which control characters are shown, whatever draws them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, and what belongs to it."""
        return visible_lines(super().format(record))


class JsonFormatter(logging.Formatter):
    """Records of the log as JSON objects, one a line, for what collects logs.

    Keys: `time` (RFC 3339, UTC), `level`, `logger`, `message`, and `exception` where there is one.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the object of a record."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC)
        said = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": visible_lines(record.getMessage()),
        }
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def log_formatter(form: str | None) -> logging.Formatter:
    """Return what writes the log in the form `text` (also for None) or `json`.

    Raises:
        UsageError: there is no such form.
    """
    if form in {None, "", "text"}:
        return VisibleFormatter("%(asctime)s %(levelname)s %(message)s")
    if form == "json":
        return JsonFormatter()
    raise UsageError(message("text.terminal.no_log_format", at="MIMAMORI_LOG_FORMAT", form=form))


def show_at_terminals() -> None:
    """Put such a stream in place of standard output and standard error where one is a terminal."""
    if sys.stdout.isatty():
        sys.stdout = VisibleText(sys.stdout)
    if sys.stderr.isatty():
        sys.stderr = VisibleText(sys.stderr)


def bare(stream: TextIO) -> TextIO:
    """Return the stream for what draws with escapes of its own: colours, bars, an editor."""
    if not isinstance(stream, VisibleText):
        return stream
    stream.flush()
    return stream.bare
