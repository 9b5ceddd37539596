"""An Airflow of its own for each test module."""

import os
from collections.abc import Callable

import pytest

from tests.dags.dag_deployment import Deployment

# In this process Airflow is a library: without this its import would set up logging for every test.
os.environ["_AIRFLOW__AS_LIBRARY"] = "1"


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployment]:
    """Make deployments, each below a folder of its own."""
    return lambda *arguments: Deployment(tmp_path_factory.mktemp("deployment"), *arguments)
