"""The layers of the packages, as `make lint` checks them: what breaks them is found."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pipelines.paths import PROJECT_ROOT

# Each breaks the layers in its own way; an import inside a function counts like any other.
_INTRUDERS = {
    "detect/looks_up.py": "def look() -> None:\n    from pipelines.report import page as page\n",
    "enrich/one.py": "from pipelines.enrich import two\n\n__all__ = ['two']\n",
    "enrich/two.py": "from pipelines.enrich import one\n\n__all__ = ['one']\n",
    "without_a_place.py": "",
}


def test_what_breaks_the_layers_is_found(tmp_path: Path) -> None:
    """An import upwards, a circle in a package and a module without a place are each named."""
    shutil.copytree(
        PROJECT_ROOT / "pipelines",
        tmp_path / "pipelines",
        ignore=lambda folder, names: [
            name
            for name in names
            if not name.endswith(".py") and not (Path(folder) / name).is_dir()
        ],
    )
    shutil.copy(PROJECT_ROOT / "pyproject.toml", tmp_path)
    for name, text in _INTRUDERS.items():
        (tmp_path / "pipelines" / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = re.sub(r"\s+", " ", ended.stdout)
    assert ended.returncode == 1, told
    assert "pipelines.detect.looks_up -> pipelines.report.page" in told
    assert "No cycles are allowed in pipelines.enrich" in told
    assert "without_a_place" in told
