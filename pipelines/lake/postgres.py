"""A catalog on PostgreSQL, past DuckLake: its lock, its triggers, and what was deleted from it.

It holds the key of every data file, so that it is key material like the files in `keys/`.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pipelines.errors import LakeBusyError, MimamoriError
from pipelines.lake.catalog_file import CLOSED_STATISTICS, EXTREMES_OF_CLOSED, catalog_script
from pipelines.lake.lock import POLL_SECONDS
from pipelines.lake.lost_commit import note_answered, undo_lost
from pipelines.lake.place_kind import Reporter
from pipelines.paths import Cluster
from pipelines.settings.lake_places import is_here
from pipelines.text.messages import message

SCHEMA = "public"
"""Where DuckLake's tables lie, whatever schemas the account has beside it."""
_PROCESS = uuid4().hex
_PORT = "5432"
_FILES = ("passfile", "servicefile", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir")
_OF_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_OF_ACCOUNT = (".pgpass", ".pg_service.conf", ".postgresql")
# A connection that is gone is noticed within a minute; what settings say themselves comes first.
_ALWAYS = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
# The server notices as soon that a process is gone, and the lock goes with its session; else it
# would take two hours.
_NOTICED_BY_SERVER = (
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=60000"
)
_EXCLUSIVE_SECONDS = 30  # how long emptying a table waits for its readers
_LOCK = int.from_bytes(b"mimamori", "big")
_FREE = "mimamori_lock_is_free"  # what its holder says at the end, to those who wait
_LOOK_SECONDS = 1.0  # a holder that broke off says nothing
_TABLES = """
select tablename from pg_tables
where schemaname = current_schema() and tablename like 'ducklake\\_%' order by tablename
"""
_FIT = {
    "lc_messages": re.compile(r"(C|POSIX|en_.*)(\..*)?|"),
    "server_encoding": re.compile(r"UTF8|SQL_ASCII"),
    "statement_timeout": re.compile(r"0"),
    "default_transaction_read_only": re.compile(r"off"),
}
# Statements hold values of persons: DuckLake writes the extremes of each column as text.
_SILENT = {
    "log_min_duration_statement": re.compile(r"-1"),
    "log_min_error_statement": re.compile(r"log|fatal|panic"),
    "log_statement": re.compile(r"none|ddl"),
}
# What no sample may be taken of: PostgreSQL keeps it in a table of its own when the rows are gone.
_UNSAMPLED = ["encryption_key", "min_value", "max_value", "extra_stats"]
_TO_SAMPLE = """
select attrelid::regclass::text as own_table, attname
from pg_attribute inner join pg_class on pg_class.oid = attrelid
where relnamespace = current_schema()::regnamespace and relname like 'ducklake\\_%%'
    and relkind = 'r' and attname = any(%s) and coalesce(attstattarget, -1) <> 0
order by own_table, attname
"""
_SAMPLES = """
select tablename, attname, format_type(atttypid, atttypmod)
from pg_stats inner join pg_attribute using (attname)
where schemaname = current_schema() and tablename like 'ducklake\\_%%' and attname = any(%s)
    and attrelid = to_regclass(format('%%I.%%I', schemaname, tablename))
order by tablename, attname
"""
_IS_OWNER = """
select pg_has_role(datdba, 'usage') from pg_database where datname = current_database()
"""
_SETTINGS = "select name, setting from pg_settings where name = any(%s) order by name"
_OLDER = """
select count(*) from (
    select backend_xmin as horizon from pg_stat_activity
    where pid <> pg_backend_pid() and coalesce(datname, current_database()) = current_database()
    union all select xmin from pg_replication_slots
    union all select transaction from pg_prepared_xacts where database = current_database()
) as holding
where horizon is not null and age(horizon) > age(%s::text::xid)
"""
_REPORTER = """
create table if not exists mimamori_reporter (
    is_only boolean primary key default true check (is_only),
    home varchar not null, name varchar not null, since timestamptz not null default now()
)
"""
_HOLDER = """
select activity.application_name, activity.client_addr, activity.pid
from pg_locks as held inner join pg_stat_activity as activity on activity.pid = held.pid
where held.locktype = 'advisory' and held.granted and held.mode = 'ExclusiveLock'
    and held.database = (select oid from pg_database where datname = current_database())
    and (held.classid::bigint << 32) + held.objid::bigint = %s
"""


@contextmanager
def connected(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """Yield a connection to the database of the catalog; each statement is committed at once.

    Raises:
        MimamoriError: it cannot be reached, or broke off, or refused a statement.
        SettingsError: the variable with the password is not set.
    """
    password = cluster.password() if cluster.password else None
    try:
        with psycopg.connect(
            parameters(cluster),
            password=password,
            autocommit=True,
            client_encoding="utf8",
            application_name=f"mimamori {writer()}",
        ) as con:
            yield con
    except psycopg.Error as error:
        reason = str(error).strip() or type(error).__name__
        raise MimamoriError(
            message("lake.postgres.failed", at="lake.catalog", reason=reason)
        ) from None


def parameters(cluster: Cluster) -> str:
    """Return libpq's parameters of every session: those of the settings, and what they lack.

    The session says of which process it is: see `mimamori_require_lock` in sql/catalog.
    """
    said = {name: str(value) for name, value in conninfo_to_dict(cluster.catalog).items()}
    # A session that waits for the data to be written must not be ended.
    options = (
        "-c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0"
        f" {_NOTICED_BY_SERVER}"
        f" -c search_path={SCHEMA} -c mimamori.writer={writer()} {said.pop('options', '')}"
    )
    # What the variables of libpq name (PGHOSTADDR, PGSERVICE) is no server of the settings.
    reached = {} if "service" in said else {"host": "", "hostaddr": "", "port": _PORT}
    return make_conninfo("", **{**_ALWAYS, **reached, **said, "options": options.strip()})


def writer() -> str:
    """Name this process, as its sessions name themselves to the database."""
    return f"{_PROCESS}-{os.getpid()}"


@contextmanager
def advisory_lock(
    cluster: Cluster, wait_seconds: float, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[psycopg.Connection]:
    """Hold the lock of the lake's only writer; it goes with the connection, so none is left over.

    Once it is lost, the database refuses each commit of this process. A commit of another one whose
    answer was lost is undone first (`pipelines.lake.lost_commit`). Who has to wait calls
    `meanwhile` about every second.

    Raises:
        LakeBusyError: another process kept it for `wait_seconds`.
        MimamoriError: data files of a commit are gone, and it cannot be undone.
    """
    with connected(cluster) as con:
        if not _is_locked(con):
            _await_lock(con, time.monotonic() + wait_seconds, meanwhile)
        undo_lost(con, cluster.data)
        yield con
        try:
            note_answered(con)
            con.execute("select pg_advisory_unlock(%s), pg_notify(%s, '')", [_LOCK, _FREE])
        except psycopg.OperationalError:
            con.close()  # each commit was checked, and none comes after this


def _is_locked(con: psycopg.Connection) -> bool:
    return bool(_one(con, "select pg_try_advisory_lock(%s)", _LOCK))


def _await_lock(con: psycopg.Connection, deadline: float, meanwhile: Callable[[], None]) -> None:
    """Take the lock when it is free; no transaction is open while it is not, which others await."""
    con.execute(f"listen {_FREE}")
    while not _is_locked(con):
        left = deadline - time.monotonic()
        if left <= 0:
            raise LakeBusyError(
                message("lake.lock.another_process_writes", at=f"lake.catalog {_holder(con)}")
            )
        meanwhile()
        for _ in con.notifies(timeout=min(left, _LOOK_SECONDS), stop_after=1):
            pass
    con.execute(f"unlisten {_FREE}")


def ports_of(cluster: Cluster) -> tuple[int, ...]:
    """Return the ports of the database's servers; where a file of services has them, they tell."""
    said = conninfo_to_dict(cluster.catalog)
    if "service" in said:
        with connected(cluster) as con:
            return (con.info.port,)
    return tuple(int(port) for port in str(said.get("port") or _PORT).split(","))


def files_of(cluster: Cluster) -> Iterator[Path]:
    """Yield the files that libpq reads to reach the database, there or not.

    Those that settings or its variables name, and those in the home of the account.
    """
    said = conninfo_to_dict(cluster.catalog)
    for name in _FILES:
        if named := said.get(name) or os.environ.get(f"PG{name.upper()}"):
            yield Path(str(named))
    yield from (Path(os.environ[name]) for name in _OF_OPENSSL if os.environ.get(name))
    yield from (Path(f"~/{name}").expanduser() for name in _OF_ACCOUNT)


def unfit(con: psycopg.Connection) -> list[str]:
    """Return settings, `name = value`, of sessions like this one under which a lake fails.

    DuckLake knows by English texts which refusals it may try again, and holds a session while data
    are written. Samples of the catalog (`pg_statistic`) are cleared by the database's owner alone.
    """
    owner = [] if _one(con, _IS_OWNER) else ["owner of the database = another role"]
    return [*_others(con, _FIT), *owner]


def revealing(con: psycopg.Connection) -> list[str]:
    """Return settings, `name = value`, by which statements with values stand in the log."""
    return _others(con, _SILENT)


def in_clear(con: psycopg.Connection) -> list[str]:
    """Return the database, as it is named to people, where a network carries it unencrypted."""
    reached = con.info.hostaddr or con.info.host
    return [f"lake.catalog ({reached})"] if _by_network(con) and not con.pgconn.ssl_in_use else []


def unverified(con: psycopg.Connection) -> list[str]:
    """Return how certificates are checked, `sslmode = value`, where none has to be genuine."""
    said = {one.keyword: one.val for one in con.pgconn.info}
    mode = (said[b"sslmode"] or b"").decode()
    is_checked = mode.startswith("verify") or not con.pgconn.ssl_in_use
    return [] if is_checked or not _by_network(con) else [f"sslmode = {mode}"]


def _by_network(con: psycopg.Connection) -> bool:
    return not is_here(con.info.hostaddr or con.info.host)


def _others(con: psycopg.Connection, wanted: dict[str, re.Pattern[str]]) -> list[str]:
    return [
        f"{name} = {value}"
        for name, value in con.execute(_SETTINGS, [list(wanted)]).fetchall()
        if not wanted[name].fullmatch(value)
    ]


def holder(cluster: Cluster) -> str | None:
    """Name who holds the lock; None for nobody."""
    with connected(cluster) as con:
        return _holder(con)


def _holder(con: psycopg.Connection) -> str | None:
    row = con.execute(_HOLDER, [_LOCK]).fetchone()
    return f"{row[1] or 'local'} (PID {row[2]} of PostgreSQL)" if row else None


def has_catalog(con: psycopg.Connection) -> bool:
    """Return whether the database has DuckLake's tables."""
    return bool(_one(con, "select to_regclass('ducklake_metadata') is not null"))


def lake_id(con: psycopg.Connection) -> str | None:
    """Return the name of the lake that the database has on record, None where it has none."""
    if not _one(con, "select to_regclass('mimamori_lake') is not null"):
        return None
    found = _one(con, "select max(lake_id) from mimamori_lake")
    return found or None


def name_lake(con: psycopg.Connection, name: str) -> None:
    """Put the name of the lake on record; DuckLake's tables must be there."""
    _guard(con)
    con.execute("update mimamori_lake set lake_id = %s", [name])


def reporter(con: psycopg.Connection, own: Reporter) -> Reporter:
    """Return the working folder that reports: the one on record, else from now on `own`."""
    make(con, _REPORTER)
    insert = "insert into mimamori_reporter (home, name) values (%s, %s) on conflict do nothing"
    con.execute(insert, [own.home, own.name])
    ((home, name),) = con.execute("select home, name from mimamori_reporter").fetchall()
    return Reporter(home, name)


def make_reporter(con: psycopg.Connection, own: Reporter) -> None:
    """Have another working folder report from now on; `reporter` was asked before."""
    query = "update mimamori_reporter set home = %s, name = %s, since = now()"
    con.execute(query, [own.home, own.name])


def make(con: psycopg.Connection, statement: str) -> None:
    """Execute a `create … if not exists`, which fails when another one makes it at that moment."""
    with suppress(psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
        con.execute(statement)


def generation(con: psycopg.Connection) -> int:
    """Return a number that grows when somebody deletes for good or changes keys."""
    if not _one(con, "select to_regclass('mimamori_generation') is not null"):
        return 0
    return int(_one(con, "select last_value + is_called::int from mimamori_generation"))


def raise_generation(con: psycopg.Connection) -> None:
    """Have that number grow."""
    make(con, "create sequence if not exists mimamori_generation")
    con.execute("select nextval('mimamori_generation')")


def catalog_bytes(con: psycopg.Connection) -> int:
    """Return how many bytes DuckLake's tables and their indexes take."""
    found = _one(
        con,
        f"select coalesce(sum(pg_total_relation_size(tablename::regclass)), 0)"
        f" from ({_TABLES}) as own",
    )
    return int(found)


def drop_tables(con: psycopg.Connection) -> None:
    """Delete all that the catalog consists of."""
    with con.transaction():
        for (table,) in con.execute(_TABLES).fetchall():
            con.execute(sql.SQL("drop table {}").format(sql.Identifier(table)))
        con.execute(
            "drop table if exists mimamori_open_column, mimamori_lake, mimamori_claim,"
            " mimamori_answered, mimamori_reporter"
        )
        con.execute("drop sequence if exists mimamori_generation")
        con.execute(
            "drop function if exists mimamori_hide_closed, mimamori_hide_unknown,"
            " mimamori_hide_all, mimamori_require_lock"
        )


class CatalogDatabase:
    """A catalog as PostgreSQL has it, for the holder of the writers' lock."""

    def __init__(self, con: psycopg.Connection) -> None:
        """Take the connection."""
        self._con = con

    def prepare_statistics(self) -> None:
        """Let the catalog keep extremes of open columns only, now and from now on.

        Tables that never had a row are put down as empty.
        """
        con = self._con
        if not _is_guarded(con):
            _guard(con)
        self._stop_samples()
        wanted = set(con.execute(_script("open_columns")).fetchall())
        known = set(con.execute("select table_id, column_id from mimamori_open_column").fetchall())
        with con.transaction(), con.cursor() as cursor:
            if known - wanted:
                cursor.execute("update mimamori_lake set is_clean = false")
            cursor.executemany(
                "delete from mimamori_open_column where table_id = %s and column_id = %s",
                sorted(known - wanted),
            )
            cursor.executemany(
                "insert into mimamori_open_column values (%s, %s)", sorted(wanted - known)
            )
            cursor.execute(_script("empty_tables"))
        if not _one(con, "select bool_and(is_clean) from mimamori_lake"):
            for table, closed in CLOSED_STATISTICS.items():
                con.execute(EXTREMES_OF_CLOSED.format(table=table, closed=closed))
            if self.clear_deleted():
                con.execute("update mimamori_lake set is_clean = true")

    def _stop_samples(self) -> None:
        """Have PostgreSQL take no samples of keys and extremes, and forget those that it has.

        Where somebody reads a table for too long, the next one does it.
        """
        con = self._con
        for table, column in con.execute(_TO_SAMPLE, [_UNSAMPLED]).fetchall():
            query = sql.SQL("alter table {} alter column {} set statistics 0")
            con.execute(query.format(sql.SQL(table), sql.Identifier(column)))
        samples = con.execute(_SAMPLES, [_UNSAMPLED]).fetchall()
        if not samples:
            return
        con.execute("update mimamori_lake set is_clean = false")  # until their bytes are gone
        with self._patient(), suppress(psycopg.errors.LockNotAvailable):
            for table, column, of_type in samples:
                # The type that it has: the one way of all releases to have a sample deleted.
                query = sql.SQL("alter table {} alter column {} type {}")
                own = (sql.Identifier(table), sql.Identifier(column), sql.SQL(of_type))
                con.execute(query.format(*own))

    @contextmanager
    def _patient(self) -> Iterator[None]:
        """Wait for no lock for longer than a while: psycopg.errors.LockNotAvailable then."""
        self._con.execute(f"set lock_timeout = '{_EXCLUSIVE_SECONDS}s'")
        try:
            yield
        finally:
            self._con.execute("set lock_timeout = 0")

    def clear_deleted(self) -> bool:
        """Have PostgreSQL write each table anew without what was deleted, and drop the old files.

        Its samples of columns too. Returns False where somebody reads one of them for too long, or
        where a transaction, a replication slot or a prepared transaction from before keeps what was
        deleted, or where another role owns the database. PostgreSQL's write-ahead log keeps it
        until its files are recycled.

        Raises:
            MimamoriError: there are no tables.
        """
        con = self._con
        tables = con.execute(_TABLES).fetchall()
        if not tables:
            raise MimamoriError(message("lake.postgres.no_tables", at="lake.catalog"))
        is_kept = self._is_kept() or not _one(con, _IS_OWNER)
        try:
            with self._patient():
                for (table,) in (*tables, ("pg_statistic",)):
                    con.execute(sql.SQL("vacuum full {}").format(sql.Identifier(table)))
        except psycopg.errors.LockNotAvailable:
            return False
        return not is_kept

    def _is_kept(self) -> bool:
        """Whether somebody from before now still keeps deleted rows, after waiting for a while."""
        now = str(_one(self._con, "select txid_current() % (1::bigint << 32)"))
        deadline = time.monotonic() + _EXCLUSIVE_SECONDS
        while is_kept := bool(_one(self._con, _OLDER, now)):
            if time.monotonic() >= deadline:
                break
            time.sleep(POLL_SECONDS)
        return is_kept


def _is_guarded(con: psycopg.Connection) -> bool:
    """Whether all triggers are there; a release of DuckLake may make a table anew."""
    count = _one(
        con,
        "select count(*) from pg_trigger inner join pg_class on pg_class.oid = tgrelid"
        " where tgname like 'mimamori\\_%' and relnamespace = current_schema()::regnamespace",
    )
    return bool(count == catalog_script("postgres").count("create or replace trigger"))


def _guard(con: psycopg.Connection) -> None:
    with con.transaction():
        con.execute(_script("postgres"))
        con.execute(
            "insert into mimamori_lake (lake_id) select null"
            " where not exists (select 1 from mimamori_lake)"
        )
        for table, closed in CLOSED_STATISTICS.items():
            con.execute(
                "update mimamori_lake set is_clean = false where exists (select 1 from"
                f" {table} where coalesce(min_value, max_value, extra_stats) is not null"
                f" and {closed})"
            )


def _script(name: str) -> str:
    return catalog_script(name).replace("{lock}", str(_LOCK))


def _one(con: psycopg.Connection, query: str, *values: object) -> Any:
    row = con.execute(query, values or None).fetchone()
    return row[0] if row else None
