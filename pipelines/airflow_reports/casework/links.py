"""Links from a report to the pages of casework, added while it is served.

The files themselves have none, so that a report is whole when it is read alone.
"""

import re

from pipelines.report.index import PAGES
from pipelines.text.messages import message

LARGEST_PAGE = 8 * 1024 * 1024
"""Bytes of a page that is held to add links; a larger one is sent as it is."""
_DAY_PAGE = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})/(?:{'|'.join(map(re.escape, PAGES))})")
_WEEK_PAGE = re.compile(r"weekly/[0-9]{4}-W[0-9]{2}/(?:ja|en)\.html")
_NAV = re.compile(rb"<nav[^>]*>")
_ENGLISH = b'<html lang="en">'
# Only what a template marks as the id of a case: any other value may be of the same digits.
_MARKED = re.compile(
    rb'(?P<mark><td class="[a-z ]*\bcase-id">)(?P<value><bdi class="v">(?P<id>[0-9a-f]{16})</bdi>)'
)
# Empty where the settings name no address; the report itself links there where they do.
_TO_APP = re.compile(
    rb'(?P<mark><span class="to-app" data-to="'
    rb'(?P<to>cases/(?:[0-9a-f]{16}|\?week=[0-9]{4}-W[0-9]{2})?|search/)">)</span>'
)
_TO_APP_TEXTS = {
    b"cases/?": message("airflow_reports.casework.link_week"),
    b"cases/": message("airflow_reports.casework.link_act"),
    b"search/": message("airflow_reports.casework.link_search"),
}


def with_links(page: bytes, path: str) -> bytes:
    """Return a page of the reports, at `path` below them, with links to cases and signatures.

    The list of days and the pages of days and weeks have them; any other page comes back as it is.
    """
    day = _DAY_PAGE.fullmatch(path)
    is_week = _WEEK_PAGE.fullmatch(path) is not None
    if day is None and path not in PAGES and not is_week:
        return page
    up = b"../../" if is_week else b"../" if day else b""
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
        return b'%b<a href="%bcases/%b">%b</a>' % (found["mark"], up, found["id"], found["value"])

    def led(found: re.Match[bytes]) -> bytes:
        part = found["to"].partition(b"/")[0] + (b"/?" if b"?" in found["to"] else b"/")
        text = _TO_APP_TEXTS[part].texts[language].encode()
        return b'%b<a href="%b%b">%b</a></span>' % (found["mark"], up, found["to"], text)

    return _TO_APP.sub(led, _MARKED.sub(linked, page))
