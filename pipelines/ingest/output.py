"""Where `mimamori parse` writes: records as NDJSON, CSV or Parquet, rejects as NDJSON."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import UsageError
from pipelines.ingest.convert import Rows, Sink, by_file
from pipelines.private_files import target
from pipelines.text.messages import message

_RFC3339 = "%Y-%m-%dT%H:%M:%S%.6fZ"
_TEXT_ROWS = 16_384  # of some 1,000 bytes, of which several lots wait
_DISTINCT = ("event_id", "line_no")  # a dictionary of them would be in vain
_TABLE_ROWS = 32_768
_ROW_GROUP = 65_536


@contextmanager
def record_sink(form: str, out: Path | None, standard_output: BinaryIO) -> Iterator[Sink]:
    """Yield a sink for records; a file appears whole, at the end, or not at all.

    `form` is ndjson, csv or parquet; without `out` records go to `standard_output`. What is there
    and is no file (a pipe, /dev/null) is written to as it is, never replaced.

    Raises:
        UsageError: Parquet to standard output; `out` is a folder, or lies in none.
        MimamoriError: the file cannot be written.
    """
    if out is None and form == "parquet":
        raise UsageError(message("ingest.output.parquet_needs_a_file"))
    with target(out, standard_output) as stream:
        if form == "parquet":
            parquet = _Parquet(stream)
            yield Sink(parquet.prepare, _TABLE_ROWS)
            parquet.close()
        else:
            yield Sink(_csv(stream) if form == "csv" else _ndjson(stream), _TEXT_ROWS)


def reject_sink(stream: BinaryIO) -> Sink:
    """Return what appends rejects to `stream`: `{file, line_no, byte_offset, reason, line}`."""

    def write(name: str, rejects: pl.DataFrame) -> None:
        for row in rejects.select("line_no", "byte_offset", "reason", "line").iter_rows(named=True):
            line = json.dumps({"file": name, **row}, ensure_ascii=False)
            stream.write(line.encode() + b"\n")

    return by_file(write)


def _csv(stream: BinaryIO) -> Callable[[Rows], Callable[[], None]]:
    is_first = True

    def write(text: _Text, header: _Text) -> None:
        nonlocal is_first
        if is_first:
            stream.writelines(header.pieces)
        is_first = False
        stream.writelines(text.pieces)

    def prepare(rows: Rows) -> Callable[[], None]:
        text, header = _Text(), _Text()
        flat = _plain(rows.frame).with_columns(pl.col("redactions").list.join(" "))
        flat.write_csv(text, include_header=False)
        flat.clear().write_csv(header)
        return lambda: write(text, header)

    return prepare


def _ndjson(stream: BinaryIO) -> Callable[[Rows], Callable[[], None]]:
    def prepare(rows: Rows) -> Callable[[], None]:
        text = _Text()
        _plain(rows.frame).write_ndjson(text)
        return lambda: stream.writelines(text.pieces)

    return prepare


class _Text(io.BytesIO):
    """Keeps what is written as it came; else it would grow, and be copied, with each piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[Any] = []

    def write(self, piece: Any) -> int:
        self.pieces.append(piece)
        return len(piece)


def _plain(records: pl.DataFrame) -> pl.DataFrame:
    """The records with instants and days as texts, made once for rows of one beside each other."""
    return records.with_columns(
        _by_runs(records.get_column(name), form)
        for name, form in (("time", _RFC3339), ("log_date", "%Y-%m-%d"))
    )


def _by_runs(moments: pl.Series, form: str) -> pl.Series:
    runs = moments.rle_id()
    firsts = runs.ne_missing(runs.shift()).arg_true()
    return moments.gather(firsts).dt.strftime(form).gather(runs)


def _is_text(schema: pa.Schema, name: str) -> bool:
    kind = schema.field(name).type
    return bool(kind == pa.string_view() or pa.types.is_large_list(kind))


class _Parquet:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []

    def prepare(self, rows: Rows) -> Callable[[], None]:
        table = rows.frame.to_arrow(compat_level=pl.CompatLevel.newest())  # nothing is copied
        return lambda: self._add(table)

    def _add(self, table: pa.Table) -> None:
        self._waiting.append(table)
        if sum(map(len, self._waiting)) >= _ROW_GROUP:
            self._write()

    def _write(self) -> None:
        table = pa.concat_tables(self._waiting)
        self._waiting.clear()
        if self._writer is None:
            names = table.column_names
            self._writer = pq.ParquetWriter(
                self._stream,
                table.schema,
                compression="zstd",
                use_dictionary=[name for name in names if name not in _DISTINCT],
                # Least and greatest text of a row group tell apart hardly any two of them.
                write_statistics=[name for name in names if not _is_text(table.schema, name)],
                store_schema=False,  # Arrow's own types for texts are nothing to a reader
            )
        self._writer.write_table(table)

    def close(self) -> None:
        if self._waiting:
            self._write()
        if self._writer is not None:
            self._writer.close()
