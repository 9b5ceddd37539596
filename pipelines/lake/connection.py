"""The lake: an encrypted DuckLake with one writer at a time and as many readers as wanted.

A reader sees the last committed snapshot while a night is being written. Within the working folder
the catalog is an SQLite file in WAL mode, which two writers can corrupt, hence the lock.
"""

import importlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb

from pipelines.cores import usable_cores
from pipelines.errors import MimamoriError
from pipelines.lake.files import remove_unfinished
from pipelines.lake.io_errors import io_error, io_errors_explained, is_damage, is_forbidden
from pipelines.lake.keyed_hashes import use_key
from pipelines.lake.keys import name_lake, require, settle
from pipelines.lake.place import place_of
from pipelines.lake.place_kind import Place
from pipelines.lake.schema import migrate, wants_migration
from pipelines.lake.statements import quoted, value_of
from pipelines.lake.turns import Turns
from pipelines.lake.within_home import WithinHome
from pipelines.paths import Home
from pipelines.text.messages import message

# The keys of data files come from the random numbers that it would make predictable.
_NO_SEED = "create macro setseed(seed) as error('setseed: never on a connection that writes')"
_ROWS_A_THREAD = 250_000  # two of the row groups that DuckDB hands to a thread
READERS_WRITE = message("lake.connection.readers_write")


Opening = Callable[[Home, str], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""How a stage opens the lake: `open_writer`, `open_reader`, or what `shared_lake` yields."""


@contextmanager
def open_writer(
    home: Home, timezone: str, wait_seconds: float = 600.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that may write, with the schema brought up to date.

    `timezone` is the zone in which SQL shows instants and takes dates from them.

    Raises:
        LakeBusyError: another process kept the writers' lock for `wait_seconds`.
        MimamoriError: no room on the disk, no permission, a catalog locked by another program, or
            no keys for the data that lie there.
    """
    with (
        _the_only_writer(home, wait_seconds),
        _connection(home, timezone) as con,
        _nothing_half_written(con, home),
    ):
        _attach_to_write(con, home)
        use_key(con, home)
        yield con


@contextmanager
def open_for_ingest(
    home: Home, timezone: str, opening: Opening, wait_seconds: float = 600.0
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Turns | None]]:
    """Yield what `opening` yields, and None; or a connection of one of several writers.

    That is where the lake bears several, and the stage opens it by itself. Then whatever is written
    is to be written in the turns that are yielded with it.

    Raises:
        LakeBusyError: another process kept the writers' lock for `wait_seconds`.
        MimamoriError: as of `open_writer`.
    """
    begun = place_of(home).turns(wait_seconds) if opening is open_writer else None
    if begun is None:
        with opening(home, timezone) as con:
            yield con, None
        return
    with (
        io_errors_explained(home),
        begun as turns,
        _connection(home, timezone) as con,
        _nothing_half_written(con, home),
    ):
        with turns.alone():
            _prepare_folder(home)
            settle(home)
            _attach_to_write(con, home)
            use_key(con, home)
        yield con, turns


@contextmanager
def shared_lake() -> Iterator[Opening]:
    """Yield what opens the lake of one home as `open_writer` does, but the first time only.

    To open it takes some 0.15 CPU seconds: extensions, schema, catalog. Six steps of a night need
    it. Each call gives a connection of its own, whose temporary tables go with it, and has the
    writers' lock as long as that is used: between two stages others write.
    """
    with ExitStack() as open_lake:
        opened: list[duckdb.DuckDBPyConnection] = []

        @contextmanager
        def opening(
            home: Home, timezone: str, wait_seconds: float = 600.0
        ) -> Iterator[duckdb.DuckDBPyConnection]:
            with _the_only_writer(home, wait_seconds):
                is_first = not opened
                if is_first:
                    opened.append(open_lake.enter_context(_connection(home, timezone)))
                with opened[0].cursor() as con, _nothing_half_written(con, home):
                    if is_first:
                        _attach_to_write(opened[0], home)
                    else:  # the stage before may have changed them
                        use_threads_for_lake(con)
                    use_key(opened[0], home)
                    yield con

        yield opening


@contextmanager
def _the_only_writer(home: Home, wait_seconds: float) -> Iterator[None]:
    _prepare_folder(home)
    with io_errors_explained(home), place_of(home).writers_lock(wait_seconds):
        settle(home)
        yield


def _attach_to_write(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    con.execute(_NO_SEED)
    _attach(con, home, read_only=False)
    place = place_of(home)
    name_lake(home)
    prepare_statistics(place)
    if migrate(con):
        prepare_statistics(place)  # of columns that are new


def prepare_statistics(place: Place) -> None:
    """Let the catalog keep extremes of open columns only, from now on and of what stands there."""
    with place.catalog() as catalog:
        catalog.prepare_statistics()


@contextmanager
def open_reader(
    home: Home, timezone: str, at: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a read-only connection to the last snapshot, or to snapshot `at`.

    Raises:
        MimamoriError: there is no lake yet, or no such snapshot; or what is asked for stands in
            tables that the lake of an earlier release does not have.
    """
    require(home)
    with _connection(home, timezone) as con:
        try:
            _attach(con, home, read_only=True, at=at)
            con.execute("select 1 from lake.ledger limit 0")
        except duckdb.Error as error:
            is_explained = home.cluster is not None or is_damage(error)
            if is_explained and (explained := io_error(error, home)) is not None:
                raise explained from None
            what = "the lake" if at is None else f"snapshot {at} of the lake"
            hint = READERS_WRITE if is_forbidden(error) else ""
            raise MimamoriError(
                message(
                    "lake.connection.cannot_be_opened",
                    at=home.lake,
                    what=what,
                    reason=error,
                    hint=hint,
                )
            ) from None
        try:
            yield con
        except duckdb.Error as error:
            if home.cluster is not None and (explained := io_error(error, home)) is not None:
                raise explained from None
            # Ingest migrates the lake as it is now, not as it was.
            if at is not None or not wants_migration(con, error):
                raise
            raise MimamoriError(message("lake.connection.earlier_release", at=home.lake)) from None


def use_threads_for(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Work on so many rows with as many threads as that keeps busy, one a processor at most.

    A second thread that has nothing to do costs: a night of 68,000 lines takes 18 CPU seconds with
    two threads and 15 with one, and no less time.
    """
    con.execute(f"set threads = {min(usable_cores(con), 1 + rows // _ROWS_A_THREAD)}")


@contextmanager
def threads_for(con: duckdb.DuckDBPyConnection, rows: int) -> Iterator[None]:
    """Work in here as `use_threads_for` says, and afterwards as before."""
    before = value_of(con, "select current_setting('threads')")
    use_threads_for(con, rows)
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # in a transaction that failed, whose error is what matters
            con.execute(f"set threads = {before}")


def use_threads_for_lake(con: duckdb.DuckDBPyConnection) -> None:
    """Work with as many threads as all rows of the lake would keep busy."""
    rows = value_of(
        con,
        "select coalesce(sum(record_count), 0)"
        " from __ducklake_metadata_lake.ducklake_data_file where end_snapshot is null",
    )
    use_threads_for(con, int(rows))


def _prepare_folder(home: Home) -> None:
    try:
        for folder in (home.lake, home.lake / "data", home.spill):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise MimamoriError(
            message("lake.connection.cannot_be_made", at=home.lake, reason=error.strerror)
        ) from None


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
    place = place_of(home)
    con = duckdb.connect(
        ":memory:",
        config={
            # Checking signatures takes 0.4 s in each process. The extensions are files of locked
            # packages, like this program; who can change them can change it, and no SQL of others
            # reaches LOAD.
            "allow_unsigned_extensions": "true",
            "autoinstall_known_extensions": "false",
            "python_enable_replacements": "false",  # a name in SQL is no variable of Python
            **place.config,
            "temp_directory": str(home.spill),
            "temp_file_encryption": "true",
        },
    )
    load_extensions(con, place.extensions)
    place.give_access(con)
    con.execute("set global TimeZone = " + quoted(timezone))  # of cursors too
    con.execute("set preserve_insertion_order = false")
    con.execute("set enable_progress_bar = false")
    # A few rows at a time: twice as fast as gathering half a million to a partition first.
    con.execute("set partitioned_write_flush_threshold = 50000")
    return con


@contextmanager
def between(within_home: Home, on_servers: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that may attach a lake at either of two places, and has none yet."""
    with _connection(on_servers, "UTC") as con:
        load_extensions(con, place_of(within_home).extensions)
        yield con


def load_extensions(
    con: duckdb.DuckDBPyConnection, names: Iterable[str] = WithinHome.extensions
) -> None:
    """Load DuckDB's extensions from their Python packages: no download, nothing in HOME."""
    for statement in _load_statements(names):
        con.execute(statement)


def reader_script(home: Home, timezone: str) -> str:
    """Return the SQL by which another DuckDB of the same release opens the lake read-only.

    Secrets stand in it as the names of environment variables, which DuckDB's own shell reads.
    """
    place = place_of(home)
    statements = [
        *_load_statements(place.extensions),
        *place.access_script(),
        attach_statement(home, read_only=True),
        "set TimeZone = " + quoted(timezone),
    ]
    return "".join(f"{statement};\n" for statement in statements)


def _load_statements(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        package = importlib.import_module(f"duckdb_extension_{name}")
        folder = Path(str(package.__file__)).parent / "extensions" / f"v{duckdb.__version__}"
        yield "load " + quoted(str(folder / f"{name}.duckdb_extension"))


def _attach(
    con: duckdb.DuckDBPyConnection, home: Home, *, read_only: bool, at: int | None = None
) -> None:
    con.execute(attach_statement(home, read_only=read_only, at=at))
    use_threads_for_lake(con)


def attach_statement(
    home: Home, name: str = "lake", *, read_only: bool = False, at: int | None = None
) -> str:
    """Return the statement by which a connection has the lake of a home, under a plain name."""
    place = place_of(home)
    target, own_options = place.attachment()
    options = [
        f"data_path {quoted(place.data)}",
        "encrypted",
        "data_inlining_row_limit 0",  # inlined rows would stand unencrypted in the catalog
        "override_data_path true",  # the working folder may be moved or restored elsewhere
        *own_options,
    ]
    if read_only:
        options.append("read_only")
    if at is not None:
        options.append(f"snapshot_version {int(at)}")
    return f"attach {quoted(target)} as {name} ({', '.join(options)})"
