"""The query of a detector that is no more than the call of a macro of the day, written out."""

import re

from pipelines.paths import SQL_DIR

_CALL = re.compile(r"select \* from ([a-z_]+)\([^)]*\)\s*")


def written_out(query: str) -> str:
    """Return the query, or where it is no more than a call of a macro of the day, that macro's."""
    call = _CALL.fullmatch(query)
    if call is None:
        return query
    begins = f"create or replace macro {call[1]}("
    for path in sorted((SQL_DIR / "day").rglob("*.sql")):
        _, found, after = path.read_text(encoding="utf-8").partition(begins)
        if found:
            return after.partition(" as table")[2].partition(";")[0]
    return query
