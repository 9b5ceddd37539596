"""What of the machine the app opens: files of the reports, whatever the address says."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.airflow_reports.folder import (
    IsFolderError,
    NoSuchFileError,
    ReportFile,
    open_report,
)

UNSEEN = "nobody's business"
NOBODY = 65534
PIECES = (
    *("..", ".", "/", "\\", "~", "%2e", "%2f", "secret.html", "outside", "reports", "link.html"),
    *("2026-11-20", "index.html", ".hidden", "catalog.sqlite"),
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of reports, and beside and in it what must stay unseen."""
    root = tmp_path_factory.mktemp("home")
    folder = root / "reports"
    day = folder / "2026-11-20"
    (day / "franchise").mkdir(parents=True)
    (folder / "index.html").write_text("all days")
    (day / "index.html").write_text("a day")
    (day / "findings.json").write_text("[]")
    (day / "franchise" / "shop-001.html").write_text("a shop")
    (root / "secret.html").write_text(UNSEEN)
    (folder / ".index.html.x1y2").write_text(UNSEEN)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "index.html").write_text(UNSEEN)
    (folder / "catalog.sqlite").write_text(UNSEEN)
    (folder / "index.html~").write_text(UNSEEN)
    (folder / "back\\slash.html").write_text(UNSEEN)
    (folder / "link.html").symlink_to(root / "secret.html")
    (folder / "inner.html").symlink_to("index.html")
    (folder / "outside").symlink_to(root, target_is_directory=True)
    (folder / "empty").mkdir()
    (folder / "folder.html").mkdir()
    os.mkfifo(folder / "pipe.html")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "socket.html"))  # its name may not be long
    return folder


def content(found: ReportFile) -> str:
    """Return the text of an open file."""
    with found.file as file:
        data = file.read()
    assert len(data) == found.size
    return data.decode()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "all days"),
        ("index.html", "all days"),
        ("2026-11-20/", "a day"),
        ("2026-11-20/index.html", "a day"),
        ("2026-11-20/findings.json", "[]"),
        ("2026-11-20/franchise/shop-001.html", "a shop"),
    ],
)
def test_a_file_of_the_reports_is_opened(reports: Path, path: str, says: str) -> None:
    """An address of a folder with its final slash means the page in it."""
    assert content(open_report(reports, path)) == says


def test_a_folder_opens_in_the_language_of_the_reader(reports: Path) -> None:
    """Where it has a page in it; an address that names a page is that page."""
    (reports / "2026-11-20" / "en.html").write_text("a day in English")
    assert content(open_report(reports, "2026-11-20/", "en.html")) == "a day in English"
    assert content(open_report(reports, "2026-11-20/index.html", "en.html")) == "a day"
    assert content(open_report(reports, "", "en.html")) == "all days"


@pytest.mark.parametrize("path", ["2026-11-20", "2026-11-20/franchise", "folder.html"])
def test_a_folder_without_its_slash_is_told(reports: Path, path: str) -> None:
    """Links of a page would lead elsewhere if it stood at that address."""
    with pytest.raises(IsFolderError):
        open_report(reports, path)


@pytest.mark.parametrize(
    "path",
    [
        "../secret.html",
        "2026-11-20/../../secret.html",
        "2026-11-20/..",
        "./index.html",
        "/",
        "//",
        "/etc/passwd",
        "2026-11-20//index.html",
        "..\\secret.html",
        "back\\slash.html",
        "index.html\0",
        "index.html\0.json",
        "index.html\n",
        "%2e%2e/secret.html",
        "\udcff.html",
        "\u202eindex.html",
        ".index.html.x1y2",
        ".hidden/",
        ".hidden/index.html",
        "index.html~",
        "catalog.sqlite",
        "link.html",
        "inner.html",
        "outside/",
        "outside/secret.html",
        "outside/reports/index.html",
        "empty/",
        "folder.html/",
        "pipe.html",
        "socket.html",
        "index.html/",
        "index.html/index.html",
        "2026-11-21/",
        "a" * 5000,
        "a/" * 5000,
    ],
)
def test_nothing_else_is_there(reports: Path, path: str) -> None:
    """Ways out, links, hidden and half-written files, other kinds: all are simply not there."""
    with pytest.raises(NoSuchFileError):
        open_report(reports, path)


@given(
    path=st.lists(
        st.one_of(st.sampled_from(PIECES), st.text(max_size=3)),
        max_size=8,
    ).map("".join)
)
@example(path="outside/secret.html")
def test_no_address_leads_to_a_secret(reports: Path, path: str) -> None:
    """Whatever is asked for, it is a report, a folder of reports, or not there."""
    try:
        found = open_report(reports, path)
    except (NoSuchFileError, IsFolderError):
        return
    assert content(found) != UNSEEN


def test_a_link_to_the_folder_itself_is_followed(reports: Path, tmp_path: Path) -> None:
    """Where the working folder lies is for the operator to say."""
    (tmp_path / "linked").symlink_to(reports, target_is_directory=True)
    assert content(open_report(tmp_path / "linked", "")) == "all days"


def test_no_folder_of_reports_is_no_file(tmp_path: Path) -> None:
    """Before the first night there is nothing to show."""
    with pytest.raises(NoSuchFileError):
        open_report(tmp_path / "reports", "")


def test_a_page_that_is_replaced_while_it_is_read_stays_whole(tmp_path: Path) -> None:
    """The night puts a new page in place of the old; who reads the old one reads it to its end."""
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "new").write_text("the new page")
    found = open_report(tmp_path, "")
    (tmp_path / "new").replace(tmp_path / "index.html")
    assert content(found) == "old"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Where the tests run as root, give up what root may do."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_folder_that_may_not_be_read_is_told_from_a_missing_one(tmp_path: Path) -> None:
    """An API server of another user is a mistake that its operator must hear of."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "index.html").write_text("all days")
    (tmp_path / "reports").chmod(0)
    with as_nobody(), pytest.raises(PermissionError):
        open_report(tmp_path / "reports", "")
