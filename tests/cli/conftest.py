"""A folder as a user has it."""

from pathlib import Path

import command
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings and a landing folder of three lines."""
    (tmp_path / "mimamori.yaml").write_text(command.SETTINGS)
    logs = tmp_path / "var" / "logs" / "main"
    logs.mkdir(parents=True)
    (logs / "access.log").write_text("".join(command.LINE.format(n, n) for n in range(3)))
    return tmp_path
