"""The line of a record: what it says, what is no record, and whether it is as it was written."""

import json
from typing import Any

import pytest

from pipelines.records import Act, Entry, Series
from pipelines.records.entry import is_genuine, read, written
from tests.records.forged import AT, hash_of

_KEY = b"k" * 32
_ACT = Act("findings list", {"day": "2026-11-19", "of": "山田商店"}, 3, "sato", "privacy")
_LINE = written(_KEY, Series.USE, 7, AT, _ACT, "a" * 64)


def test_a_line_says_what_was_put_on_record() -> None:
    """Number, instant, who in which role did what, about what, how many rows, and the hashes."""
    assert read(_LINE) == Entry(
        7,
        "2026-11-20T09:00:00.000000Z",
        "sato",
        "privacy",
        "findings list",
        {"day": "2026-11-19", "of": "山田商店"},
        3,
        "a" * 64,
        hash_of(_LINE),
    )
    assert "山田商店".encode() in _LINE
    assert len(hash_of(_LINE)) == 64


def test_a_line_is_genuine_to_the_byte() -> None:
    """With its key, in its series; no byte of it can be another."""
    assert is_genuine(_KEY, Series.USE, _LINE)
    assert not is_genuine(b"l" * 32, Series.USE, _LINE)
    assert not is_genuine(_KEY, Series.DECISIONS, _LINE)
    for place in range(len(_LINE)):
        changed = _LINE[:place] + bytes([_LINE[place] ^ 1]) + _LINE[place + 1 :]
        assert not is_genuine(_KEY, Series.USE, changed), place
    assert not is_genuine(_KEY, Series.USE, _LINE + b" ")
    assert not is_genuine(_KEY, Series.USE, b"")


def test_a_letter_that_is_none_is_written_as_an_escape() -> None:
    """Half a surrogate pair, as an argument of a command may have: the line is a record still."""
    line = written(_KEY, Series.USE, 1, AT, Act("sql", "\udc81", who="sato"), "a" * 64)
    entry = read(line)
    assert entry is not None
    assert entry.about == "\udc81"
    assert is_genuine(_KEY, Series.USE, line)


def _with(**values: Any) -> bytes:
    return json.dumps(json.loads(_LINE) | values).encode()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="broken"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"7", id="a number"),
        pytest.param(b"{}", id="without keys"),
        pytest.param(_with(more=1), id="a key more"),
        pytest.param(json.dumps(json.loads(_LINE), sort_keys=True).encode(), id="other order"),
        pytest.param(_with(seq="7"), id="number in words"),
        pytest.param(_with(hash=None), id="no hash"),
        pytest.param(_with(prev=None), id="no hash before"),
    ],
)
def test_what_is_no_record_is_told_from_one(line: bytes) -> None:
    """Whatever stands in a file of records."""
    assert read(line) is None
    assert read(_with()) is not None
