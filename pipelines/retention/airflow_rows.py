"""Rows of Airflow's own database whose time is over: runs, tasks, logs, results, rendered fields.

Airflow itself deletes them (`airflow db clean`), in the database that lies below the working
folder; one on a server of its own is its operator's (docs/retention.md). Runs that go on are never
so old, and of each DAG the last run of its schedule stays, by which Airflow knows the next one.
"""

import datetime as dt
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pipelines.extras import is_installed
from pipelines.paths import Home
from pipelines.retention.result import LetGo
from pipelines.text.messages import message

log = logging.getLogger(__name__)

_OLD = """
select (select count(*) from job where latest_heartbeat < :before)
    + (select count(*) from log where dttm < :before)
    + (select count(*) from task_instance where start_date < :before)
    + (select count(*) from xcom where timestamp < :before)
    + (select count(*) from dag_run where start_date < :before and id not in (
        select id from (
            select id, row_number() over (partition by dag_id order by start_date desc) as place
            from dag_run where run_type <> 'manual'
        ) where place = 1
    ))
"""
_BATCH_ROWS = 1_000  # a few at a time: Airflow writes to the database meanwhile
_PATIENCE_SECONDS = 30.0
_MOST_SECONDS = 600


def let_go_of_airflow_rows(
    home: Home, keep_days: int, now: dt.datetime, *, is_dry_run: bool
) -> Iterator[LetGo]:
    """Have Airflow delete rows from so many days ago, and nothing of them stay; yield how many.

    Counted are runs, tasks, their results, log entries and jobs; what hangs on them goes too. Where
    the database is in use for too long it is told, and the next night does it.
    """
    database = home.airflow / "airflow.db"
    before = now.astimezone(dt.UTC) - dt.timedelta(days=keep_days)
    if not database.is_file() or database.is_symlink():
        return
    try:
        rows = _old_rows(database, before)
        if rows and not is_dry_run:
            if not is_installed("airflow"):
                log.warning("%s", message("retention.airflow_rows.not_installed", at=database))
                return
            _clean(database, before)
            rows -= _old_rows(database, before)
            _overwrite(database)
    except (sqlite3.Error, subprocess.SubprocessError) as error:
        reason = _reason(error)
        log.warning("%s", message("retention.airflow_rows.failed", at=database, reason=reason))
        return
    yield LetGo("airflow_rows", "deleted", rows)


def _clean(database: Path, before: dt.datetime) -> None:
    """Run `airflow db clean` on the database, whatever the process that asks may reach of it."""
    command = ["db", "clean", "--clean-before-timestamp", before.isoformat(), "--yes"]
    command += ["--skip-archive", "--error-on-cleanup-failure", "--batch-size", str(_BATCH_ROWS)]
    folder = database.parent
    subprocess.run(  # noqa: S603 - Airflow, by our own interpreter
        [sys.executable, "-m", "airflow", *command],
        env={
            "PATH": os.defpath,
            "HOME": str(folder),
            "PYTHONUTF8": "1",
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        },
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=_MOST_SECONDS,
    )


def _old_rows(database: Path, before: dt.datetime) -> int:
    """How many rows are older, without the runs that Airflow keeps."""
    instant = before.replace(tzinfo=None).isoformat(" ")
    with _opened(database) as con:
        (rows,) = con.execute(_OLD, {"before": instant}).fetchone()
        return int(rows)


def _overwrite(database: Path) -> None:
    """Take what was deleted out of the free pages of the file and of its log."""
    with _opened(database) as con:
        con.execute("pragma temp_store = memory")
        con.execute("vacuum")
        con.execute("pragma wal_checkpoint(truncate)")


def _opened(database: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(database, timeout=_PATIENCE_SECONDS, isolation_level=None))


def _reason(error: sqlite3.Error | subprocess.SubprocessError) -> str:
    """What went wrong in a line; of Airflow the last one that it wrote."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = [line.strip() for line in (error.stderr or "").splitlines() if line.strip()]
        return lines[-1] if lines else f"exit code {error.returncode}"
    return str(error)
