"""How much of the corpus of web attacks the signatures find, and how much of the innocent half.

Only the half that was set aside counts as a measure. A
failure names the texts missed in `seen`, and of `held_out` only how many of which technique, so
that nobody tunes signatures on the texts that measure them. `--log-cli-level=INFO` shows the
figures of every family.
"""

import logging
from collections import Counter
from functools import cache
from urllib.parse import unquote

import pytest
from evaluate.web_texts import FAMILIES, Case, Half, attacks, benign, requests

from pipelines.detect.web.judge import Verdict, judge_all

_LOG = logging.getLogger(__name__)

_CASES_A_FAMILY = 60
_BENIGN_CASES = 500

_RECALL = 0.95
_RECALL_OF_A_FAMILY = 0.90
_FALSE_POSITIVES = 0.01


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


@pytest.mark.parametrize("half", Half)
def test_attacks_are_found(half):
    """95 of 100 attacks are found, under whichever family."""
    judged = _judged_attacks(half)
    missed = [case for case, verdict in judged if not verdict.is_attack]
    named = sum(_is_named_rightly(case, verdict) for case, verdict in judged)
    found = len(judged) - len(missed)
    share = found / len(judged)
    figures = (
        f"{half}: {found} of {len(judged)} attacks found, {named} of them under their own family"
    )
    _LOG.info(figures)
    assert share >= _RECALL, f"{figures}\n{_told(half, missed)}"


@pytest.mark.parametrize("half", Half)
@pytest.mark.parametrize("family", FAMILIES)
def test_attacks_of_every_family_are_found(half, family):
    """90 of 100 attacks of each family are found."""
    judged = [(case, verdict) for case, verdict in _judged_attacks(half) if case.family == family]
    missed = [case for case, verdict in judged if not verdict.is_attack]
    named = sum(_is_named_rightly(case, verdict) for case, verdict in judged)
    found = len(judged) - len(missed)
    share = found / len(judged)
    figures = f"{half}, {family}: {found} of {len(judged)} found, {named} of them as {family}"
    _LOG.info(figures)
    assert share >= _RECALL_OF_A_FAMILY, f"{figures}\n{_told(half, missed)}"


@pytest.mark.parametrize("half", Half)
def test_innocent_requests_are_left_alone(half):
    """At most 1 of 100 innocent texts that look like attacks is taken for one."""
    cases = benign(half)
    verdicts = judge_all(requests(cases))
    taken = [case for case, verdict in zip(cases, verdicts, strict=True) if verdict.is_attack]
    figures = f"{half}: {len(taken)} of {len(cases)} innocent texts taken for attacks"
    share = len(taken) / len(cases)
    _LOG.info(figures)
    assert share <= _FALSE_POSITIVES, f"{figures}\n{_told(half, taken)}"


@cache
def _judged_attacks(half: Half) -> list[tuple[Case, Verdict]]:
    """Every attack of a half with its verdict."""
    cases = attacks(half)
    return list(zip(cases, judge_all(requests(cases)), strict=True))


def _is_named_rightly(case: Case, verdict: Verdict) -> bool:
    """Whether no family weighs more in the verdict than the one that the attack is of."""
    weight = verdict.families.get(case.family or "", 0)
    return verdict.is_attack and weight == max(verdict.families.values(), default=0) > 0


def _told(half: Half, cases: list[Case]) -> str:
    """What may be said of cases judged wrongly: the texts of the half that was seen, no others."""
    if half is Half.SEEN:
        return "\n".join(f"{case.source} {case.technique}: {case.text}" for case in cases)
    counts = Counter((case.family or "benign", case.technique) for case in cases)
    return "\n".join(f"{family}, {technique}: {n}" for (family, technique), n in counts.items())


def _plain(text: str) -> str:
    """The text as a server would read it: two attacks that differ in encoding alone are one."""
    return unquote(unquote(text)).casefold()
