"""Which files of `sql/` make what a detector reads, by the names that stand in them."""

import inspect
import re
from functools import cache
from pathlib import Path

from pipelines.detect import day, trace
from pipelines.detect.catalogue import Detector
from pipelines.detect.web import day as web_day
from pipelines.paths import SQL_DIR
from pipelines.sites import state

_FOR_ALL = (day, trace, web_day, state)  # modules whose statements read tables too
_WORD = re.compile(r"\w+")
_FROM = re.compile(r"(?:from|join) (?:lake\.)?(\w+)")
_MADE = re.compile(
    r"^(?:create or replace (?:table|view|type|macro|function)|update|insert into|delete from) "
    r"(?:lake\.)?(\w+)",
    re.MULTILINE,
)


def files_read(detector: Detector) -> frozenset[Path]:
    """Return the files of tables of the day, aggregates and views that its queries rest on."""
    found: set[Path] = set()
    words = _words(detector.query + (detector.tests_query or ""))
    words = words.union(*(_FROM.findall(inspect.getsource(module)) for module in _FOR_ALL))
    while True:
        further = {path for path, made in _makers().items() if made & words} - found
        if not further:
            return frozenset(found)
        found |= further
        words = words.union(*(_words(path.read_text(encoding="utf-8")) for path in further))


@cache
def _makers() -> dict[Path, frozenset[str]]:
    """What each file makes."""
    makers = {}
    for path in SQL_DIR.rglob("*.sql"):
        part = path.relative_to(SQL_DIR).parts[0]
        if part in {"day", "views", "functions"}:
            makers[path] = frozenset(_MADE.findall(path.read_text(encoding="utf-8")))
        elif part == "baselines":
            makers[path] = frozenset({path.stem})
    return makers


def _words(query: str) -> frozenset[str]:
    return frozenset(_WORD.findall(query))
