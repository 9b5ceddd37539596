"""Where `mimamori parse` writes: records as NDJSON, CSV or Parquet, rejects as NDJSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow.parquet as pq

from pipelines.errors import UsageError
from pipelines.ingest.convert import Sink
from pipelines.private_files import target
from pipelines.text.messages import message

_RFC3339 = "%Y-%m-%dT%H:%M:%S%.6fZ"


@contextmanager
def record_sink(form: str, out: Path | None, standard_output: BinaryIO) -> Iterator[Sink]:
    """Yield a sink for frames of records; a file appears whole, at the end, or not at all.

    `form` is ndjson, csv or parquet; without `out` records go to `standard_output`. What is there
    and is no file (a pipe, /dev/null) is written to as it is, never replaced.

    Raises:
        UsageError: Parquet to standard output; `out` is a folder, or lies in none.
        MimamoriError: the file cannot be written.
    """
    if out is None and form == "parquet":
        raise UsageError(message("ingest.output.parquet_needs_a_file"))
    with target(out, standard_output) as stream:
        sink = _ParquetSink(stream) if form == "parquet" else _sink(form, stream)
        yield sink
        if isinstance(sink, _ParquetSink):
            sink.close()


def write_rejects(stream: BinaryIO, name: str, rejects: pl.DataFrame) -> None:
    """Append rejected lines to `stream` as `{file, line_no, byte_offset, reason, line}`."""
    for row in rejects.select("line_no", "byte_offset", "reason", "line").iter_rows(named=True):
        line = json.dumps({"file": name, **row}, ensure_ascii=False)
        stream.write(line.encode() + b"\n")


def _sink(form: str, stream: BinaryIO) -> Sink:
    is_first = True

    def write_csv(_name: str, records: pl.DataFrame) -> None:
        nonlocal is_first
        flat = _plain(records).with_columns(pl.col("redactions").list.join(" "))
        flat.write_csv(stream, include_header=is_first)
        is_first = False

    def write_ndjson(_name: str, records: pl.DataFrame) -> None:
        _plain(records).write_ndjson(stream)

    return write_csv if form == "csv" else write_ndjson


def _plain(records: pl.DataFrame) -> pl.DataFrame:
    return records.with_columns(
        pl.col("time").dt.strftime(_RFC3339), pl.col("log_date").dt.strftime("%Y-%m-%d")
    )


class _ParquetSink:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: pq.ParquetWriter | None = None

    def __call__(self, _name: str, records: pl.DataFrame) -> None:
        table = records.to_arrow()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
