"""Request profiles: what many have together stands once, and nothing of it is lost."""

import random
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.ingest import request_profiles
from pipelines.ingest.request_profiles import PROFILE_SCHEMA, RequestProfiles

_TEXT = st.sampled_from([None, "", "a", "b", "\x1f", "a\x1f", "None", "é"])
_ROW = st.tuples(*(st.integers(0, 3) if name == "data_level" else _TEXT for name in PROFILE_SCHEMA))


def _frame(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=PROFILE_SCHEMA, orient="row").with_row_index("line")


def _restored(facts: pl.DataFrame, met: pl.DataFrame) -> pl.DataFrame:
    joined = facts.join(
        met, left_on="request_profile_id", right_on="id", how="left", maintain_order="left"
    )
    return joined.select("line", *PROFILE_SCHEMA)


@given(st.lists(st.lists(_ROW, max_size=30), max_size=4))
def test_rows_can_be_made_again(chunks: list[list[tuple[object, ...]]]) -> None:
    """Null and empty text are two profiles; a profile has one id, and is fresh once."""
    known = RequestProfiles()
    met = known.take_fresh()
    for rows in chunks:
        frame = _frame(rows)
        facts = known.refer(frame)
        met = pl.concat([met, known.take_fresh()])
        assert facts.columns == ["line", "request_profile_id"]
        assert_frame_equal(_restored(facts, met), frame)
    assert met.get_column("id").is_unique().all()
    assert met.select(*PROFILE_SCHEMA).is_unique().all()


def test_ids_are_those_of_another_run() -> None:
    """Whatever was met before, and in whichever columns the texts came."""
    rows = [("a", "a.example", "GET", None, None, None, None, 0, None)]
    one, other = RequestProfiles(), RequestProfiles()
    one.refer(_frame([("b", *rows[0][1:])]))
    numbered = _frame(rows).cast(pl.Schema(one.types))
    ids = [one.refer(numbered), one.refer(_frame(rows)), other.refer(_frame(rows))]
    assert len({frame.get_column("request_profile_id").item() for frame in ids}) == 1


@pytest.mark.parametrize("most", [2**63, 4_000, 1])
def test_many_different_values_are_told_apart(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """More of them in more columns than one number can hold, and more than are remembered."""
    monkeypatch.setattr(request_profiles, "_MOST_KEYS", most)
    monkeypatch.setattr(request_profiles, "_REMEMBERED", 500)
    chance = random.Random(1)  # noqa: S311 - no secret
    known = RequestProfiles()
    types = pl.Schema(known.types)
    for turn in range(4):
        frame = _frame(
            [
                tuple(
                    chance.randrange(4) if name == "data_level" else f"v{chance.randrange(900)}"
                    for name in PROFILE_SCHEMA
                )
                for _ in range(1_000)
            ]
        )
        # From the second turn on these are the numbers of profiles that are remembered no more.
        facts = known.refer(frame.cast(types) if turn % 2 else frame)
        assert_frame_equal(_restored(facts, known.take_fresh()), frame)
    assert known.types != types


def test_what_was_forgotten_is_fresh_again() -> None:
    """After a rollback the lake does not hold it."""
    known = RequestProfiles()
    rows = [("a", None, None, None, None, None, None, 0, None)]
    known.refer(_frame(rows))
    known.forget()
    assert known.fresh_count == 0
    known.refer(_frame(rows))
    assert len(known.take_fresh()) == 1
