"""A page printed to PDF by a headless Chromium with an empty profile, and without a network."""

import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.errors import MimamoriError
from pipelines.private_files import write_whole
from pipelines.text.messages import message

NAME = "report.pdf"

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 120
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)
# Chromium makes them addresses of the file that it prints, which nobody has.
_LINK_OUT = re.compile(r'(<a\b[^>]*?) href="(?!#)[^"]*"')


def write_pdf(page: Path) -> Path:
    """Print the page of a day to `report.pdf` beside it, mode 0600, and return that file.

    Raises:
        MimamoriError: there is no Chromium, it printed nothing, or the file cannot be written.
    """
    target = page.with_name(NAME)
    write_whole(target, print_pdf(page.read_text(encoding="utf-8")))
    return target


def print_pdf(page: str) -> bytes:
    """Return an HTML page as PDF; links within it work, those to other files are plain text.

    Raises:
        MimamoriError: there is no Chromium, or it printed nothing.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise MimamoriError(message("report.pdf.needs_chromium"))
    with TemporaryDirectory(prefix="mimamori-pdf.") as folder:  # mode 0700
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(_LINK_OUT.sub(r"\1", page), encoding="utf-8")
        command = [
            program,
            *_ARGUMENTS,
            f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - the program was found by name, the page is our own
        except subprocess.TimeoutExpired:
            raise MimamoriError(message("report.pdf.too_slow", seconds=_SECONDS)) from None
        content = target.read_bytes() if target.is_file() else b""
    if not content.startswith(b"%PDF-"):
        raise MimamoriError(message("report.pdf.not_written", code=done.returncode))
    return content
