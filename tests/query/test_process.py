"""The process that answers: it reaches the lake, and nothing else that the account could."""

import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.query import landlock

_ATTEMPTS = """
import json, os, socket, subprocess, sys
from pathlib import Path
from pipelines.settings.limits import Limits
from pipelines.paths import Home
from pipelines.query.connection import questions
from pipelines.query.process import in_child

home, witness, port = Home(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3])

def tried(attempt):
    try:
        attempt()
    except Exception as error:
        return type(error).__name__
    return "done"

def work():
    with questions(home, "UTC", Limits()) as session:
        ask = session.con.execute
        print(json.dumps({
            "lake": tried(lambda: ask("from lake.site").fetchall()),
            "sort": tried(lambda: ask("select n from range(1000) as t (n) order by n").fetchall()),
            "read": tried(lambda: (witness / "secret").read_text()),
            "key": tried(lambda: home.pseudonym_key.read_text()),
            "catalog": tried(lambda: home.catalog.open("r+")),
            "keys": tried(lambda: (home.keys / "new").write_text("x")),
            "data": tried(lambda: (home.lake / "data" / "new").write_text("x")),
            "write": tried(lambda: (witness / "new").write_text("x")),
            "settings": tried(lambda: Path("/etc/passwd").read_text()),
            "run": tried(lambda: subprocess.run(["/bin/true"])),
            "connect": tried(lambda: socket.create_connection(("127.0.0.1", port), 5)),
            "sqlite_scan": tried(lambda: ask(f"from sqlite_scan('{witness}/x.sqlite', 't')")),
            "attach": tried(lambda: ask(f"attach '{witness}/new.sqlite' as s (type sqlite);"
                                        "create table s.t (x int)")),
        }))
    return 0

in_child(work, home, 512)
print("the parent went on")
"""
_ENDS = """
import os, signal, sys
from pathlib import Path
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.query.process import in_child

home = Home(Path(sys.argv[1]))
try:
    in_child(lambda: os.kill(os.getpid(), signal.SIGSEGV) or 0, home, 512)
except MimamoriError as error:
    print(error)
in_child(lambda: bytearray(4 * 2**30) and 0, home, 512)
"""

_HOLDS_THE_INTERPRETER = """
import re, sys
from pathlib import Path
from pipelines.paths import Home
from pipelines.query import process

def work():
    process.limit_cpu(-process._GRACE_SECONDS)
    print("began", flush=True)
    return re.match("(a+)+b", "a" * 60)

process.in_child(work, Home(Path(sys.argv[1])), 512)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a lake."""
    made = Home(tmp_path / "home")
    with lake.open_writer(made, "UTC"):
        return made


def _run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")
def test_kernel_keeps_everything_else_out(home: Home, tmp_path: Path) -> None:
    """Files, programs and the network, also for what the SQLite extension does by itself."""
    witness = tmp_path / "witness"
    witness.mkdir()
    (witness / "secret").write_text("secret")
    with sqlite3.connect(witness / "x.sqlite") as other:
        other.execute("create table t (x)")
    other.close()
    before = sorted(path.name for path in witness.iterdir())
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = _run(_ATTEMPTS, str(home.root), str(witness), str(server.getsockname()[1]))
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
    said, after = done.stdout.splitlines()
    assert after == "the parent went on", done.stderr
    found = json.loads(said)
    assert found.pop("lake") == "done"
    assert found.pop("sort") == "done"
    assert found.pop("sqlite_scan") not in {"done", "PermissionError"}  # in DuckDB's own words
    assert found.pop("attach") not in {"done", "PermissionError"}
    assert len(found) == 9
    assert set(found.values()) == {"PermissionError"}
    assert sorted(path.name for path in witness.iterdir()) == before


def test_fault_ends_the_child_alone(home: Home) -> None:
    """A signal becomes a message; memory that no question needs is not to be had."""
    done = _run(_ENDS, str(home.root))
    assert "the query's process was ended by signal 11" in done.stdout
    assert "MemoryError" in done.stderr
    assert done.returncode == 1


def test_a_question_that_holds_the_interpreter_ends(home: Home) -> None:
    """By the kernel, with the message of any other that takes too long."""
    done = _run(_HOLDS_THE_INTERPRETER, str(home.root))
    assert done.stdout == "began\n"
    assert "did not end in time and was stopped (limits.sql_seconds)" in done.stderr
