"""Texts as a server would read them: the characters, and where each was logged."""

from itertools import pairwise
from urllib.parse import quote, unquote

import pytest

from pipelines.privacy.decode import View, best_decoding, folded, kanji_of, plain, readable, views
from tests.privacy.corpus import cases

_FILES = ("personal_values.txt", "look_alikes.txt", "further_values.txt", "further_look_alikes.txt")
_KANJI = "\x1b$B;3ED\x1b(B"


def _places(view: View) -> list[int]:
    return [view.source(place) for place in range(len(view.text) + 1)]


@pytest.mark.parametrize("name", _FILES)
def test_each_character_knows_where_it_was_logged(name: str) -> None:
    """Of every text of the corpus: from left to right, the end at the end of the text."""
    for case in cases(name):
        for view in views(case.text):
            places = _places(view)
            assert places == sorted(places)
            assert (places[0], places[-1]) == (0, len(case.text))
            firsts = [view.place(place) for place in places]
            assert all(first <= at for at, first in enumerate(firsts))
            assert [view.source(first) for first in firsts] == places


@pytest.mark.parametrize("name", _FILES)
def test_percent_encoded_utf_8_is_read_as_everybody_reads_it(name: str) -> None:
    """Once per look, and each character from its own stretch of the text."""
    compared = 0
    for case in cases(name):
        read = unquote(case.text, errors="surrogateescape")
        if not read.isprintable() or any("\ud800" <= one < "\ue000" for one in read):
            continue
        if "\\" in case.text or "%u" in case.text or read == case.text:
            continue
        compared += 1
        view = views(case.text)[1]
        assert view.text == read
        places = _places(view)
        pieces = [case.text[a:b] for a, b in pairwise(places)]
        assert [unquote(piece) for piece in pieces] == list(read)
    assert compared >= 30


@pytest.mark.parametrize(("times", "left"), [(1, "A"), (4, "A"), (5, "%41"), (6, "%2541")])
def test_a_text_is_decoded_four_times(times: int, left: str) -> None:
    """What was encoded more often stays encoded."""
    text = f"x=%{'25' * (times - 1)}41!"
    found = views(text)
    assert found[-1].text == f"x={left}!"
    assert len(found) == 1 + min(times, 4)
    assert _places(found[-1])[-2:] == [len(text) - 1, len(text)]


@pytest.mark.parametrize(
    "text", ["", "plain", "100%", "50%-off", "%4", "%zz", "a\\b", "\\x4", "%u5c7"]
)
def test_what_is_not_encoded_is_read_as_it_is(text: str) -> None:
    """There is one look at it, and each character stands where it stands."""
    assert views(text) == [View(text)]
    assert _places(View(text)) == list(range(len(text) + 1))
    assert [View(text).place(at) for at in range(len(text))] == list(range(len(text)))


@pytest.mark.parametrize(
    ("text", "read", "places"),
    [
        ("%41b", "Ab", [0, 3, 4]),
        ("b%41%42", "bAB", [0, 1, 4, 7]),
        ("a%20b%21", "a b!", [0, 1, 4, 5, 8]),
        ("\\x41b", "Ab", [0, 4, 5]),
        ("a=\\x41&b", "a=A&b", [0, 1, 2, 6, 7, 8]),
        ("\\u5c71x", "山x", [0, 6, 7]),
        ("%u5c71%u7530", "山田", [0, 6, 12]),
        ("\\ud7ff\\ud800\\udfff\\ue000", "\ud7ff\ufffd\ufffd\ue000", [0, 6, 12, 18, 24]),
        ("%E5%B1%B1-x", "山-x", [0, 9, 10, 11]),
        ("a%E5%B1%B1b%41", "a山bA", [0, 1, 10, 11, 14]),
        ("%8eR%93c", "山田", [0, 4, 8]),
        ("山%41田", "山A田", [0, 1, 4, 5]),
        ("山&%E7%94%B0", "山&田", [0, 1, 2, 11]),
        ("a=%8eR&b=%E5%B1%B1", "a=山&b=山", [0, 1, 2, 6, 7, 8, 9, 18]),
        ("%E5%B1%B1/%8eR,%BB%B3", "山/山,山", [0, 9, 10, 14, 15, 21]),
        ("x%81!%81!y", "x\x81!\x81!y", [0, 1, 4, 5, 8, 9, 10]),
        ("\\x81!", "\x81!", [0, 4, 5]),
    ],
)
def test_escapes_of_all_kinds_are_read(text: str, read: str, places: list[int]) -> None:
    """Word by word, as each may be in another encoding; each character where its escape begins."""
    view = views(text)[1]
    assert (view.text, _places(view)) == (read, places)


def test_places_are_those_in_the_text_as_logged_at_each_level() -> None:
    """However often it was encoded, in ASCII or not."""
    for read in ("a b", "山 b", "山&田"):
        text = "x=" + quote(quote(quote(read, safe=""), safe=""), safe="")
        last = views(text)[-1]
        assert last.text == f"x={read}"
        sizes = [len(quote(quote(quote(one, safe=""), safe=""), safe="")) for one in read]
        expected = [0, 1, *(2 + sum(sizes[:count]) for count in range(len(read) + 1))]
        assert _places(last) == expected


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp"])
@pytest.mark.parametrize("text", ["山田太郎", "山田ハナコ、", "東京都港区1-1", "〒100"])
def test_the_codec_of_japanese_is_found(codec: str, text: str) -> None:
    """Of the three that servers and forms use."""
    assert best_decoding(text.encode(codec)) == (text, codec)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"abc", ("abc", "utf-8")),
        (b"\x81!", ("\x81!", "latin-1")),
        (b"\xb1\xb2\xb3", ("ｱｲｳ", "cp932")),
        (b"\xc5\xc4", ("田", "euc_jp")),
        (b"\x8e\x52", ("山", "cp932")),
    ],
)
def test_bytes_of_one_codec_alone_are_of_that(content: bytes, expected: tuple[str, str]) -> None:
    """Half-width kana only where EUC-JP reads nothing, and byte by byte where nobody does."""
    assert best_decoding(content) == expected


@pytest.mark.parametrize(
    ("text", "read", "places"),
    [
        (_KANJI, "山田", [0, 5, 10]),
        (f"a{_KANJI}b", "a山田b", [0, 1, 6, 11, 12]),
        (f"{_KANJI}-{_KANJI}", "山田-山田", [0, 5, 10, 11, 16, 21]),
        ("\x1b$@;3", "山", [0, 5]),
        ("\x1b$B;3!", "山!", [0, 5, 6]),
        ("\x1b$B~~\x1b(B", "\ufffd", [0, 8]),
    ],
)
def test_iso_2022_jp_is_read_pair_by_pair(text: str, read: str, places: list[int]) -> None:
    """What switches to it belongs to the first character, what switches back to the last."""
    *_, before, last = views(text)
    assert before.text == text
    assert (last.text, _places(last)) == (read, places)


def test_an_escape_that_switches_to_nothing_stays() -> None:
    """Only Japanese of two signs is read."""
    assert [view.text for view in views("\x1b[0m;3")] == ["\x1b[0m;3"]
    encoded = f"x={quote(_KANJI)}"
    assert [view.text for view in views(encoded)] == [encoded, f"x={_KANJI}", "x=山田"]
    assert _places(views(encoded)[-1])[:3] == [0, 1, 2]
    assert (kanji_of(";3"), kanji_of("~~")) == ("山", "\ufffd")


def test_dashes_and_full_width_signs_are_folded_one_by_one() -> None:
    """So that each stays in its place: what is of another length in NFKC is left alone."""
    wide = "０９０－１２３４ー！～Ａ\u3000\u00a0㈱"
    assert folded(wide) == "090-1234-!-A  ㈱"
    assert len(folded(wide)) == len(wide)
    assert folded("090-1") == "090-1"
    edge = [chr(code) for code in (0xFF01, 0xFF5D, 0xFF00, 0xFF5F)]
    assert folded("".join(edge)) == f"!}}{edge[2]}{edge[3]}"


def test_what_people_read_has_spaces_for_plus_and_none_around() -> None:
    """In NFKC, and decoded to the end where it was not."""
    assert readable("+a+b ") == "a b"
    assert readable(" ＡＢ+ｱ ") == "AB ア"
    assert plain("a+%2B%2541") == "a  A"
    assert plain("%EF%BC%A1%20") == "A"
