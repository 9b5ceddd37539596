"""Personal values where nobody expects them: in the user, host, method or protocol of a line.

All four are written by whoever sends the request. A host, method or protocol is masked like any
text. A user is known by its name, so an address or a telephone number stays; one that holds a card,
a token or the like, as typed into the wrong field, becomes a pseudonym.
"""

from typing import TYPE_CHECKING, Final

import polars as pl

from pipelines.privacy.user_values import kinds_in_users, with_stand_ins

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
            found = kinds_in_users(texts, context.redactor)
            days = records.get_column("log_date")
            masked = with_stand_ins(column, days, found, "user", context.pseudonyms)
        else:
            masked_texts = context.redactor.texts(texts) if len(texts) else {}
            found = {text: kinds for text, (_, kinds) in masked_texts.items()}
            masked = column.replace({text: kept for text, (kept, _) in masked_texts.items()})
        if found:
            records = _replaced(records, masked, found)
    return records


def _replaced(records: pl.DataFrame, masked: pl.Series, found: dict[str, set[str]]) -> pl.DataFrame:
    kinds = [
        sorted({*known, *found[text]}) if text in found else known
        for text, known in records.select(masked.name, "redactions").iter_rows()
    ]
    return records.with_columns(masked, pl.Series("redactions", kinds, dtype=pl.List(pl.String)))
