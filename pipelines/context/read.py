"""Reads one kind of context from a CSV file or a table of the lake.

What people keep in a spreadsheet is read as it comes: UTF-8 or CP932, commas or tabs, quoted
cells. A bad entry is named and left out; what cannot be read at all is a problem, never an
exception, since a night without a reason on record only makes more findings.
"""

import csv
import hashlib
import io
import unicodedata
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from pipelines.context.entry import KINDS, BadCell, Entry, Kind, read_entry
from pipelines.lake import identifier
from pipelines.settings.context import ContextSource

LARGEST_FILE = 256 << 20
MISTAKES_NAMED = 100
_LINES_READ_AGAIN = 1 << 20
"""So many in all of a file: each of its lines could begin a row that never ends."""

Rows = Iterator[tuple[int, list[str] | None]]


@dataclass(frozen=True)
class ContextRead:
    """The entries of one kind, and what was wrong.

    `sha256` is the fingerprint of the content, None where nothing can be used; then `problem`
    says why. `errors` are the first of the entries left out, as `SOURCE:LINE: COLUMN: reason`,
    `left_out` counts them all. `ignored` are columns that are not read. `lines` are those of the
    entries.
    """

    name: str
    source: str
    sha256: str | None = None
    entries: tuple[Entry, ...] = ()
    errors: tuple[str, ...] = ()
    left_out: int = 0
    ignored: tuple[str, ...] = ()
    problem: str | None = None
    lines: tuple[int, ...] = ()


def read_context(
    con: duckdb.DuckDBPyConnection | None, name: str, source: ContextSource, zone: ZoneInfo
) -> ContextRead:
    """Return what `source` holds for the key `name` of the settings' context.

    Times without an offset are in `zone`. Without a connection a table is a problem.
    """
    return read_entries(con, name, KINDS[name], source, zone)


def read_entries(
    con: duckdb.DuckDBPyConnection | None,
    name: str,
    kind: Kind,
    source: ContextSource,
    zone: ZoneInfo,
) -> ContextRead:
    """Return what `read_context` does, of entries of any kind."""
    try:
        if source.path is not None:
            content = _content(source.path)
            text = text_of(content)
            rows = csv_rows(text, delimiter_of(text.lstrip().partition("\n")[0]))
            sha256 = hashlib.sha256(content).hexdigest()
        else:
            table = table_rows(con, source.table or "", kind)
            rows = enumerate(table)
            sha256 = hashlib.sha256(repr(sorted(table[1:])).encode()).hexdigest()
        return _read(name, kind, str(source), sha256, rows, zone)
    except UnreadableError as error:
        return ContextRead(name, str(source), problem=str(error))


class UnreadableError(Exception):
    """Nothing of a source can be used; the message says why."""


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise UnreadableError(f"is larger than {LARGEST_FILE >> 20} MiB")
    return content


def text_of(content: bytes) -> str:
    """Return the text of a file: UTF-8, else CP932, in which Excel writes CSV in Japan."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableError("is neither UTF-8 nor CP932 (Shift_JIS)")


def text_of_most_lines(content: bytes) -> str:
    """Return the text of a file to which many write: a line of another encoding spoils no other.

    The encoding is that of most lines beyond ASCII; what cannot be read in it is U+FFFD.
    """
    odd = [line for line in content.splitlines() if not line.isascii()]
    unlike = sum(line.decode("utf-8", "replace").count("\ufffd") > 0 for line in odd)
    encoding = "utf-8-sig" if unlike * 2 <= len(odd) else "cp932"
    return content.decode(encoding, "replace")


def delimiter_of(header: str) -> str:
    """Return what stands between the cells: commas or tabs."""
    return "\t" if header.count("\t") > header.count(",") else ","


class _Lines:
    """The lines of a text; those that were taken for one row can be put back."""

    def __init__(self, text: str) -> None:
        self._rest = io.StringIO(text, newline="")
        self._back: deque[str] = deque()
        self._may_return = _LINES_READ_AGAIN
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._rest)
        self.taken.append(line)
        return line

    def put_back(self) -> None:
        """Put all but the first back, unless lines were put back too often."""
        back = self.taken[1:]
        if len(back) <= self._may_return:
            self._may_return -= len(back)
            self._back.extendleft(reversed(back))
            del self.taken[1:]


def csv_rows(
    text: str, delimiter: str, may_span: Callable[[list[str]], bool] = lambda _: True
) -> Rows:
    """Return rows with the number of their first line; None for each line that is no CSV.

    A stray quote costs the line that it stands in: those that it would swallow are read again. A
    row whose quotes match but that may not span several lines (`may_span`) is None line by line,
    and none of these is read, as whoever fills a cell could write rows of his own into it.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    while True:
        lines.taken = []
        try:
            row: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = None
            lines.put_back()
        count = len(lines.taken)
        if row is not None and (count == 1 or may_span(row)):
            yield number, row
        else:
            yield from ((number + past, None) for past in range(count))
        number += count


def table_rows(con: duckdb.DuckDBPyConnection | None, table: str, kind: Kind) -> list[list[str]]:
    """Return the header and rows of a table of the lake, as text."""
    if con is None:
        raise UnreadableError("there is no lake yet")
    name = f"lake.{identifier(table)}"
    try:
        columns = [row[0] for row in con.execute(f"describe {name}").fetchall()]
        used = [column for column in columns if column.lower() in kind.known]
        if not used:
            return [columns]
        cells = ", ".join(f"coalesce({identifier(column)}::varchar, '')" for column in used)
        rows = con.execute(f"select {cells} from {name}").fetchall()
    except duckdb.Error:
        raise UnreadableError("cannot be read from the lake") from None
    return [used, *(list(row) for row in rows)]


def _read(
    name: str, kind: Kind, source: str, sha256: str, rows: Rows, zone: ZoneInfo
) -> ContextRead:
    filled = ((line, row) for line, row in rows if row is None or any(map(str.strip, row)))
    header = header_of(next(filled, (1, [])), kind)
    entries: list[Entry] = []
    lines: list[int] = []
    errors: list[str] = []
    left_out = 0
    keys: set[object] = set()
    for line, row in filled:
        found = _entry(kind, header, row, zone)
        if kind.key is not None and not isinstance(found, BadCell):
            if found[kind.key] in keys:
                found = BadCell(kind.key, "stands in an earlier row too, which counts")
            else:
                keys.add(found[kind.key])
        if not isinstance(found, BadCell):
            entries.append(found)
            lines.append(line)
            continue
        left_out += 1
        if left_out <= MISTAKES_NAMED:
            errors.append(f"{source}:{line}: {found.column}: {found.reason}")
    ignored = tuple(column for column in header if column and column not in kind.known)
    return ContextRead(
        name,
        source,
        sha256,
        tuple(entries),
        tuple(errors),
        left_out,
        ignored,
        lines=tuple(lines),
    )


def header_of(row: tuple[int, list[str] | None], kind: Kind) -> list[str]:
    """Return the names of the columns in their order; UnreadableError where one is missing."""
    header = [unicodedata.normalize("NFKC", cell).strip().lower() for cell in row[1] or ()]
    missing = [column for column in kind.needed if column not in header]
    if kind.one_of:
        missing += [group[0] for group in kind.one_of if not set(group) & set(header)]
    if missing:
        raise UnreadableError(
            f"its first line must name the columns; missing: {', '.join(missing)}"
        )
    named = [column for column in header if column in kind.known]
    if len(set(named)) < len(named):
        raise UnreadableError("its first line names a column twice")
    return header


def _entry(
    kind: Kind, header: Sequence[str], row: list[str] | None, zone: ZoneInfo
) -> Entry | BadCell:
    if row is None:
        return BadCell("(row)", "its quotes do not match, or a cell is too long")
    if any(map(str.strip, row[len(header) :])):
        return BadCell("(row)", "has more cells than the first line; quote what holds a comma")
    return read_entry(kind, dict(zip(header, row, strict=False)), zone)
