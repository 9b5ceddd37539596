"""Which files of tests know what day it is: they read the clock, or run commands, which read it.

CI runs these under another clock each day (`scripts/at_clock.sh`).
"""

import functools
import re
from pathlib import Path

from pipelines.paths import PROJECT_ROOT

_READS_THE_CLOCK = re.compile(
    r"\b(?:dt|datetime)\.now\b|\bdate\.today\b|\butcnow\b|(?<!def )(?<![\w.])now\(\)"
    r"|\bcurrent_date\b|\bCliRunner\b|\bimport command_line\b|\bmark\.airflow\b"
)
_IMPORTS = re.compile(r"^from (tests[\w.]*) import (\([^)]*\)|[^\n]*)", re.MULTILINE)


@functools.cache
def knows_the_day(path: Path) -> bool:
    """Return whether a file of tests, its conftest, or what they import of `tests` reads it."""
    return any(
        _READS_THE_CLOCK.search(one.read_text(encoding="utf-8")) for one in _with_helpers(path)
    )


def _with_helpers(path: Path) -> set[Path]:
    found, left = set[Path](), [path, path.with_name("conftest.py")]
    while left:
        one = left.pop()
        if one in found or not one.is_file():
            continue
        found.add(one)
        for package, names in _IMPORTS.findall(one.read_text(encoding="utf-8")):
            folder = PROJECT_ROOT / package.replace(".", "/")
            left += [folder.with_suffix(".py")]
            left += [folder / f"{name}.py" for name in re.findall(r"\w+", names)]
    return found
