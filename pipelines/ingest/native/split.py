"""Regular lines of a format as typed columns, by the compiled library."""

import ctypes
import os
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.formats.format import Format
from pipelines.formats.layout import Piece
from pipelines.formats.names import VariantSplitter
from pipelines.formats.split import LayoutSplitter
from pipelines.formats.user_names import rank_of
from pipelines.formats.users import UserSplitter
from pipelines.ingest.native.library import (
    ALONE,
    BITS,
    COLUMNS,
    KINDS,
    TABLES,
    WITH_PORT,
    Columns,
    Step,
    Table,
    library,
)
from pipelines.normalise.columns import of_arrow
from pipelines.text.messages import message

_LITERAL, _WORD, _TIME, _QUOTED, _QUOTED_USER, _QUOTED_NOTHING, _VHOST = map(
    KINDS.index,
    ("LITERAL", "WORD", "TIME", "QUOTED", "QUOTED_USER", "QUOTED_NOTHING", "VHOST"),
)
_UNQUOTED = {
    name: KINDS.index(name.upper()) for name in ("host", "user", "status", "bytes", "vhost")
}
_IN_QUOTES = {name: KINDS.index(name.upper()) for name in ("request", "referrer", "agent")}
_NO_MEMORY = -1
_NEEDED = {"host", "time", "request"}
# Who stands behind a proxy: where a line does not say it, the client is who connected.
_CHAINS = {"forwarded_for", "forwarded", "real_ip"}
_CODES = 0x10000
_LONGEST_LITERAL = 14
_MOST_BYTES = 2**31 - 1  # which a view of a string can point to

Array = np.ndarray[tuple[int, ...], np.dtype[Any]]


@dataclass(frozen=True)
class Split:
    """Lines of a text: `starts` of all of them and the end, `irregular` their numbers, and columns.

    The columns are `library.COLUMNS`, a row for each regular line, and the bits beside them.
    """

    data: bytes
    starts: Array
    irregular: Array
    columns: Mapping[str, Array]

    def __len__(self) -> int:
        """Return the number of regular lines."""
        return len(self.columns["line"])

    def __getitem__(self, name: str) -> Array:
        """Return a column as numbers."""
        return self.columns[name]

    def texts(self, name: str) -> pl.Series:
        """Return a column of texts, which stay where they are in `data`."""
        bits = self.columns.get(f"has_{name}")
        array = pa.Array.from_buffers(
            pa.string_view(),
            len(self),
            [
                None if bits is None else pa.py_buffer(bits),
                pa.py_buffer(self.columns[name]),
                pa.py_buffer(self.data),
            ],
        )
        return of_arrow(name, array)

    def sizes(self) -> pl.Series:
        """Return the sizes of the responses, null where none is given."""
        array = pa.Array.from_buffers(
            pa.uint64(),
            len(self),
            [pa.py_buffer(self.columns["has_bytes"]), pa.py_buffer(self.columns["bytes"])],
        )
        return of_arrow("bytes", array)


class Splitter:
    """Splits lines of one format, and numbers the distinct texts of some fields, from 1.

    Not to be used by two threads at once.
    """

    def __init__(self, form: Format, telling: str = "") -> None:
        """Prepare for a format for which `has_fast_path`.

        A query with one of the letters `telling` is never found simple.
        """
        found, steps = library(), _steps(form)
        assert found is not None  # noqa: S101 - for the type checker
        assert steps is not None  # noqa: S101
        self._library = found
        self._steps = (Step * len(steps))(*steps)
        codes = np.zeros(_CODES, bool)
        codes[[ord(letter) for letter in telling]] = True
        self._telling = np.packbits(codes, bitorder="little")
        self._tables = {name: Table(seed=_seed()) for name in TABLES}
        weakref.finalize(self, _forget, found, self._tables)

    def split(self, data: bytes, count: int, name_kinds: Array) -> Split:
        """Take apart the lines of `data`, `count` of them, each with a line feed at its end.

        `name_kinds` are bits of the parameters' names by number (`library.HARMLESS`, `ID`), as
        far as they are known: where all of a query are, it may be found simple (`is_simple`).

        Raises:
            MemoryError: there is no room for the distinct texts.
            ValueError: the text is longer than `is_short_enough` allows.
        """
        columns = {name: np.empty(count, dtype) for name, dtype in COLUMNS.items()}
        bits = {name: np.zeros((count + 7) // 8, np.uint8) for name in BITS}
        starts, irregular = np.empty(count + 1, np.int64), np.empty(count, np.uint32)
        out = Columns(
            **{name: ctypes.pointer(table) for name, table in self._tables.items()},
            name_kinds=name_kinds.ctypes.data,
            kind_count=len(name_kinds),
            telling=self._telling.ctypes.data,
            starts=starts.ctypes.data,
            irregular=irregular.ctypes.data,
            **{name: column.ctypes.data for name, column in {**columns, **bits}.items()},
        )
        regular = self._library.mimamori_split(
            data, len(data), count, self._steps, len(self._steps), out
        )
        if regular == _NO_MEMORY:
            raise MemoryError
        if regular < 0:
            raise ValueError(message("ingest.native.text_not_taken"))
        taken = {name: column[:regular] for name, column in columns.items()}
        return Split(data, starts, irregular[: out.irregular_count], {**taken, **bits})

    def marked(
        self, split: Split, hosts: Array, paths: Array, referrers: Array, agents: Array
    ) -> Array:
        """Return which regular lines hold marked texts alone; a mark (bool) for each number."""
        marks = np.empty(len(split), bool)
        columns = ("host", hosts), ("path_no", paths), ("referrer_no", referrers), ("agent", agents)
        places = [each.ctypes.data for name, marked in columns for each in (split[name], marked)]
        self._library.mimamori_mark(len(split), *places, marks.ctypes.data)
        return marks

    def count(self, table: str) -> int:
        """Return how many texts a table has."""
        return int(self._tables[table].count)

    def size(self) -> int:
        """Return the bytes of all texts."""
        return sum(int(table.used) for table in self._tables.values())

    def texts(self, table: str, after: int) -> pl.Series:
        """Return the texts of a table whose numbers are greater than `after`, in order."""
        known = self._tables[table]
        if known.count <= after:
            return pl.Series(dtype=pl.String)
        ends = np.frombuffer(
            ctypes.string_at(known.ends + 8 * after, 8 * (known.count + 1 - after)), np.int64
        )
        text = ctypes.string_at(known.bytes + int(ends[0]), int(ends[-1] - ends[0]))
        array = pa.LargeStringArray.from_buffers(
            len(ends) - 1, pa.py_buffer(ends - ends[0]), pa.py_buffer(text)
        )
        return of_arrow(table, array)

    def forget(self) -> None:
        """Know no text any more."""
        _forget(self._library, self._tables)


def has_fast_path(form: Format | None) -> bool:
    """Whether lines of a format can be split here: of the NCSA kind, and the library is built."""
    return form is not None and library() is not None and _steps(form) is not None


def is_short_enough(data: bytes) -> bool:
    """Whether the lines of a text can be told by where they stand in it."""
    return len(data) <= _MOST_BYTES


def _steps(form: Format) -> list[Step] | None:
    splitter = form.splitter.inner if isinstance(form.splitter, UserSplitter) else form.splitter
    variants = splitter.variants if isinstance(splitter, VariantSplitter) else (splitter,)
    first = variants[0]
    if (
        not isinstance(first, LayoutSplitter)
        or first.plan is None
        or form.time_form != "clf"
        or not form.backslash_escapes
        or first.layout.escapes != "backslash"
        or not set(first.layout.fields) >= _NEEDED
    ):
        return None
    pieces, begin = first.layout.pieces, []
    behind = _behind_port(pieces)
    if behind:
        is_alone = any(
            isinstance(other, LayoutSplitter) and other.layout.pieces == (pieces[0], *behind)
            for other in variants
        )
        pieces, begin = behind, [Step(_VHOST, WITH_PORT | ALONE * is_alone)]
    steps = begin + [_step(pieces, index, piece) for index, piece in enumerate(pieces)]
    known = [step for step in steps if step is not None]
    return known if len(known) == len(steps) else None


def _behind_port(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The pieces behind a virtual host and its port, where the layout begins with them."""
    host, colon, port = pieces[:3]
    has_port = host.kind == "vhost" and colon.text == ":" and port.kind == "port"
    return pieces[3:] if has_port and host.name and not port.name else ()


def _step(pieces: Sequence[Piece], index: int, piece: Piece) -> Step | None:
    if not piece.is_field:
        text = piece.text.encode()
        if len(text) > _LONGEST_LITERAL or not text.isascii() or not text.decode().isprintable():
            return None
        padded = text.ljust(_LONGEST_LITERAL, b"\0")
        return Step(_LITERAL, len(text), (ctypes.c_uint8 * _LONGEST_LITERAL)(*padded))
    before = pieces[index - 1].text if index else ""
    after = pieces[index + 1].text if index + 1 < len(pieces) else " "
    if piece.kind == "time":
        is_bracketed = before.endswith("[") and after.startswith("]")
        return Step(_TIME) if piece.name == "time" and is_bracketed else None
    is_quoted = before.endswith('"') and after.startswith('"')
    rank = rank_of(piece.name)
    kind: int | None
    if rank is not None:
        kind = _QUOTED_USER if is_quoted else _UNQUOTED["user"]
    elif is_quoted and piece.name in _CHAINS:
        kind = _QUOTED_NOTHING
    elif is_quoted:
        kind = _IN_QUOTES.get(piece.name) if piece.name else _QUOTED
    else:
        kind = _UNQUOTED.get(piece.name) if piece.name else _WORD
    if not is_quoted and (not after.startswith(" ") or (index and not before.endswith(" "))):
        return None
    size = ALONE if kind == _VHOST else rank or 0
    return None if kind is None or size > _LONGEST_LITERAL else Step(kind, size)


def _seed() -> int:
    return int.from_bytes(os.urandom(8), "little")


def _forget(found: ctypes.CDLL, tables: Mapping[str, Table]) -> None:
    for table in tables.values():
        found.mimamori_forget(ctypes.byref(table))
