"""The lake: an encrypted DuckLake with one writer at a time and as many readers as wanted.

The catalog is an SQLite file in WAL mode, so a reader sees the last committed snapshot while a
night is being written. Two writers on an SQLite catalog can corrupt it, hence the file lock.
"""

import fcntl
import hashlib
import importlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from pipelines.errors import LakeBusyError, MimamoriError
from pipelines.lake_files import remove_unfinished
from pipelines.outage import is_forbidden, outage
from pipelines.paths import SQL_DIR, Home

if TYPE_CHECKING:
    import polars as pl

EXTENSIONS = ("httpfs", "sqlite_scanner", "ducklake")  # httpfs brings the encrypting OpenSSL
_BUSY_TIMEOUT_MS = 60_000
_LOCK_POLL_SECONDS = 0.2
_VIEWS = "views-"
# Each rests on those before it.
_VIEW_FOLDERS = ("views/base", "views", "views/people", "functions")
_READERS_WRITE = (
    "; 読むだけでも、カタログの隣に書けなければなりません / "
    "readers too must be able to write beside the catalog (SQLite's -shm and -wal)"
)


def quoted(text: str) -> str:
    """Return `text` as an SQL string literal, for statements that cannot bind parameters."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def open_writer(
    home: Home, timezone: str, wait_seconds: float = 600.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that may write, with the schema brought up to date.

    `timezone` is the zone in which SQL shows instants and takes dates from them.

    Raises:
        LakeBusyError: another process kept the writers' lock for `wait_seconds`.
        MimamoriError: no room on the disk, no permission, or a catalog locked by another program.
    """
    _prepare_folder(home)
    with (
        _told(home),
        _writers_lock(home, wait_seconds),
        _connection(home, timezone) as con,
        _nothing_half_written(con, home),
    ):
        _attach(con, home, read_only=False)
        for path in home.lake.glob("catalog.sqlite*"):
            # It holds the keys of the data files, and extremes of columns in clear.
            path.chmod(0o600)
        migrate(con)
        yield con


@contextmanager
def open_reader(
    home: Home, timezone: str, at: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the last snapshot, or to snapshot `at`.

    Raises:
        MimamoriError: there is no lake yet, or no such snapshot.
    """
    require(home)
    with _connection(home, timezone) as con:
        try:
            _attach(con, home, read_only=True, at=at)
            con.execute("select 1 from lake.ledger limit 0")
        except duckdb.Error as error:
            what = "the lake" if at is None else f"snapshot {at} of the lake"
            hint = _READERS_WRITE if is_forbidden(error) else ""
            raise MimamoriError(
                f"{home.lake}: 開けません / {what} cannot be opened: {error}{hint}"
            ) from None
        yield con


def require(home: Home) -> None:
    """Raise MimamoriError when there is no lake below `home` yet."""
    if not (home.lake / "catalog.sqlite").exists():
        raise MimamoriError(
            f"{home.lake}: レイクがまだありません / no lake here yet; run 'mimamori ingest' first"
        )


def connect(home: Home, timezone: str) -> duckdb.DuckDBPyConnection:
    """Return a read-only connection for a caller that closes it itself (Great Expectations)."""
    con = _configured(home, timezone)
    _attach(con, home, read_only=True)
    return con


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside is written, or nothing is."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # what went wrong first is what matters
            con.execute("rollback")
        raise
    con.execute("commit")


def next_snapshot(con: duckdb.DuckDBPyConnection) -> int:
    """Return the id of the snapshot that the open transaction will make when it is committed."""
    row = con.execute("select id from ducklake_current_snapshot('lake')").fetchone()
    if row is None:
        raise MimamoriError(
            "レイクにスナップショットがありません / the lake has no snapshot; run 'mimamori doctor'"
        )
    return int(row[0]) + 1


def insert_rows(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows, all with the same keys, by column name: one Parquet file, not one a row."""
    import polars as pl  # noqa: PLC0415 - who only reads need not wait for it

    if rows:
        insert_frame(con, table, pl.DataFrame(rows, infer_schema_length=None))


def insert_frame(con: duckdb.DuckDBPyConnection, table: str, frame: "pl.DataFrame") -> None:
    """Insert the rows of a frame by column name."""
    rows = rows_of(frame)  # noqa: F841 - the statement has it
    con.execute(f"insert into lake.{identifier(table)} by name select * from rows")


def make_table(con: duckdb.DuckDBPyConnection, name: str, frame: "pl.DataFrame") -> None:
    """Make a table of a frame in place of one of that name: in memory, seen by all cursors."""
    rows = rows_of(frame)  # noqa: F841 - the statement has it
    con.execute(f"create or replace table {identifier(name)} as select * from rows")


def rows_of(frame: "pl.DataFrame") -> object:
    """Return the rows of a frame for one statement, which finds them by the variable's name.

    What is registered stays in memory until the transaction is committed. As a bare stream of
    Arrow, views of strings are handed over without a copy, and nothing passes through Arrow's own
    engine, which would be loaded first, pandas with it.
    """
    return frame.__arrow_c_stream__()


def migrate(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Apply the migrations and views that the lake does not have yet; return their names.

    A migration is a file `sql/schema/NNN_name.sql`, applied once, in order; all that are pending in
    one transaction. Views (`sql/views/`) and table functions (`sql/functions/`) are made again
    whenever one of them has changed.
    """
    con.execute(
        "create table if not exists lake.migration"
        " (name varchar, checksum varchar, applied_at timestamptz)"
    )
    state = schema_state(con)
    if state.changed:
        path = SQL_DIR / "schema" / f"{state.changed[0]}.sql"
        raise MimamoriError(
            f"{path}: このレイクに適用した後で書き換えられています。元に戻し、変更は新しい"
            "マイグレーションに書いてください / "
            "was changed after it had been applied to this lake; "
            "restore it and put the change into a new migration"
        )
    if state.pending:
        scripts = _scripts()
        with transaction(con):
            for name in state.pending:
                con.execute(scripts[name])
                con.execute(
                    "insert into lake.migration values (?, ?, now())",
                    [name, _checksum(scripts[name])],
                )
    return list(state.pending)


@dataclass(frozen=True)
class SchemaState:
    """Migrations and views of this release against those that a lake has, each by name, in order.

    `changed` were edited after they had been applied; `unknown` come from another release.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    changed: tuple[str, ...]
    unknown: tuple[str, ...]


def schema_state(con: duckdb.DuckDBPyConnection) -> SchemaState:
    """Return what of this release's schema the lake has."""
    known = dict(
        con.execute("select name, checksum from lake.migration order by applied_at").fetchall()
    )
    scripts = _scripts()
    return SchemaState(
        applied=tuple(known),
        pending=tuple(name for name in scripts if name not in known),
        changed=tuple(
            name
            for name, script in scripts.items()
            if name in known and known[name] != _checksum(script)
        ),
        # Views of earlier releases stay on record; only the last are in force.
        unknown=tuple(
            name for name in known if name not in scripts and not name.startswith(_VIEWS)
        ),
    )


def _scripts() -> dict[str, str]:
    """The migrations in order, then all views and functions as one script named by its content."""
    scripts = {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted((SQL_DIR / "schema").glob("[0-9]*.sql"))
    }
    views = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in _VIEW_FOLDERS
        for path in sorted((SQL_DIR / folder).glob("*.sql"))
    )
    if views:
        scripts[f"{_VIEWS}{_checksum(views)[:12]}"] = views
    return scripts


def _checksum(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()


def _prepare_folder(home: Home) -> None:
    try:
        for folder in (home.lake, home.lake / "data", home.lake / "spill"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise MimamoriError(f"{home.lake}: 作れません / cannot be made: {error.strerror}") from None


@contextmanager
def _writers_lock(home: Home, wait_seconds: float) -> Iterator[None]:
    path = home.lake / "writer.lock"
    with path.open("a", encoding="utf-8") as handle:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise LakeBusyError(
                        f"{path}: 別の mimamori がこのレイクに書き込んでいます。"
                        "終わってから、もう一度実行してください / "
                        "another mimamori process is writing to this lake; "
                        "try again when it has finished"
                    ) from None
                time.sleep(_LOCK_POLL_SECONDS)
        yield


@contextmanager
def _told(home: Home) -> Iterator[None]:
    """Turn errors of the surroundings into messages; bugs pass as they are."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        message = outage(error, home.lake)
        if message is None:
            raise
        raise message from error


@contextmanager
def _nothing_half_written(con: duckdb.DuckDBPyConnection, home: Home) -> Iterator[None]:
    """After a failure, delete the data files of what was not committed."""
    began_ns = time.time_ns()
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):
            con.execute("rollback")
        with suppress(duckdb.Error, OSError):
            remove_unfinished(con, home, began_ns)
        raise


@contextmanager
def _connection(home: Home, timezone: str) -> Iterator[duckdb.DuckDBPyConnection]:
    con = _configured(home, timezone)
    try:
        yield con
    finally:
        con.close()


def _configured(home: Home, timezone: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "temp_directory": str(home.lake / "spill"),
            "temp_file_encryption": "true",
        },
    )
    load_extensions(con)
    con.execute("set global TimeZone = " + quoted(timezone))  # of cursors too
    con.execute("set preserve_insertion_order = false")
    con.execute("set enable_progress_bar = false")
    # A few rows at a time: twice as fast as gathering half a million to a partition first.
    con.execute("set partitioned_write_flush_threshold = 50000")
    return con


def load_extensions(con: duckdb.DuckDBPyConnection) -> None:
    """Load DuckDB's extensions from their Python packages: no download, nothing in HOME."""
    for statement in _load_statements():
        con.execute(statement)


def reader_script(home: Home, timezone: str) -> str:
    """Return the SQL by which another DuckDB of the same release opens the lake read-only."""
    statements = [
        *_load_statements(),
        _attach_statement(home, read_only=True),
        "set TimeZone = " + quoted(timezone),
    ]
    return "".join(f"{statement};\n" for statement in statements)


def _load_statements() -> Iterator[str]:
    for name in EXTENSIONS:
        package = importlib.import_module(f"duckdb_extension_{name}")
        folder = Path(str(package.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
        yield "load " + quoted(str(folder / f"{name}.duckdb_extension"))


def _attach(
    con: duckdb.DuckDBPyConnection, home: Home, *, read_only: bool, at: int | None = None
) -> None:
    con.execute(_attach_statement(home, read_only=read_only, at=at))


def _attach_statement(home: Home, *, read_only: bool, at: int | None = None) -> str:
    options = [
        f"data_path {quoted(str(home.lake / 'data') + '/')}",
        "encrypted",
        "data_inlining_row_limit 0",  # inlined rows would stand unencrypted in the catalog
        "override_data_path true",  # the working folder may be moved or restored elsewhere
        "meta_journal_mode 'WAL'",
        f"meta_busy_timeout {_BUSY_TIMEOUT_MS}",
    ]
    if read_only:
        options.append("read_only")
    if at is not None:
        options.append(f"snapshot_version {int(at)}")
    catalog = home.lake / "catalog.sqlite"
    return f"attach {quoted(f'ducklake:sqlite:{catalog}')} as lake ({', '.join(options)})"
