"""Servers, reports and a ledger of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import certificate, hook_server, mail_server


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of localhost."""
    return certificate.make(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certified: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The maker of that certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certified[0]))


@pytest.fixture
def mail_box(certified: tuple[Path, Path]) -> Iterator[mail_server.Box]:
    """A mail server that wants STARTTLS and a log-in."""
    with mail_server.serving(certificate.server_context(*certified)) as box:
        yield box


@pytest.fixture
def hook() -> Iterator[hook_server.Hook]:
    """A webhook that speaks plain HTTP."""
    with hook_server.serving() as served:
        yield served


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """The folder of reports, empty."""
    folder = tmp_path / "home" / "reports"
    folder.mkdir(parents=True)
    return folder
