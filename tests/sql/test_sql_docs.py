"""Every example of docs/sql.md and of the notebook runs as it stands."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.paths import PROJECT_ROOT
from tests import command_line

_PAGE = (PROJECT_ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
_PROGRAM = ".venv/bin/mimamori"
_NOTEBOOK = PROJECT_ROOT / "docs" / "notebook-example.ipynb"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _PAGE, re.DOTALL | re.MULTILINE)


def _commands() -> list[str]:
    return [line for block in _blocks("sh") for line in block.splitlines()]


@pytest.fixture
def checkout(asked_folder: Path, tmp_path: Path) -> Path:
    """A folder that looks like a checkout, with the lake in `var`."""
    (tmp_path / "var").symlink_to(asked_folder / "var")
    program = tmp_path / ".venv" / "bin" / "mimamori"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m pipelines "$@"\n')
    program.chmod(0o755)
    return tmp_path


def _run(checkout: Path, *arguments: str, stdin: str = "") -> str:
    settings = (checkout / "var").resolve().parent / "mimamori.yaml"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONUTF8": "1",
        "HOME": str(checkout),
        "MIMAMORI_CONFIG": str(settings),
        "MIMAMORI_HOME": str(checkout / "var"),
    }
    if arguments[0] == _PROGRAM:  # without a new interpreter
        done = command_line.run(
            *arguments[1:], env=environment, folder=checkout, stdin=stdin.encode()
        )
    else:
        done = subprocess.run(
            arguments, input=stdin.encode(), cwd=checkout, env=environment, capture_output=True,
            check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.mark.parametrize("command", _commands())
def test_command_runs(checkout: Path, command: str) -> None:
    """A line for the shell of the system; one that is a command and nothing more needs none."""
    words = shlex.split(command, comments=True)
    is_plain = words[0] == _PROGRAM and not {"|", ">", "<", "&&"}.intersection(words)
    said = _run(checkout, *(words if is_plain else ("sh", "-c", command)))
    assert said or " > " in command or " -o " in command


@pytest.mark.parametrize("block", _blocks("sql"))
def test_sql_runs(checkout: Path, block: str) -> None:
    """Statements, piped into `mimamori sql`."""
    said = _run(checkout, _PROGRAM, "sql", stdin=block)
    assert "st-0001" in said


@pytest.mark.parametrize("block", _blocks("python"))
def test_python_runs(checkout: Path, block: str) -> None:
    """A program of its own, with another DuckDB process that attaches the lake."""
    assert "main" in _run(checkout, sys.executable, "-c", block)


@pytest.mark.further
def test_notebook_runs(checkout: Path) -> None:
    """Its cells, in order; the last value of each is a data frame with rows."""
    cells = json.loads(_NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    checks = "\nassert len(users) and len(lines) and len(seen)\nprint(seen)"
    assert "st-0001" in _run(checkout, sys.executable, "-c", "\n".join(code) + checks)


def test_page_has_examples_of_each_kind() -> None:
    """Nothing is passed over because its block was written otherwise."""
    assert len(_commands()) >= 8
    assert _blocks("sql")
    assert _blocks("python")
