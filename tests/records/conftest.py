"""What the tests of records share."""

from pathlib import Path

import pytest

from pipelines.paths import Home
from pipelines.records import Records


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """A working folder with its folder of keys, and no record yet."""
    home = Home(tmp_path)
    home.keys.mkdir()
    return Records(home)
