"""`make release`: wheel, sdist, bill of materials and checksums in `dist/`, the same each time.

The version stands in pyproject.toml, its day in CHANGELOG.md. All that is built has that day as its
time, whichever day it is built on.
"""

import datetime as dt
import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from sbom import bill_of

from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

DIST = PROJECT_ROOT / "dist"
SUMS = "SHA256SUMS"
_HEADING = re.compile(r"^## (\S+)(?: \((\d{4}-\d{2}-\d{2})\))?$", re.MULTILINE)


def released(root: Path) -> tuple[str, dt.date]:
    """Return version and day of the release that a checkout is.

    Raises:
        MimamoriError: the changelog begins with something else than that version and its day.
    """
    version: str = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    changelog = root / "CHANGELOG.md"
    first = _HEADING.search(changelog.read_text(encoding="utf-8"))
    if first is None or first[1] != version or first[2] is None:
        found = first[0] if first else "no heading"
        raise MimamoriError(f"{changelog}: '## {version} (DATE)' must come first, not '{found}'")
    return version, dt.date.fromisoformat(first[2])


def build(root: Path, dist: Path) -> list[Path]:
    """Build all files of the release into a folder; return them, the checksums last.

    Raises:
        MimamoriError: the changelog does not begin with this release, or a tool failed.
    """
    version, day = released(root)
    time = dt.datetime.combine(day, dt.time(), dt.UTC)
    dist.mkdir(exist_ok=True)
    for former in dist.glob("mimamori*"):
        former.unlink()
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", dist],
        cwd=root,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(int(time.timestamp()))},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MimamoriError(f"hatchling: {done.stderr.strip()[-1000:]}")
    bill = dist / f"mimamori_accesslog-{version}.cdx.json"
    bill.write_text(bill_of(root / "requirements.lock", root / "pyproject.toml"), encoding="utf-8")
    made = sorted(dist.glob("mimamori*"))
    sums = dist / SUMS
    sums.write_text(
        "".join(f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in made),
        encoding="utf-8",
    )
    return [*made, sums]


def main() -> int:
    """Build the release and return the exit code."""
    try:
        made = build(PROJECT_ROOT, DIST)
    except MimamoriError as error:
        print(f"make release: {error}", file=sys.stderr)
        return error.exit_code
    print(*made, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
