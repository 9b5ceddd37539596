"""Ids are the same on every run, whichever way they are made."""

import polars as pl

from pipelines.ingest.identity import stable_id, stable_ids


def test_rows_have_the_ids_of_their_texts() -> None:
    """Null, empty and odd texts differ; numbers count as their digits."""
    values = ["", None, "a", "a\x00", "\x01a", "b{}", "日本"]
    rows = pl.DataFrame(
        [(text, number) for text in values for number in (None, 0, 250)],
        schema={"text": pl.String, "number": pl.UInt8},
        orient="row",
    )
    ids = stable_ids(rows).to_list()
    assert ids == [
        stable_id(text, None if number is None else str(number)) for text, number in rows.rows()
    ]
    assert len(set(ids)) == len(rows)


def test_the_id_of_a_text_never_changes() -> None:
    """Lakes hold it: another number would be another profile, client or file."""
    assert stable_id("site", None, "") == 17839115699782207816
