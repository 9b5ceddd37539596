"""A browser; the lake, pages and deployments come from the tests of reports and DAGs."""

import os
from collections.abc import Iterator

import pytest

from tests import report_browser

# In this process Airflow is a library: without this its import would set up logging for every test.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[report_browser.Browser]:
    """A headless Chromium that waits for what Airflow's scripts have yet to make."""
    with report_browser.opened(tmp_path_factory.mktemp("profile")) as found:
        found.wait_up_to(30)
        yield found
