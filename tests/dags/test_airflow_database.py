"""Airflow's own database: it is told no key, and rows past their time leave it for good."""

import datetime as dt
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines.paths import Home
from pipelines.retention.airflow_rows import let_go_of_airflow_rows
from tests.dags.conftest import Night
from tests.keyring.key_forms import told_to_airflow

pytestmark = [pytest.mark.airflow, pytest.mark.further]

_NOW = dt.datetime.now(dt.UTC)
_CANARY = "canary-of-an-old-run"
_AGED = {
    "dag_run": ("start_date", "logical_date", "run_after", "end_date"),
    "task_instance": ("start_date", "end_date"),
    "log": ("dttm",),
    "xcom": ("timestamp",),
}


def test_keys_are_nowhere_in_airflow(night: Night) -> None:
    """Not in rendered fields, results, logs of tasks or what the process wrote."""
    home = night.deployment.home_with_keys()
    assert told_to_airflow(home, night.deployment.output) == []


@pytest.fixture
def home(night: Night, tmp_path: Path) -> Home:
    """A folder with a copy of the database, in which the first runs are a hundred days old."""
    home = Home(tmp_path)
    (home.root / "airflow").mkdir()
    database = home.root / "airflow" / "airflow.db"
    shutil.copy(night.deployment.home / "airflow" / "airflow.db", database)
    with closing(sqlite3.connect(database)) as con:
        (run, old) = con.execute("select id, run_id from dag_run order by id limit 1").fetchone()
        con.execute("update dag_run set conf = ? where id = ?", [json.dumps(_CANARY), run])
        con.execute("update xcom set value = ? where run_id = ?", [json.dumps(_CANARY), old])
        con.execute(
            "update rendered_task_instance_fields set rendered_fields = ? where run_id = ?",
            [json.dumps({"day": _CANARY}), old],
        )
        con.execute(
            "insert into log (dttm, event, extra, run_id) values (?, 'trigger', ?, ?)",
            [_NOW.isoformat(" "), _CANARY, old],
        )
        for table, columns in _AGED.items():
            for column in columns:
                con.execute(
                    f"update {table} set {column} = datetime({column}, '-100 days')"
                    f" where {'id' if table == 'dag_run' else 'run_id'} = ?",
                    [run if table == "dag_run" else old],
                )
        con.commit()
        assert con.execute("select count(*) from rendered_task_instance_fields").fetchone()[0]
    return home


def _counted(home: Home) -> dict[str, int]:
    with closing(sqlite3.connect(home.root / "airflow" / "airflow.db")) as con:
        names = con.execute("select name from sqlite_master where type = 'table'").fetchall()
        return {
            name: con.execute(f'select count(*) from "{name}"').fetchone()[0] for (name,) in names
        }


def test_old_rows_leave_airflows_database(home: Home) -> None:
    """With what hangs on them and down to the last byte; the others stay, and nothing behind."""
    before = _counted(home)
    (would,) = let_go_of_airflow_rows(home, 90, _NOW, is_dry_run=True)
    assert _counted(home) == before
    (done,) = let_go_of_airflow_rows(home, 90, _NOW, is_dry_run=False)
    after = _counted(home)
    assert after.keys() == before.keys()
    after["log"] -= 1  # Airflow's entry of the cleaning
    gone = {name: before[name] - after[name] for name in before if before[name] != after[name]}
    assert gone.keys() >= {"dag_run", "task_instance", "log", "xcom"}
    assert gone["dag_run"] == 1
    assert gone["rendered_task_instance_fields"]
    # Tasks that never began have no instant of their own, and go with their run.
    assert 0 < done.rows == would.rows <= sum(map(gone.__getitem__, _AGED))
    content = b"".join(path.read_bytes() for path in home.root.rglob("airflow.db*"))
    assert _CANARY.encode() not in content
    (again,) = let_go_of_airflow_rows(home, 90, _NOW, is_dry_run=False)
    assert again.rows == 0
    with closing(sqlite3.connect(home.root / "airflow" / "airflow.db")) as con:
        assert con.execute("pragma integrity_check").fetchall() == [("ok",)]


@pytest.mark.full
def test_a_database_in_use_is_told_and_waits(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The night goes on: nothing is deleted, and the next one tries again."""
    monkeypatch.setattr("pipelines.retention.airflow_rows._PATIENCE_SECONDS", 0.1)
    before = _counted(home)
    with closing(sqlite3.connect(home.root / "airflow" / "airflow.db")) as con:
        con.execute("begin exclusive")
        assert list(let_go_of_airflow_rows(home, 90, _NOW, is_dry_run=False)) == []
        con.rollback()
    assert "the next night tries again" in caplog.text
    assert _counted(home) == before
