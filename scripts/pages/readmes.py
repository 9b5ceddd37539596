"""The number of detectors in the two READMEs; all else in them is written by hand."""

import re
from pathlib import Path

from pipelines.detect.catalogue import load_catalogue
from pipelines.paths import SQL_DIR

_ROOT = SQL_DIR.parent
FILES = {
    _ROOT / "README.md": re.compile(r"(?<=^The )\d+(?= detectors of )", re.MULTILINE),
    _ROOT / "README.ja.md": re.compile(r"\d+(?= の検出器)"),
}
"""Each README, with where the number stands in it."""


def document(path: Path) -> str:
    """Return a README with the number of detectors that there are.

    Raises:
        ValueError: the number does not stand there once.
    """
    text, count = FILES[path].subn(str(len(load_catalogue())), path.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"{path}: the number of detectors must stand there once")
    return text
