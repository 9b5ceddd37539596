"""A folder with a lake, and one whose lake holds what is made to deceive."""

from pathlib import Path

import pytest

from tests.export import export_lake


@pytest.fixture
def folder(tmp_path: Path) -> export_lake.Folder:
    """A folder with settings and nothing delivered yet."""
    return export_lake.Folder.at(tmp_path)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> export_lake.Folder:
    """A lake with hostile lines and findings of every kind; tests only read it."""
    folder = export_lake.Folder.at(tmp_path_factory.mktemp("hostile"))
    folder.deliver("shop/access.log", export_lake.HOSTILE_LINES)
    folder.detected(export_lake.every_kind())
    return folder
