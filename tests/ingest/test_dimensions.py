"""Clients and agents keep their ids from chunk to chunk."""

import random

import polars as pl
import pytest

from pipelines.ingest import dimensions
from pipelines.ingest.dimensions import _Ids


def test_a_value_has_one_id_however_often_and_when_it_comes() -> None:
    """Ids are those of the values, null for null, and each value is fresh once."""
    chance = random.Random(1)  # noqa: S311 - no secret
    ids = _Ids(lambda text: int(text[1:]) + (1 << 63))
    fresh: list[str] = []
    for size in (5, 4_000, 100, 9_000, 0, 300):
        texts = [
            None if chance.random() < 0.1 else f"v{chance.randint(0, 2 * size)}"
            for _ in range(size)
        ]
        found = ids.of(pl.Series(texts, dtype=pl.String)).to_list()
        assert found == [None if text is None else int(text[1:]) + (1 << 63) for text in texts]
        fresh += ids.take_fresh().get_column("value").to_list()
    assert len(fresh) == len(set(fresh))


def test_what_is_remembered_no_more_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice in the lake, an address would double each of its requests."""
    monkeypatch.setattr(dimensions, "_REMEMBERED", 10)
    ids = _Ids(lambda text: int(text[1:]))
    many = [f"v{number}" for number in range(12)]
    ids.of(pl.Series(many))
    assert ids.of(pl.Series(["v3"])).to_list() == [3]
    assert sorted(ids.take_fresh().get_column("value")) == sorted(many)
