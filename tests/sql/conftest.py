"""The lake that is asked, built once; tests only read it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines import lake
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from tests.sql import asked


@pytest.fixture(scope="session")
def asked_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings, and a working folder `var` with the lake."""
    folder = tmp_path_factory.mktemp("asked")
    asked.build(folder)
    return folder


@pytest.fixture(scope="session")
def asked_home(asked_folder: Path) -> Home:
    """The working folder."""
    return Home(asked_folder / "var")


@pytest.fixture(scope="session")
def asked_settings(asked_folder: Path) -> Settings:
    """Its settings."""
    return load(asked_folder / "mimamori.yaml")


@pytest.fixture
def con(asked_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection in Japan's time zone."""
    with lake.open_reader(asked_home, "Asia/Tokyo") as opened:
        yield opened
