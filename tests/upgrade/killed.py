"""A start that is killed in the middle of bringing a lake up to date, in a process of its own."""

import os
import signal
import threading
from pathlib import Path

import duckdb

from pipelines import lake
from pipelines.lake import schema
from pipelines.paths import Home


def upgrade_killed(root: Path, target: str, share: float) -> None:
    """Open a lake to write; be killed in a migration when this share of its statements is done.

    With a share of 1 everything is done but the commit.
    """
    whole = schema._apply

    def apply(con: duckdb.DuckDBPyConnection, name: str, script: str) -> None:
        if name != target:
            whole(con, name, script)
            return
        statements = con.extract_statements(script)
        for statement in statements[: round(share * len(statements))]:
            con.execute(statement)
        _die()

    schema._apply = apply
    with lake.open_writer(Home(root), "Asia/Tokyo"):
        pass


def upgrade_killed_within(root: Path, target: str, seconds: float) -> None:
    """Open a lake to write; be killed so long after a migration began, perhaps at its commit."""
    whole = schema._apply

    def apply(con: duckdb.DuckDBPyConnection, name: str, script: str) -> None:
        if name == target:
            threading.Timer(seconds, _die).start()
        whole(con, name, script)

    schema._apply = apply
    with lake.open_writer(Home(root), "Asia/Tokyo"):
        pass
    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
