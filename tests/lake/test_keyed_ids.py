"""Ids of findings and cases, made with a key of the lake."""

import datetime as dt

from pipelines.lake.keyed_ids import KeyedIds, unkeyed

_DAY = dt.date(2026, 11, 19)


def test_a_finding_has_the_same_id_on_every_run() -> None:
    """And another one where detector, day, site, kind, actor or the lake's key differs."""
    made, elsewhere = KeyedIds(b"a key"), KeyedIds(b"another")
    ids = {
        made.finding("d", _DAY, "s", "user", "a"),
        made.finding("d", _DAY, "s", "user", "b"),
        made.finding("d", _DAY, "s", "ip", "a"),
        made.finding("d", _DAY, None, "user", "a"),
        made.finding("e", _DAY, "s", "user", "a"),
        elsewhere.finding("d", _DAY, "s", "user", "a"),
        unkeyed("d", f"{_DAY}", "s", "user", "a"),
        made.case("user", "a"),
        made.case("ip", "a"),
        made.case("user", "a", "operations"),
    }
    assert len(ids) == 10
    assert {len(one) for one in ids} == {16}
    assert made.finding("d", _DAY, "s", "user", "a") in ids


def test_the_key_is_not_told_where_ids_are_shown() -> None:
    """As in a traceback."""
    assert "a key" not in repr(KeyedIds(b"a key"))
