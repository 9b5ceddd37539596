"""A folder as a user has it."""

from pathlib import Path

import pytest

from tests.cli import command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings and a landing folder of three lines."""
    return command.laid_out(tmp_path)
