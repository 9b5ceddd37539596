"""The tables and views of the lake: which of this release it has, and bringing it up to date."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.statements import transaction
from pipelines.paths import SQL_DIR
from pipelines.text.messages import message

_VIEWS = "views-"
# Each rests on those before it.
_VIEW_FOLDERS = ("views/base", "views", "views/people", "functions")
_SERVICES = SQL_DIR / "views" / "services" / "user_request.sql"


def migrate(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Apply the migrations and views that the lake does not have yet; return their names.

    A migration is a file `sql/schema/NNN_name.sql`, applied once, in order, in a transaction of its
    own: one that is interrupted is begun again by the next start. Views (`sql/views/`) and table
    functions (`sql/functions/`) are made again whenever one of them has changed.
    """
    con.execute(
        "create table if not exists lake.migration"
        " (name varchar, checksum varchar, applied_at timestamptz)"
    )
    state = schema_state(con)
    if state.changed:
        path = SQL_DIR / "schema" / f"{state.changed[0]}.sql"
        raise MimamoriError(message("lake.schema.migration_changed", at=path))
    if state.pending:
        scripts = _scripts()
        # What one transaction alters and renames can be read no more (DuckLake issue 1332), and two
        # migrations may do so to a table. A new lake has no table yet, and is made at once.
        steps = [(name,) for name in state.pending] if state.applied else [state.pending]
        for names in steps:
            with transaction(con):
                for name in names:
                    _apply(con, name, scripts[name])
                # All in one file, which every opening reads.
                con.execute(
                    "insert into lake.migration select unnest(?), unnest(?), now()",
                    [list(names), [_checksum(scripts[name]) for name in names]],
                )
    return list(state.pending)


def _apply(con: duckdb.DuckDBPyConnection, name: str, script: str) -> None:
    con.execute(script)
    if (
        name.startswith(_VIEWS)
        and con.execute("select 1 from lake.service_user limit 1").fetchall()
    ):
        join_services(con)


def join_services(con: duckdb.DuckDBPyConnection) -> None:
    """Have `lake.user_request` give the users of service histories too, once there are any.

    Within a transaction of the caller's.
    """
    rows = con.execute(
        "select sql from duckdb_views() where database_name = 'lake' and view_name = 'user_request'"
    ).fetchall()
    if not any("service_user" in sql for (sql,) in rows):
        con.execute(_SERVICES.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class SchemaState:
    """Migrations and views of this release against those that a lake has, each by name, in order.

    `applied` are migrations alone; `changed` were edited after they had been applied; `unknown`
    come from another release.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    changed: tuple[str, ...]
    unknown: tuple[str, ...]


def schema_state(con: duckdb.DuckDBPyConnection) -> SchemaState:
    """Return what of this release's schema the lake has."""
    known = dict(con.execute("select name, checksum from lake.migration order by name").fetchall())
    scripts = _scripts()
    return SchemaState(
        applied=tuple(name for name in known if not name.startswith(_VIEWS)),
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


def is_of_earlier_release(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a lake, or a snapshot of it, lacks tables or columns of this release."""
    return any(not name.startswith(_VIEWS) for name in schema_state(con).pending)


def wants_migration(con: duckdb.DuckDBPyConnection, error: Exception) -> bool:
    """Return whether `error` is that of a query on what an earlier release's lake does not have.

    That is a table or column that is not there, in a lake with pending migrations.
    """
    if isinstance(error, duckdb.CatalogException | duckdb.BinderException):
        with suppress(duckdb.Error):
            return bool(schema_state(con).pending)
    return False


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
        switched = _SERVICES.read_text(encoding="utf-8")
        scripts[f"{_VIEWS}{_checksum(views + switched)[:12]}"] = views
    return scripts


def _checksum(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()
