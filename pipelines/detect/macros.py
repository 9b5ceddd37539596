"""Queries of detectors with the macros of the day that they call written out."""

import re
from functools import cache

from pipelines.paths import SQL_DIR

_CALL = r"from ([a-z_]+)\([^()]*\)"
_CALL_ALONE = re.compile(rf"select \* {_CALL}\s*")


def written_out(query: str) -> str:
    """Return the query with the query of each macro of the day in place of its call."""
    alone = _CALL_ALONE.fullmatch(query)
    if alone is not None:
        return _query_of(alone[1]) or query

    def written(call: re.Match[str]) -> str:
        macro = _query_of(call[1])
        return call[0] if macro is None else f"from ({macro})"

    return re.sub(_CALL, written, query)


@cache
def _query_of(name: str) -> str | None:
    """The query of a macro of the day; None where there is none of that name."""
    begins = f"create or replace macro {name}("
    for path in sorted((SQL_DIR / "day").rglob("*.sql")):
        _, found, after = path.read_text(encoding="utf-8").partition(begins)
        if found:
            return after.partition(" as table")[2].partition(";")[0]
    return None
