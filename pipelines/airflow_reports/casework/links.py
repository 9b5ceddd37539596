"""Links from a report to the pages of casework, added while it is served.

The files themselves have none, so that a report is whole when it is read alone.
"""

import re

from pipelines.report.index import PAGE
from pipelines.text.messages import message

LARGEST_PAGE = 8 * 1024 * 1024
"""Bytes of a page that is held to add links; a larger one is sent as it is."""
_DAY_PAGE = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/{re.escape(PAGE)}")
_NAV = re.compile(rb"<nav[^>]*>")
_ENGLISH = b'<html lang="en">'
_VALUE = rb'<bdi class="v">%b</bdi>'
_COMMAND = re.compile(_VALUE % rb"mimamori cases show ([0-9a-f]{16})")
_TABLE = re.compile(rb'<table class="open-cases">.*?</table>', re.DOTALL)
_ID = re.compile(_VALUE % rb"([0-9a-f]{16})")


def with_links(page: bytes, path: str) -> bytes:
    """Return a page of the reports, at `path` below them, with links to cases and signatures.

    The list of days and the pages of days have them; any other page comes back as it is.
    """
    day = _DAY_PAGE.fullmatch(path)
    if day is None and path != PAGE:
        return page
    up = b"../" if day else b""
    language = "en" if _ENGLISH in page[:200] else "ja"
    links = [
        (b"overview/", message("airflow_reports.casework.link_overview")),
        (b"cases/", message("airflow_reports.casework.link_cases")),
        (b"search/", message("airflow_reports.casework.link_search")),
    ]
    if day:
        on = day[1].encode()
        links.append((b"review/" + on, message("airflow_reports.casework.link_sign")))
    else:
        links.append((b"review/", message("airflow_reports.casework.link_reviews")))
    added = b"".join(
        b'<a href="%b%b"><strong>%b</strong></a> ' % (up, address, text.texts[language].encode())
        for address, text in links
    )
    page = _NAV.sub(lambda found: found[0] + added, page, count=1)

    def linked(found: re.Match[bytes]) -> bytes:
        return b'<a href="%bcases/%b">%b</a>' % (up, found[1], found[0])

    page = _COMMAND.sub(linked, page)
    return _TABLE.sub(lambda found: _ID.sub(linked, found[0]), page)
