"""Findings about people who are pseudonyms are those that were there before."""

import pytest

from pipelines.privacy.epochs import PREFIX
from pipelines.triage import pseudonymous
from pipelines.triage.pseudonymous import apart_from_pseudonyms
from tests.detect.given_findings import DAY, make

_ADDRESS = f"{PREFIX}{'0' * 20}"


def test_nothing_new_is_found_about_a_pseudonym(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user by what was done to the rows, an address by its look; others stay as found."""
    person = make(actor_kind="user", actor="st-1")
    looks_like_one = make(actor_kind="user", actor=_ADDRESS)
    hidden = make(actor_kind="user", actor="pn-1")
    address = make(actor_kind="ip", actor="192.0.2.1")
    hidden_address = make(actor_kind="ip", actor=_ADDRESS)
    everything = [person, looks_like_one, hidden, address, hidden_address]
    monkeypatch.setattr(pseudonymous, "read_findings", lambda _con, _day: everything)
    found, before = apart_from_pseudonyms(None, DAY, everything, {"pn-1"})  # type: ignore[arg-type]
    assert found == [person, looks_like_one, address]
    assert before == [hidden, hidden_address]
