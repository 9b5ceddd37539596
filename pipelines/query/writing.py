"""The rows of a question as CSV, JSON or Parquet, batch by batch, in bounded memory.

DuckDB writes nothing: it gives each row as a line of text, as its own COPY would write it, and
Python passes the lines on. Parquet takes the rows as they are.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from pipelines.errors import MimamoriError
from pipelines.lake import identifier, quoted
from pipelines.query.connection import Session
from pipelines.query.saved import Value
from pipelines.records import Use
from pipelines.text.messages import message

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 10_000
_PARQUET_ROWS = 100_000
# What Arrow has no type for in Parquet; whole numbers of 128 bits are what COPY makes of them.
_PARQUET_TYPES = {"HUGEINT": "double", "UHUGEINT": "double"}
_AS_TEXT = ("INTERVAL", "BIT", "UNION", "VARIANT", "TIME WITH TIME ZONE", "BIGNUM", "GEOMETRY")


def write_rows(
    session: Session,
    query: str,
    form: str,
    target: BinaryIO,
    values: Mapping[str, Value],
    use: Use,
) -> None:
    """Write the rows of a question to a stream: `csv`, `json` (a line each), `array` or `parquet`.

    `use` counts them as they are written.

    Raises:
        MimamoriError: more rows than limits.sql_rows, or more seconds than limits.sql_seconds.
        duckdb.Error: the question fails.
    """
    clock = session.clock()
    with clock.running():
        session.con.execute(f"select * from (\n{query}\n) limit 0", dict(values))
        columns = [(name, str(type_)) for name, type_, *_ in session.con.description or []]
    if form == "parquet":
        _write_parquet(session, clock, query, columns, target, values, use)
        return
    names = [name for name, _ in columns]
    line = _csv_line(len(names)) if form == "csv" else _json_line(names)
    aliases = ", ".join(_aliases(len(names)))
    source = f"select {line} from (\n{query}\n) as answer({aliases})"
    lines = _lines(session, clock, source, values, use)
    if form == "array":
        _write_array(lines, target)
        return
    if form == "csv":
        target.write(_csv_header(names).encode() + b"\n")
    target.writelines(("\n".join(batch) + "\n").encode() for batch in lines)


def _lines(
    session: Session, clock: Any, source: str, values: Mapping[str, Value], use: Use
) -> Iterator[list[str]]:
    use.rows = 0
    with clock.running():
        session.con.execute(source, dict(values))
    while True:
        with clock.running():
            rows = session.con.fetchmany(_BATCH_ROWS)
        if not rows:
            return
        _require_few(use.rows + len(rows), session)
        use.rows += len(rows)
        yield [line for (line,) in rows]


def _require_few(counted: int, session: Session) -> None:
    most = session.limits.sql_rows
    if counted > most:
        raise MimamoriError(message("query.writing.too_many_rows", at="query", most=most))


def _write_array(lines: Iterator[list[str]], target: BinaryIO) -> None:
    target.write(b"[\n\t")
    is_first = True
    for batch in lines:
        target.write((("" if is_first else ",\n\t") + ",\n\t".join(batch)).encode())
        is_first = False
    target.write(b"\n]\n")


def _write_parquet(
    session: Session,
    clock: Any,
    query: str,
    columns: list[tuple[str, str]],
    target: BinaryIO,
    values: Mapping[str, Value],
    use: Use,
) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - the other forms need not wait for it

    aliases = _aliases(len(columns))
    chosen = ", ".join(
        f"{_parquet_value(alias, type_)} as {identifier(name)}"
        for alias, (name, type_) in zip(aliases, columns, strict=True)
    )
    source = f"select {chosen} from (\n{query}\n) as answer({', '.join(aliases)})"
    with clock.running():
        reader = session.con.execute(source, dict(values)).to_arrow_reader(_PARQUET_ROWS)
    use.rows = 0
    with pq.ParquetWriter(target, reader.schema, compression="zstd") as writer:
        while (batch := _next_batch(reader, clock)) is not None:
            _require_few(use.rows + batch.num_rows, session)
            use.rows += batch.num_rows
            writer.write_batch(batch)


def _next_batch(reader: "pa.RecordBatchReader", clock: Any) -> "pa.RecordBatch | None":
    with clock.running():
        try:
            return reader.read_next_batch()
        except StopIteration:
            return None


def _parquet_value(alias: str, type_: str) -> str:
    if type_ in _PARQUET_TYPES:
        return f"{alias}::{_PARQUET_TYPES[type_]}"
    if any(name in type_ for name in _AS_TEXT):
        return f"{alias}::varchar"
    return alias


def _aliases(count: int) -> list[str]:
    return [f"c{n}" for n in range(count)]


def _csv_line(count: int) -> str:
    return " || ',' || ".join(_csv_value(alias) for alias in _aliases(count))


def _csv_value(alias: str) -> str:
    # An empty text is set in quotes, and so differs from null.
    return (
        f"case when {alias} is null then ''"
        f" when {alias}::varchar = '' or regexp_matches({alias}::varchar, '[#,\"\\r\\n]')"
        f" then '\"' || replace({alias}::varchar, '\"', '\"\"') || '\"'"
        f" else {alias}::varchar end"
    )


def _csv_header(names: list[str]) -> str:
    return ",".join(
        '"' + name.replace('"', '""') + '"' if set(name) & set('#,"\r\n') or not name else name
        for name in names
    )


def _json_line(names: list[str]) -> str:
    pairs = ", ".join(
        f"{quoted(name)}, {alias}" for name, alias in zip(names, _aliases(len(names)), strict=True)
    )
    return f"json_object({pairs})::varchar"
