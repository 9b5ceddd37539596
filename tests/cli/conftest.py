"""A folder as a user has it."""

import shutil
from pathlib import Path

import pytest

from tests.cli import command


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a folder after an ingest; tests only read its lake."""
    root = command.laid_out(tmp_path_factory.mktemp("ingested"))
    done = command.run(root, "ingest")
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def own_ingested(ingested: Path, tmp_path: Path) -> Path:
    """A copy of it, in which a test may change everything."""
    return shutil.copytree(ingested, tmp_path / "ingested")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings and a landing folder of three lines."""
    return command.laid_out(tmp_path)
