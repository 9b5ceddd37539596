"""The report as a PDF: the page as it prints, nothing of where it was made, only for its owner."""

import re
import shutil
import stat
import zlib
from pathlib import Path

import pytest

from pipelines.errors import MimamoriError
from pipelines.report.pdf import write_pdf
from tests.report import report_lake


@pytest.fixture
def page(reports: dict[str, Path], tmp_path: Path) -> Path:
    """A day's page in a folder of its own."""
    folder = tmp_path / "2026-11-20"
    folder.mkdir()
    page = folder / "index.html"
    shutil.copy(reports["ja"] / report_lake.DAY.isoformat() / "index.html", page)
    return page


def _streams(content: bytes) -> bytes:
    """All that a PDF holds, unpacked where it is packed."""
    parts = [content]
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompressobj().decompress(packed))
        except zlib.error:
            continue
    return b"".join(parts)


@pytest.mark.browser
def test_pdf_stands_beside_the_page_and_tells_nothing_of_its_making(page: Path) -> None:
    """A4, several pages, mode 0600; no address of a file, within or behind a link."""
    target = write_pdf(page)
    assert target == page.with_name("report.pdf")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    content = target.read_bytes()
    assert content.startswith(b"%PDF-")
    found = _streams(content)
    assert len(re.findall(rb"/Type\s*/Page\b", found)) > 2
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45]\S* 84[12]", found)
    assert b"file:" not in found
    assert str(page.parent).encode() not in found


def test_without_chromium_the_page_stays_and_the_message_says_what_to_do(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No half-written PDF is left."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MimamoriError, match="install the package chromium"):
        write_pdf(page)
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]
