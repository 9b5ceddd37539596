"""Personal values where nobody expects them: in the user, host, method or protocol of a line.

All four are written by whoever sends the request. A host, method or protocol is masked like any
text. A user is known by its name, so an address or a telephone number stays; one that holds a card,
a token or the like, as typed into the wrong field, becomes a pseudonym.
"""

from typing import TYPE_CHECKING, Final

import polars as pl

from pipelines.privacy.user_values import masked_users

if TYPE_CHECKING:
    from pipelines.ingest.fields import LineContext

_COLUMNS: Final = ("user_id", "site_domain", "method", "protocol")
# Anything else is too short, or too much of a word, for any rule.
_WORTH_A_LOOK: Final = r"[0-9][0-9 ()-]{8}|[^A-Za-z0-9_.@\\-]|[A-Za-z0-9_.@\\-]{20}"


def without_personal_values(records: pl.DataFrame, context: "LineContext") -> pl.DataFrame:
    """Return the records with the four columns masked, and the kinds among their `redactions`.

    A column whose texts are numbered holds the project's own words alone.
    """
    assert context.redactor is not None  # noqa: S101 - for the type checker
    for name in _COLUMNS:
        column = records.get_column(name)
        if column.dtype != pl.String or column.null_count() == len(column):
            continue
        texts = column.filter(column.str.contains(_WORTH_A_LOOK).fill_null(value=False)).unique()
        if name == "user_id":
            found = masked_users(texts, context.redactor, context.pseudonyms)
        else:
            found = context.redactor.texts(texts) if len(texts) else {}
        if found:
            records = _replaced(records, name, found)
    return records


def _replaced(
    records: pl.DataFrame, name: str, found: dict[str, tuple[str, set[str]]]
) -> pl.DataFrame:
    kinds = [
        sorted({*known, *found[text][1]}) if text in found else known
        for text, known in records.select(name, "redactions").iter_rows()
    ]
    masked = {text: kept for text, (kept, _) in found.items()}
    return records.with_columns(
        pl.col(name).replace(masked),
        pl.Series("redactions", kinds, dtype=pl.List(pl.String)),
    )
