"""Texts of a page that stand in the other language: found in whatever is not marked as foreign.

Foreign are values as logged (`<bdi class="v">`), code, and what people wrote: a rule's title, a
note, a reason on record. They are marked `lang=""` or stand in one of the elements below.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

_MARKED = {"bdi", "code", "pre", "script", "style", "title", "kbd", "template"}
_VOID = {"br", "col", "hr", "img", "input", "link", "meta", "use", "path", "rect", "line", "circle"}
_CLOSED_BY = {
    "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "td": {"td", "th"}, "th": {"td", "th"},
    "tr": {"tr", "td", "th"}, "tbody": {"tr", "td", "th", "thead"}, "option": {"option"},
}  # fmt: skip
_WORDS = re.compile(r"[A-Za-z][a-z'’-]+(?:[ ,;:]+(?:[A-Za-z][a-z'’-]+|[a-zA-Z]\b)){2,}")
_COMMAND = re.compile(r"mimamori(?: [a-z]+)+")  # what is typed has no language
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while self.open and self.open[-1][0] in _CLOSED_BY.get(tag, ()):
            self.open.pop()
        for name, value in attrs:
            if name in {"title", "aria-label", "alt", "placeholder"} and value:
                self.handle_data(value)
        if tag not in _VOID:
            self.open.append((tag, tag in _MARKED or dict(attrs).get("lang") == ""))

    def handle_endtag(self, tag: str) -> None:
        if any(one == tag for one, _ in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(is_marked for _, is_marked in self.open):
            self.texts.append(" ".join(data.split()))


def texts_of(page: str) -> list[str]:
    """Return the texts of a page (HTML) that are no foreign ones, those of attributes too."""
    reader = _Texts()
    reader.feed(page)
    reader.close()
    return reader.texts


def in_the_other_language(texts: list[str], language: str) -> Iterator[str]:
    """Yield texts of a page in `ja` that hold three English words on end; in `en` Japanese ones."""
    wrong = _WORDS if language == "ja" else _JAPANESE
    return (text for text in texts if wrong.search(_COMMAND.sub("", text)))
