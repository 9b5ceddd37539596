"""A browser; the lake, pages and deployments come from the tests of reports and DAGs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import report_browser
from tests.airflow_reports.casework_app import World, made_at, world_at
from tests.made_once import made_once

# In this process Airflow is a library: without this its import would set up logging for every test.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[report_browser.Browser]:
    """A headless Chromium that waits for what Airflow's scripts have yet to make."""
    with report_browser.opened(tmp_path_factory.mktemp("profile")) as found:
        found.wait_up_to(30)
        yield found


@pytest.fixture(scope="session")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings, lake and marts with cases of a day; copied by whoever uses them."""
    return made_once(tmp_path_factory, "casework", made_at)


@pytest.fixture
def world(tmp_path: Path, made_world: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Cases of a day, seen by an officer."""
    return world_at(tmp_path, made_world, monkeypatch)
