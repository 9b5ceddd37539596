"""Fields too long to be looked at whole: their beginning is kept, and marked as such.

What is looked for in a field takes time by its length, and a line may hold 8 MiB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

_LOST_AT_CUT = 512  # characters before the cut; no value known by its shape is longer
_PROTOCOL_BYTES = 32  # at the end of a request line
# Raw field -> column of the record; a request and a target end in the query or the path.
_COLUMNS = {
    "referrer": "referrer",
    "agent": "user_agent",
    "user": "user_id",
    "path": "url_path",
    "query": "url_query",
    "method": "method",
    "protocol": "protocol",
}
_TARGETS = ("request", "target")


@dataclass(frozen=True)
class Cut:
    """What was cut: by raw field, the bytes it had in each row; null where it is whole."""

    lengths: Mapping[str, pl.Series] = field(default_factory=dict)

    def marked(self, records: pl.DataFrame, kept: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """Return the records with `[cut:BYTES]` where a field ends early, and their sources.

        `kept` says which rows became records. A value that the cut may have halved, so that it was
        not masked, is dropped.
        """
        is_cut = pl.repeat(value=False, n=len(records), dtype=pl.Boolean, eager=True)
        for name, all_lengths in self.lengths.items():
            lengths = all_lengths.filter(kept)
            is_long = lengths.is_not_null()
            if not is_long.any():
                continue
            is_cut |= is_long
            if name in _TARGETS:
                has_query = records.get_column("url_query").is_not_null()
                records = _marked(records, "url_query", lengths.set(~has_query, None))
                records = _marked(records, "url_path", lengths.set(has_query, None))
            elif name in _COLUMNS:
                records = _marked(records, _COLUMNS[name], lengths)
        return records, records.get_column("source").filter(is_cut)


def cut_fields(raw: pl.DataFrame, most_bytes: int | None) -> tuple[pl.DataFrame, Cut]:
    """Return the raw fields, none with more than about `most_bytes`, and what was cut."""
    if most_bytes is None or raw.is_empty():
        return raw, Cut()
    names = [name for name, dtype in raw.schema.items() if dtype == pl.String and name != "reason"]
    longest = raw.select(pl.col(names).str.len_bytes().max())
    lengths = {}
    for name in names:
        if (longest.item(0, name) or 0) <= most_bytes:
            continue
        texts = raw.get_column(name)
        size = texts.str.len_bytes()
        rows = (size > most_bytes).fill_null(value=False).arg_true()
        beginnings = [_beginning(text, most_bytes, name) for text in texts.gather(rows)]
        raw = raw.with_columns(texts.scatter(rows, beginnings))
        lengths[name] = size.set(size <= most_bytes, None)
    return raw, Cut(lengths)


def _beginning(text: str, most_bytes: int, name: str) -> str:
    """The beginning of a field; of a request its protocol too, without which it would be none."""
    kept = text.encode()[:most_bytes].decode("utf-8", "ignore")
    if name != "request":
        return kept
    target, space, protocol = text[-_PROTOCOL_BYTES:].rpartition(" ")
    return f"{kept}{space}{protocol}" if target else kept


def _marked(records: pl.DataFrame, name: str, lengths: pl.Series) -> pl.DataFrame:
    rows = lengths.is_not_null().arg_true()
    if rows.is_empty():
        return records
    column = records.get_column(name)
    texts = [
        None if text is None else f"{text[:-_LOST_AT_CUT]}[cut:{length}]"
        for text, length in zip(column.gather(rows), lengths.gather(rows), strict=True)
    ]
    return records.with_columns(column.scatter(rows, pl.Series(texts, dtype=pl.String)))
