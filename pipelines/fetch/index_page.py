"""The names in a page by which a web server lists a folder, as nginx, Apache and others write it.

Only what lies in the folder itself counts: links to other places, such as the folder above, to
other servers or with a query (to sort by another column) are part of every such page.
"""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from pipelines.fetch.walk import Name


def names_in_page(page: bytes, address: str) -> Iterator[Name]:
    """Yield what a page at `address`, which ends with `/`, lists, each name once.

    A name may be anything that can be written into a link; JSON is read as nginx writes it.
    """
    text = page.decode("utf-8", "replace")
    listed = _listed(text)
    links = _links(text) if listed is None else listed
    own = urlsplit(address)
    seen = set()
    for link in links:
        try:
            target = urlsplit(urljoin(address, link))
        except ValueError:
            continue
        if target.query or (target.scheme, target.netloc) != (own.scheme, own.netloc):
            continue
        rest = target.path.removeprefix(own.path) if target.path.startswith(own.path) else ""
        name = rest.removesuffix("/")
        if not name or "/" in name or name in seen:
            continue
        seen.add(name)
        yield Name(_decoded(name), "folder" if rest.endswith("/") else "file")


def _decoded(name: str) -> str:
    """The name in a link; bytes that are no UTF-8 stay apart from all others."""
    return unquote(name, errors="surrogateescape")


def _listed(text: str) -> list[str] | None:
    """The links for the entries of a page in JSON, None where it is none."""
    if not text.lstrip().startswith("["):
        return None
    try:
        entries: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return [
        _link(one) for one in entries if isinstance(one, dict) and isinstance(one.get("name"), str)
    ]


def _link(entry: dict[str, Any]) -> str:
    name = quote(entry["name"], safe="")
    return f"./{name}/" if entry.get("type") == "directory" else f"./{name}"


def _links(text: str) -> list[str]:
    reader = _Links()
    reader.feed(text)
    reader.close()
    return reader.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
