"""Makes `lakes/NNN.tar.xz`: what the nights of an earlier release left, by that release itself.

    python -m tests.upgrade.make_lake COMMIT

Each time the schema changes, one of them is made of the release before, so that every release can
be upgraded. NNN is the last migration that it had. Days up to the one before the last are read,
and where that release takes decisions, one is taken about a finding.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from pipelines.paths import PROJECT_ROOT
from tests.upgrade.world import CONFIG, FIRST_NIGHT, LAKES, lay_logs

_OF_A_LAKE = ("lake", "keys")


def main(commit: str) -> None:
    """Write the lake of a commit."""
    os.umask(0o077)
    with tempfile.TemporaryDirectory() as name:
        release, home = Path(name) / "release", Path(name) / "home"
        release.mkdir()
        archive = subprocess.run(
            ["git", "archive", commit], cwd=PROJECT_ROOT, capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", release], input=archive.stdout, check=True)
        lay_logs(home / "logs", FIRST_NIGHT)
        _mimamori(release, home, "run", "--date", f"{FIRST_NIGHT}")
        _decide(release, home)
        last = max((release / "sql" / "schema").glob("[0-9]*.sql")).name[:3]
        shutil.rmtree(home / "lake" / "spill", ignore_errors=True)
        with tarfile.open(LAKES / f"{last}.tar.xz", "w:xz") as packed:
            for folder in _OF_A_LAKE:
                if (home / folder).exists():
                    packed.add(home / folder, folder)


def _decide(release: Path, home: Path) -> None:
    found = _mimamori(release, home, "findings", "list", "--date", f"{FIRST_NIGHT}", "--json")
    (tried,) = (one for one in json.loads(found) if one["detector"] == "sql-injection")
    words = ("close", tried["finding_id"], "--as", "false-alarm", "--note", "a test of ours")
    try:
        _mimamori(release, home, "findings", *words)
    except subprocess.CalledProcessError as error:
        if "No such option '--as'" not in error.stderr:
            raise


def _mimamori(release: Path, home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", *arguments],
        cwd=release,
        env=os.environ
        | {"PYTHONPATH": f"{release}", "MIMAMORI_HOME": f"{home}", "MIMAMORI_CONFIG": f"{CONFIG}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1])
