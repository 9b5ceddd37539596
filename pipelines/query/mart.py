"""The connection that answers a role: its mart alone, its tables under the names of the lake's."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.paths import SQL_DIR, Home
from pipelines.query.allowed import Reach
from pipelines.query.connection import Session, close_to_the_outside
from pipelines.settings.limits import Limits
from pipelines.text.messages import message

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "python_enable_replacements": "false",
    "allow_persistent_secrets": "false",
    "temp_directory": "",
}


def mart_of(home: Home, role: str) -> Path:
    """Return the folder of a role's mart.

    Raises:
        MimamoriError: the night has not written it yet.
    """
    folder = home.marts / role
    if not folder.is_dir():
        raise MimamoriError(message("query.mart.none_yet", at=folder, role=role))
    return folder


def about(mart: Path, table: str) -> str:
    """Return what a table of a mart holds: the first line of its query."""
    kind = mart.name.partition(":")[0]
    first, _, _ = (SQL_DIR / "marts" / kind / f"{table}.sql").read_text("utf-8").partition("\n")
    return first.removeprefix("-- ")


@contextmanager
def mart_questions(
    mart: Path, timezone: str, limits: Limits, last_resort: Callable[[], None] | None = None
) -> Iterator[Session]:
    """Yield a session over the tables of a mart; instants are shown in `timezone`."""
    with closing(duckdb.connect(":memory:", config=_CONFIG)) as con:
        con.execute(f"set timezone = {lake.quoted(timezone)}")
        con.execute("attach ':memory:' as lake")
        names = sorted(path.name for path in mart.iterdir() if any(path.glob("*.parquet")))
        for name in names:
            files = lake.quoted(str(mart / name / "*.parquet"))
            con.execute(
                f"create view lake.{lake.identifier(name)} as"
                f" select * from read_parquet({files}, union_by_name = true)"
            )
            con.execute(
                f"comment on view lake.{lake.identifier(name)} is {lake.quoted(about(mart, name))}"
            )
        close_to_the_outside(con, f"{mart}/", limits)
        reach = Reach(frozenset(name.lower() for name in names), frozenset())
        yield Session(con, reach, limits, last_resort, is_mart=True)
