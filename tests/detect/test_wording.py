"""What a finding says in a sentence: figures as people write them, cut to what they read."""

import datetime as dt
from typing import Any

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.codes import code_in_words
from pipelines.detect.wording import (
    as_text,
    attributed,
    named_values,
    sentence_of_rule,
    summary_in,
    summary_of,
)
from pipelines.text.words import Words
from tests.detect.given_findings import DAY, ZONE, at, make

_EN = Words("en", ZONE)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "?"),
        (1234567, "1,234,567"),
        (0, "0"),
        (12.0, "12"),
        (1234.56, "1,234.6"),
        (0.04, "0"),
        (["a", 1, None], "a, 1, None"),
        ([], ""),
        ("a.0", "a.0"),
    ],
)
def test_values_as_a_template_shows_them(value: object, text: str) -> None:
    """Thousands apart, one decimal where there is one, lists with commas."""
    assert as_text(value) == text


@pytest.mark.parametrize(("length", "end"), [(119, "x"), (120, "x"), (121, "…")])
def test_long_values_are_cut(length: int, end: str) -> None:
    """After 120 characters, in each sentence."""
    names: dict[str, Any] = {
        "title": "x" * length, "site_id": "site", "actor": "192.0.2.1", "event_count": 1234,
        "successes": None, "actor_kind": "ip",
    }  # fmt: skip
    said = sentence_of_rule(_EN, names)
    title, _, rest = said.partition(": ")
    assert (len(title), title[-1]) == (min(length, 120), end)
    assert rest == "1,234 requests from 192.0.2.1 on site (? answered)"


def test_the_finding_of_a_rule_names_its_kind_of_actor() -> None:
    """An address, a user, or a site; without a site a dash."""
    names: dict[str, Any] = {"title": "T", "actor": "a", "event_count": 2, "successes": 1}
    said = [
        sentence_of_rule(_EN, {**names, "actor_kind": kind, "site_id": site})
        for kind, site in (("ip", None), ("user", "s"), ("site", "s"))
    ]
    assert said == [
        "T: 2 requests from a on - (1 answered)",
        "T: 2 requests on s about user a (1 answered)",
        "T: 2 requests from many addresses on s (1 answered)",
    ]


def test_the_time_of_day_has_its_date_where_that_is_another() -> None:
    """A gap may begin the evening before; times are local."""
    row = vars(make(first_seen=at("23:05", DAY - dt.timedelta(days=1)), last_seen=at("00:10")))
    names = named_values(row, DAY, ZONE)
    assert (names["first_seen"], names["last_seen"]) == ("11/18 23:05", "00:10")
    assert (names["date"], names["actor"], names["event_count"]) == ("2026-11-19", "st-1", 60)
    utc = row | {"last_seen": at("09:30").astimezone(dt.UTC)}
    assert named_values(utc, DAY, ZONE)["last_seen"] == "09:30"


@pytest.mark.parametrize(
    ("evidence", "begin", "end"),
    [
        ({}, "It", "It"),
        ({"told_on": "2026-11-18"}, "Goes on unchanged as told on 2026-11-18: ", "It"),
        ({"partner_site": "shop-1"}, "By the log of the partner site shop-1,", ": It"),
        (
            {"partner_site": "shop-1", "told_on": "2026-11-18"},
            "By the log of the partner site shop-1,",
            "Goes on unchanged as told on 2026-11-18: It",
        ),
        ({"partner_site": "", "told_on": None}, "It", "It"),
    ],
)
def test_a_sentence_says_whose_word_it_is_and_since_when(
    evidence: dict[str, Any], begin: str, end: str
) -> None:
    """The partner first."""
    said = attributed(_EN, evidence, "It")
    assert said.startswith(begin)
    assert said.endswith(end)


def test_codes_are_words_and_what_is_no_code_stays() -> None:
    """Lists of codes with commas; a list of which one has no words stands as it is."""
    detector = load_catalogue()["bulk-record-access"]
    known = {
        key: [*codes]
        for key, codes in detector.codes.items()
        if f"{{{key}}}" in detector.summary.en
    }
    assert known
    (key, (code, *_)) = next(iter(known.items()))
    names: dict[str, Any] = {"actor": "st-1", "site_id": "site", "observed": 9}
    word = detector.codes[key][code].en
    assert word in summary_of(detector, _EN, {**names, key: code})
    assert f"{word}, {word}" in summary_of(detector, _EN, {**names, key: [code, code]})
    assert f"{code}, unheard-of" in summary_of(detector, _EN, {**names, key: [code, "unheard-of"]})
    assert f"{code}, 7" in summary_of(detector, _EN, {**names, key: [code, 7]})


@pytest.mark.parametrize(
    ("evidence", "is_said"),
    [
        ({"silent_since": "2026-11-02 17:46", "silent_days": 1}, True),
        ({"silent_since": "2026-11-02 17:46", "silent_days": "1"}, False),
        ({"silent_since": "2026-11-02 17:46"}, False),
        ({"silent_days": 3}, False),
        ({}, False),
    ],
)
def test_a_silence_is_told_where_both_are_known(evidence: dict[str, Any], is_said: bool) -> None:
    """Since when, and for how many days."""
    said = summary_of(load_catalogue()["log-gap"], _EN, {"site_id": "site", **evidence})
    assert ("Its last record is of 2026-11-02 17:46; 1 day has" in said) is is_said
    assert said.startswith("The log of site has a gap of ?")


def test_a_stored_finding_speaks_the_language_of_its_reader() -> None:
    """A rule's by its title; one of a detector that is no more as it was."""
    evidence = {"title": "T", "successes": 0, "told_on": "2026-11-18"}
    rule = make("sigma:1", actor_kind="ip", actor="192.0.2.1", evidence=evidence)
    assert summary_in(rule, "en", ZONE) == (
        "Goes on unchanged as told on 2026-11-18:"
        " T: 60 requests from 192.0.2.1 on site (0 answered)"
    )
    untitled = make("sigma:1", evidence={"title": 7}, summary="as it was")
    assert summary_in(untitled, "en", ZONE) == "as it was"
    assert summary_in(make("gone", summary="as it was"), "en", ZONE) == "as it was"
    ours = summary_in(make(evidence={"observed": 1234, "title": "T"}), "en", ZONE)
    assert ours.startswith("st-1 saw unusually much personal data on site: 1,234")


def test_lengths_of_time_are_in_days_hours_and_minutes() -> None:
    """Nobody counts 1,554 minutes."""
    detector = load_catalogue()["log-gap"]
    for minutes, text in ((1554, "1 day 1 h 54 min"), (1445, "1 day 5 min"), (125.4, "2 h 5 min")):
        names = {"site_id": "site", "observed": minutes, "unit": "minutes"}
        assert summary_of(detector, _EN, names).startswith(f"The log of site has a gap of {text} (")


def test_minutes_of_evidence_are_lengths_of_time_in_sentences_and_in_words_of_codes() -> None:
    """Nor does anybody count them where a detector gives them under another name."""
    travel = load_catalogue()["impossible-travel"]
    names = {"gap_minutes": 1554, "actor": "st-1", "countries": ["JP"], "site_id": "site"}
    assert "within 1 day 1 h 54 min (" in summary_of(travel, _EN, names)
    errors = load_catalogue()["server-error-spike"]
    (key,) = (key for key, codes in errors.codes.items() if "over_within_minutes" in codes)
    said = code_in_words(_EN, errors, key, "over_within_minutes", {"minutes": 90})
    assert said == "over within 1 h 30 min"


def test_a_size_that_the_log_does_not_have_is_left_out() -> None:
    """`?` bytes say nothing; with a size the sentence has it."""
    detector = load_catalogue()["mass-export"]
    names: dict[str, Any] = {
        "actor": "st-1",
        "site_id": "main",
        "event_count": 292,
        "first_seen": "09:00",
        "last_seen": "17:00",
    }
    text = summary_of(detector, _EN, {**names, "export_bytes": None})
    assert text == "st-1 exported personal data on main (292 times, 09:00 to 17:00)"
    text = summary_of(detector, _EN, {**names, "export_bytes": 4096})
    assert text == "st-1 exported personal data on main (292 times, 4,096 bytes, 09:00 to 17:00)"
