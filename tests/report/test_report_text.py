"""Hostile text made visible, and the report's two languages."""

import datetime as dt
import string
import unicodedata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.text.display import is_deceptive, visible
from pipelines.text.words import Sentence, Words, sentences

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/path?q=1", "/path?q=1"),
        ("個人データ、ＡＢ　が", "個人データ、ＡＢ　が"),
        ("naïve café", "naïve café"),
        ("a\u202eb", "a‹U+202E›b"),
        ("\x00\x1b[31m\r\n\t", "‹U+0000›‹U+001B›[31m‹U+000D›‹U+000A›‹U+0009›"),
        ("zero\u200bwidth\ufeff", "zero‹U+200B›width‹U+FEFF›"),
        ("\u3164blank\u00a0", "‹U+3164›blank‹U+00A0›"),
        ("\ud800", "‹U+D800›"),
        ("e\u0301\u0302\u0303\u0304", "e\u0301\u0302‹U+0303›‹U+0304›"),
        ("\U000e0041", "‹U+E0041›"),
    ],
)
def test_deceiving_characters_are_shown_and_others_kept(text: str, shown: str) -> None:
    """Controls, overrides, blanks and piles of marks are named; ordinary text is not touched."""
    assert visible(text) == shown


@settings(deadline=None)  # no test depends on the machine's speed
@given(st.text())
def test_nothing_invisible_is_left_and_showing_twice_changes_nothing(text: str) -> None:
    """Whatever comes in, no control, format or surrogate character goes out."""
    shown = visible(text)
    assert {unicodedata.category(one) for one in shown}.isdisjoint(
        {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    assert visible(shown) == shown
    shown.encode("utf-8")


def test_a_character_is_kept_unless_it_deceives() -> None:
    """Also within the ranges that are known to be plain; of marks, three upon each other do."""
    for number in range(0x10000):
        character = chr(number)
        is_mark = unicodedata.category(character) in {"Mn", "Me"}
        kept = visible(character * 3) == character * 3
        assert kept == (not is_mark and not is_deceptive(character)), hex(number)


def test_long_text_is_cut_with_a_sign() -> None:
    """The limit counts the sign that something is missing."""
    assert visible("abcdef", 4) == "abc…"
    assert visible("abcd", 4) == "abcd"


def test_both_languages_have_the_same_sentences() -> None:
    """No key stands in one language only."""
    assert sentences("ja").keys() == sentences("en").keys()


def test_both_languages_fill_the_same_places() -> None:
    """A sentence takes the same values in both; dates alone differ in how they name a month."""
    for key, sentence in sentences("ja").items():
        if not key.startswith("date."):
            assert _places(sentence) == _places(sentences("en")[key]), key


def test_japanese_sentences_are_japanese_and_english_ones_are_not() -> None:
    """No sentence was left in the other language."""
    for key, sentence in sentences("en").items():
        if key.startswith("work.language."):  # each language by its own name
            continue
        assert not any(character > "\u2fff" for character in str(sentence)), key
    same = {
        key
        for key, sentence in sentences("ja").items()
        if sentence == sentences("en")[key]
        and any(one.isalpha() for one in _bare(sentence))
        and not key.startswith("work.language.")
    }
    assert same == {"finding.attack", "sites.client_errors", "sites.server_errors"}


def test_counts_choose_the_form_of_a_sentence() -> None:
    """English says one person and two people, Japanese needs one form."""
    english, japanese = Words("en", TOKYO), Words("ja", TOKYO)
    assert english("finding.subjects", n=1) == "1 person"
    assert english("finding.subjects", n=12_345) == "12,345 people"
    assert japanese("finding.subjects", n=1) == "1 人分"


def test_an_unknown_sentence_is_a_mistake() -> None:
    """A misspelt key does not pass as text."""
    with pytest.raises(KeyError):
        Words("ja", TOKYO)("verdict.act_nwo")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1_234_567, "1,234,567"),
        (22.14, "22.1"),
        (3.14159, "3.14"),
        (1234.5, "1,234"),
        (0.00042, "0.0004"),
        (5.0, "5"),
    ],
)
def test_numbers_have_separators_and_only_worthy_decimals(value: float, text: str) -> None:
    """Thousands are set apart and false precision is dropped."""
    assert Words("ja", TOKYO).number(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "–"),
        (0, 10, "0%"),
        (1, 1000, "<1%"),
        (999, 1000, ">99%"),
        (10, 10, "100%"),
        (1, 3, "33%"),
    ],
)
def test_shares_never_round_to_none_or_all(part: int, whole: int, text: str) -> None:
    """A share that is not nothing, and not the whole, does not read so."""
    assert Words("ja", TOKYO).percent(part, whole) == text


def test_times_are_local_and_spans_say_the_date_once() -> None:
    """Instants are shown in the configured zone whatever zone they come in."""
    words = Words("ja", TOKYO)
    first = dt.datetime(2026, 11, 22, 15, 30, tzinfo=dt.UTC)
    assert words.moment(first) == "11/23 00:30"
    assert words.span(first, first + dt.timedelta(minutes=40)) == "11/23 00:30–01:10"
    assert words.span(first, first + dt.timedelta(days=1)) == "11/23 00:30 – 11/24 00:30"
    assert words.span(first, first) == "11/23 00:30"


def test_days_carry_their_weekday() -> None:
    """Dates are in the language's own order, with the weekday."""
    day = dt.date(2026, 11, 23)
    assert Words("ja", TOKYO).long_day(day) == "2026年11月23日（月）"
    assert Words("en", TOKYO).long_day(day) == "Mon, 23 November 2026"
    assert Words("ja", TOKYO).zone_name(day) == "Asia/Tokyo (UTC+09:00)"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (dt.timedelta(minutes=4), "4 分"),
        (dt.timedelta(hours=2, minutes=4), "2 時間 4 分"),
        (dt.timedelta(hours=3), "3 時間"),
        (dt.timedelta(days=3, hours=2, minutes=9), "3 日 2 時間 9 分"),
        (dt.timedelta(days=3, minutes=9), "3 日 9 分"),
        (dt.timedelta(days=34), "34 日"),
        (dt.timedelta(seconds=-5), "0 分"),
        (dt.timedelta(hours=-2, minutes=-4), "-2 時間 4 分"),
    ],
)
def test_durations_are_in_days_hours_and_minutes(length: dt.timedelta, text: str) -> None:
    """Minutes are the smallest unit; what is none is left out."""
    assert Words("ja", TOKYO).duration(length) == text


def test_countries_have_names_and_unknown_codes_stay() -> None:
    """ISO codes get the language's name."""
    assert Words("ja", TOKYO).country("BR") == "ブラジル（BR）"
    assert Words("en", TOKYO).country("jp") == "Japan (JP)"
    assert Words("en", TOKYO).country("Q9") == "Q9"


def _places(sentence: Sentence) -> set[str]:
    forms = [sentence] if isinstance(sentence, str) else list(sentence.values())
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


def _bare(sentence: Sentence) -> str:
    form = sentence if isinstance(sentence, str) else sentence["other"]
    return "".join(text for text, *_ in string.Formatter().parse(form))
