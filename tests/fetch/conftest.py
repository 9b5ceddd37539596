"""A server of each kind, started once for all tests of a worker that need it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fetch.remotes import REMOTES, Place, Remote


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Remote]]:
    with ExitStack() as stack:
        running: dict[str, Remote] = {}

        def remote(kind: str) -> Remote:
            if kind not in running:
                made = REMOTES[kind](tmp_path_factory.mktemp(kind))
                running[kind] = stack.enter_context(made)
            running[kind].clear()
            return running[kind]

        yield remote


@pytest.fixture
def remote_of(_started: Callable[[str], Remote]) -> Callable[[str], Remote]:
    """Give the empty source of a kind."""
    return _started


@pytest.fixture
def place(
    request: pytest.FixtureRequest, remote_of: Callable[[str], Remote], tmp_path: Path
) -> Place:
    """A working folder for the kind of source that the test is parametrized with."""
    return Place(remote_of(request.param), tmp_path)
