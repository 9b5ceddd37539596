"""An Airflow of its own for each test module."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable

import pytest
from dag_deployment import Deployment

# Airflow makes its folder when it is imported: it must know of one before a test module does that.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-")
atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Deployment]:
    """Make deployments, each below a folder of its own."""
    return lambda *arguments: Deployment(tmp_path_factory.mktemp("deployment"), *arguments)
