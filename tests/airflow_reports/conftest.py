"""A browser; the lake, pages and deployments come from the tests of reports and DAGs."""

import os
import sys
from collections.abc import Iterator

import pytest

from pipelines.paths import PROJECT_ROOT

# In this process Airflow is a library: without this its import would set up logging for every test.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"
sys.path[:0] = [str(PROJECT_ROOT / "tests" / folder) for folder in ("report", "dags")]

import report_browser  # noqa: E402


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[report_browser.Browser]:
    """A headless Chromium that waits for what Airflow's scripts have yet to make."""
    with report_browser.opened(tmp_path_factory.mktemp("profile")) as found:
        found.wait_up_to(30)
        yield found
