"""What the project writes is for its owner alone, whatever the account's umask."""

import ast
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.paths import PROJECT_ROOT, SQL_DIR
from pipelines.private_files import keep_private, target

_LINE = '192.0.2.1 - - [19/Nov/2026:09:15:00 +0900] "GET / HTTP/1.1" 200 512 "-" "M"\n'
_ENTRY_POINTS = (
    "pipelines/cli/__init__.py",
    "pipelines/airflow/orchestration.py",
    "pipelines/airflow_reports/plugin.py",
    "scripts/airflow_services.py",
    "scripts/local_airflow.py",
)
_SEEDED = re.compile(
    r"(?<!macro )\bsetseed\s*\(|\b(repeatable|tablesample|using\s+sample)\b", re.IGNORECASE
)


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """The account's umask is as open as it can be."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.further
def test_results_and_rejects_are_for_their_owner(tmp_path: Path) -> None:
    """Also where a file of that name was open to all before."""
    log, out, rejects = (tmp_path / name for name in ("access.log", "out.ndjson", "rejects"))
    log.write_text(_LINE + "rubbish\n")
    for path in (out, rejects):
        path.touch(0o666)
    subprocess.run(
        [sys.executable, "-m", "pipelines", "parse", log, "-o", out, "--rejects", rejects],
        check=True, capture_output=True,
    )  # fmt: skip
    assert out.stat().st_size
    assert rejects.stat().st_size
    assert [path.stat().st_mode & 0o777 for path in (out, rejects)] == [0o600, 0o600]


@pytest.mark.further
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """`parse -o /dev/null` must not put a file in the place of the device."""
    log, pipe = tmp_path / "access.log", tmp_path / "pipe"
    log.write_text(_LINE)
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        command = [sys.executable, "-m", "pipelines", "parse", str(log), "-o", str(pipe)]
        subprocess.run(command, check=True, capture_output=True)
        said, _ = reader.communicate(timeout=60)
    assert b'"client_ip":"192.0.2.1"' in said
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_files_and_folders_are_closed(tmp_path: Path) -> None:
    """Folders 0700, files 0600; one that was open is closed, a device is left alone."""
    old = tmp_path / "old"
    old.touch(0o644)
    keep_private()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    for out in (old, Path(os.devnull)):
        with target(out, sys.stdout.buffer) as stream:
            stream.write(b"-")
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("folder", "folder/file", "old")]
    assert modes == [0o700, 0o600, 0o600]
    assert Path(os.devnull).stat().st_mode & 0o777 == 0o666


@pytest.mark.parametrize("name", _ENTRY_POINTS)
def test_every_entry_point_keeps_private(name: str) -> None:
    """The command line, tasks of the DAGs, every process of Airflow, and what starts them."""
    tree = ast.parse((PROJECT_ROOT / name).read_text(encoding="utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert "keep_private" in called


def test_dags_come_by_what_keeps_private() -> None:
    """A task's process reads its DAG file first, and with it the shared module."""
    for path in (PROJECT_ROOT / "dags").glob("*.py"):
        assert re.search(
            r"import.*\borchestration\b|from pipelines.airflow.orchestration import",
            path.read_text(encoding="utf-8"),
        )


def test_nothing_seeds_the_random_numbers_that_keys_are_made_of() -> None:
    """With one seed two lakes had the same keys: no query of ours sets it, or samples with it."""
    found = [
        str(path)
        for folder in (SQL_DIR, PROJECT_ROOT / "pipelines", PROJECT_ROOT / "dags")
        for path in folder.rglob("*.[psy]*")
        if path.suffix in {".sql", ".py", ".yaml", ".yml"}
        and _SEEDED.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
