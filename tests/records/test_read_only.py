"""What was read of the records stays as it was read."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.records import Act, Records, Series
from pipelines.records.chain import Tail
from pipelines.records.disclosures import given, register
from pipelines.records.keys import ChainKeys
from pipelines.records.used import Used, watch_between
from pipelines.records.verify import Fault, verify
from pipelines.text.messages import message
from tests.records.forged import AT


def test_nobody_changes_what_the_records_say(records: Records) -> None:
    """Records, heads, proofs and all that is made of them."""
    entry = records.append(Series.USE, Act("sql"), AT)
    registered = register(records, given("folder", None, AT.date(), "x", []), AT)
    made: list[Any] = [
        entry,
        Act("sql"),
        records.head(),
        registered,
        registered.disclosure,
        verify(records),
        Fault("x", 1, message("records.verify.edited")),
        Used("sato", "security", "sql", 1, 1),
        watch_between(records, AT, AT),
        ChainKeys(KeyedHashes(b"k" * 32)),
        Tail(Path("x"), entry),
    ]
    for one in made:
        name = fields(one)[0].name
        with pytest.raises(FrozenInstanceError):
            setattr(one, name, None)
