"""Words that tell a value: those before it, those of special care, those of an attack."""

import polars as pl
import pytest

from pipelines.privacy import persons
from pipelines.privacy.attack import attack_in, lower
from pipelines.privacy.names import Names
from pipelines.privacy.prefilter import Prefilter, ids
from pipelines.privacy.redact import Redactor
from pipelines.privacy.special_care import STEMS, is_answer, may_say, places
from pipelines.privacy.word_before import path_words, text_words
from pipelines.settings.model import Redaction

_NAMES = Names(Redaction())


@pytest.mark.parametrize(
    ("text", "in_notes", "found"),
    [
        ("", False, []),
        ("asthma", False, []),
        ("asthma", True, ["asthma"]),
        ("xasthma", True, []),
        ("Diagnosed With Asthma, x", False, ["Diagnosed With Asthma"]),
        ("diagnosed with asthma", True, ["diagnosed with asthma", "asthma"]),
        ("糖尿病です", False, ["糖尿病です"]),
        ("糖尿病とは", False, []),
        ("糖尿病とは", True, ["糖尿病"]),
        ("hello", True, []),
    ],
)
def test_special_care_is_a_statement_or_a_word_in_notes(
    text: str, in_notes: bool, found: list[str]
) -> None:
    """In any case of its letters; a word alone is what people search for."""
    assert [text[a:b] for a, b in places(text, lambda _: in_notes)] == found


def test_each_place_is_asked_whether_it_is_in_notes() -> None:
    """One word can be and another not."""
    text = "asthma hepatitis asthma"
    assert list(places(text, lambda place: place == 7)) == [(7, 16)]


def test_every_word_of_special_care_is_worth_a_look() -> None:
    """A condition, and what is in each statement."""
    assert [word for word in STEMS if not may_say(f"x {word.upper()} y")] == []
    assert not may_say("hello world")
    assert [is_answer(text) for text in ("Asthma", "i am buddhist", "糖尿病", "x")] == [
        *(True, True, True, False)
    ]


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("hello", None),
        ("it's", None),
        ("x' or 1=1", 1),
        ("x UNION SELECT y", 2),
        ("x union\u017felect", None),
        ("<script>", 0),
        ("a;wget x", 1),
        ("r_r", None),
        ("__class__", 0),
        ("rO0AB", 0),
        ("javaſcript:x", 0),
    ],
)
def test_an_attack_begins_somewhere_in_a_value(value: str, at: int | None) -> None:
    """In any case of its letters, and of those that pass for them."""
    found = attack_in(value)
    assert (found and found.start()) == at
    assert len(lower(value)) == len(value)


def test_an_attack_is_looked_for_in_another_spelling() -> None:
    """Of the same length, with ASCII in place of full-width signs."""
    found = attack_in("x＇--", "x'--")
    assert found is not None
    assert found.start() == 1
    assert attack_in("x＇--") is None


def test_words_are_found_as_they_are_logged() -> None:
    """In all encodings; where their kinds are off, nothing is looked for."""
    prefilter = Prefilter(_NAMES)
    texts = ["/name/x", "口座番号1234567", "%8C%FB%8D%C0%94%D4%8D%861234567", "/a", None, ""]
    assert prefilter.are_in(pl.Series(texts)).to_list() == [True, True, True, False, False, False]
    assert prefilter.are_in(pl.Series([], dtype=pl.String)).to_list() == []
    assert "口座番号" in text_words(are_loose=False)
    assert "name" in path_words()


def test_long_ids_are_no_numbers_of_persons_in_bulk() -> None:
    """Where the names of ids are given; what stands beside them is looked at all the same."""
    prefilter = Prefilter(_NAMES)
    texts = pl.Series(["gclid=4111111111111111&a=1", "gclid=4111111111111111&z=0312345678", "a=1"])
    assert prefilter.are_in(texts).to_list() == [True, True, False]
    assert prefilter.are_in(texts, ids(_NAMES)).to_list() == [False, True, False]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/pa\u017f\u017fword/a1b2c3", "/pa\u017f\u017fword/[password]"),
        ("driver's licen\u017fe 301234567890", "driver's licen\u017fe [driving_licence]"),
        ("/vin/GP5-1234567", "/vin/[vehicle_number]"),
        ("calvin TK1234567", "calvin TK1234567"),
    ],
)
def test_words_before_a_value_are_known_in_any_letters(text: str, masked: str) -> None:
    """A letter that passes for one of ASCII where case does not count: nothing fails by it."""
    assert Redactor(Redaction()).text(text)[0] == masked


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("/customers/Satoh/Hanako", ["Satoh", "Hanako"]),
        ("/customers/hanako/satou", ["hanako", "satou"]),
        ("/blog/sato/hanako", []),
        ("/users/sato/menu", []),
        ("/users/sato/edit", []),
        ("/x/山田太郎.pdf", ["山田太郎"]),
        ("/x/山田/太郎/山田/太郎", ["山田", "太郎", "山田", "太郎"]),
        ("/area/石川/金沢", []),
        ("/会員/石川/遼", ["石川", "遼"]),
        ("/会員/規約/改定", []),
        ("/福島第一", []),
        ("担当の山田 太郎様、奥様", ["山田 太郎"]),
        ("様", []),
        ("株式会社田中様", ["田中"]),
        ("石川さまざま", []),
        ("相沢さん 模様 仕様", ["相沢"]),
        ("蛯沢様", ["蛯沢"]),
        ("日本様", []),
    ],
)
def test_names_are_told_by_paths_and_titles(text: str, names: list[str]) -> None:
    """Family names that are known, and others of two letters before a title."""
    assert [text[a:b] for a, b in persons.places(text)] == names
