"""The corpus of web attacks is what it claims to be, large enough and in two separate halves."""

from collections import Counter
from urllib.parse import unquote

import pytest
from attack_corpus import FAMILIES, Half, attacks, benign

_CASES_A_FAMILY = 60
_BENIGN_CASES = 500


def _plain(text: str) -> str:
    """The text as a server would read it: two attacks that differ in encoding alone are one."""
    return unquote(unquote(text)).casefold()


def test_every_family_has_enough_cases_in_both_halves():
    """A share of fewer cases would say little."""
    for half in Half:
        counts = Counter(case.family for case in attacks(half))
        assert set(counts) == set(FAMILIES)
        assert min(counts.values()) >= _CASES_A_FAMILY // 2, counts
        assert len(benign(half)) >= _BENIGN_CASES // 2


def test_the_halves_share_no_text():
    """What was set aside is not in what was seen, under no encoding; nor is a text there twice."""
    texts = Counter(_plain(case.text) for half in Half for case in [*attacks(half), *benign(half)])
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize("cases_of", [attacks, benign])
def test_the_halves_cover_the_same_techniques(cases_of):
    """A technique that only one half holds would make the other no measure of it."""
    techniques = [{(case.family, case.technique) for case in cases_of(half)} for half in Half]
    assert techniques[0] == techniques[1]


def test_texts_hold_no_control_characters():
    """Servers escape them, and neither a tab nor a line feed can stand in a text of these files."""
    for half in Half:
        for case in [*attacks(half), *benign(half)]:
            assert not any(ord(character) < 0x20 for character in case.text), case.source
