"""Settings with one site and a working folder, for tests that need no more."""

from pathlib import Path

import pytest

from pipelines.paths import Home
from pipelines.settings.model import Settings
from tests.detect.given_findings import settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with one site."""
    return settings_in(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder."""
    return Home(tmp_path / "var")
