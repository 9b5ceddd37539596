"""What all tests share: no test fails because the machine is slow, and one browser serves all."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import report_browser

settings.register_profile("any-machine", deadline=None)
settings.load_profile("any-machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `pytest`, and of `make test` by ARGS."""
    parser.addoption(
        "--fuzz-inputs",
        type=int,
        default=30_000,
        help="inputs that the compiled part of ingest is tried with under sanitizers",
    )


@pytest.fixture(scope="module", autouse=True)
def _umask_of_the_module() -> Iterator[None]:
    """Commands that a fixture of a module runs in this process set an umask: it ends with them."""
    yield from _umask_kept()


@pytest.fixture(autouse=True)
def _umask_of_the_test() -> Iterator[None]:
    """Commands that a test runs in this process set an umask: it ends with the test."""
    yield from _umask_kept()


def _umask_kept() -> Iterator[None]:
    before = os.umask(0)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def browser(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[report_browser.Browser]:
    """A headless Chromium; where there is none, the tests that need it fail and say so."""
    with report_browser.opened(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, browser: report_browser.Browser) -> Iterator[str]:
    """Both colour schemes in turn; other tests see the light one."""
    browser.prefer(request.param)
    yield request.param
    browser.prefer("light")
