"""Where what is judged of a text of the web ends: rounds, shares, counts, weights."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.detect.web.decode import decoded
from pipelines.detect.web.judge import MIXED, Verdict, _verdict, judge
from pipelines.detect.web.match import Hit, _sets
from pipelines.detect.web.signatures import STRONG, Place, Signature, example_uri
from pipelines.detect.web.units import Unit, units
from pipelines.detect.web.views import BORDER, views
from pipelines.text.base64_text import ENCODED, encoded_texts


@pytest.mark.parametrize(
    ("families", "is_attack"),
    [
        ({}, False),
        ({"a": STRONG - 1}, False),
        ({"a": STRONG}, True),
        ({"a": STRONG - 1, "b": MIXED - STRONG}, False),
        ({"a": STRONG - 1, "b": MIXED - STRONG + 1}, True),
        ({"a": 2, "b": 2, "c": 2}, False),
        ({"a": 3, "b": 2, "c": 2}, True),
    ],
)
def test_one_family_is_an_attack_or_the_hints_of_several(
    families: dict[str, int], is_attack: bool
) -> None:
    """From their weights on."""
    assert Verdict(families).is_attack is is_attack


def test_a_signature_counts_once_with_its_largest_weight() -> None:
    """Signatures of a family add up; the same name in another family is another one."""
    hits = [
        Hit("a", "x", 1),
        Hit("a", "x", 4),
        Hit("a", "x", 2),
        Hit("a", "y", 1),
        Hit("b", "x", 3),
    ]
    assert _verdict(hits) == Verdict({"a": 5, "b": 3}, ("x", "x", "y"))


@pytest.mark.parametrize(
    ("logged", "readings"),
    [
        ("a%c0%afx", ["a/x"]),
        ("a%c1%9cx", ["a\\x"]),
        ("a%c0%80x", ["a\x00x"]),
        ("a%c1%bfx", ["a\x7fx"]),
        ("a%e0%80%afx", ["a/x"]),
        ("a%e0%81%9cx", ["a\\x"]),
        ("a%c0./x", ["a./x"]),
        ("a%c0%2562x", ["a/x"]),
    ],
)
def test_overlong_forms_of_ascii(logged: str, readings: list[str]) -> None:
    """In two bytes and three; with a second byte that is none, or that is an escape."""
    assert decoded(logged, is_form=False)[1:] == readings


@pytest.mark.parametrize(
    ("logged", "read"),
    [
        (r"\x7f", "\x7f"),
        (r"\x80", "\x80"),
        (r"\x41\u0042\u{43}", "abc"),
        (r"\u{10ffff}", "\U0010ffff"),
        (r"\u{110000}", "\ufffd"),
        (r"\ud7ff", "\ud7ff"),
        (r"\ud800", "\ufffd"),
        (r"\udfff", "\ufffd"),
        (r"\ue000", "\ue000"),
        ("%u0041", "a"),
        ("&#65;&#x42&lt;&quot", 'ab<"'),
        ("it\u00b4s", "it's"),
        ("a\u3002b", "a.b"),
        ("a\u3002", "a\u3002"),
        ("a%A0b", "a b"),
        ("%zz%2", "%zz%2"),
        ("", ""),
    ],
)
def test_characters_by_their_codes(logged: str, read: str) -> None:
    """Those that are none are shown as such."""
    assert decoded(logged, is_form=False) == [read]


@pytest.mark.parametrize(("times", "read"), [(1, "'"), (4, "'"), (5, "%27"), (6, "%2527")])
def test_encoding_is_undone_four_times(times: int, read: str) -> None:
    """What is encoded more often is read as far as that."""
    logged = "'"
    for _ in range(times):
        logged = logged.replace("%", "%25").replace("'", "%27")
    assert decoded(logged, is_form=False) == [read]


@pytest.mark.parametrize(
    ("pairs", "is_read"), [("$3$l", True), ("$3<h", True), ("<h$3", True), ("$3<h<h", False)]
)
def test_characters_of_iso_2022_jp_are_read_where_half_are_kana(pairs: str, is_read: bool) -> None:
    """Else the signs stay as they are."""
    text = f"\x1b$B{pairs}\x1b(B"
    (found,) = decoded(text, is_form=False)
    assert (found == text.lower()) is not is_read
    assert (len(found) == len(pairs) // 2) is is_read


@pytest.mark.parametrize(("depth", "is_read"), [(1, True), (12, True), (13, False)])
def test_look_ups_within_look_ups_are_filled_in_twelve_deep(depth: int, is_read: bool) -> None:
    """More than anybody has sent; a text made to be slow is left."""
    text = "j"
    for _ in range(depth):
        text = f"${{lower:{text}}}"
    assert (views(f"{text}ndi").split(BORDER)[-1] == "jndi") is is_read


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("a+b", "a b"),
        ("a b+|c", "a b |c"),
        ("a /* b */ c */ d", "a   c   d"),
        ("a/*!union*/b", "a union b"),
        ("a#b\rc--d\re", "a c e"),
        ("x${env:y}", None),
        ("${upper:j}", "j"),
        ("${env:a:-j}", "j"),
        ("a\u200bb", "ab"),
        ("'a'||'b'", "'ab'"),
    ],
)
def test_views_of_a_text(text: str, view: str | None) -> None:
    """As each language reads it; a look-up of what is not known stays."""
    found = views(text).split(BORDER)
    assert found[0] == text
    if view is None:
        assert all("env:y" in one for one in found)
    else:
        assert " ".join(view.split()) in {" ".join(one.split()) for one in found}


def _told(octets: bytes) -> list[str]:
    return list(encoded_texts(base64.b64encode(octets).decode()))


def test_base64_is_read_as_far_as_it_is_text() -> None:
    """A word of nine characters, or seven with padding; fifteen with something else around them."""
    assert _told(b"\xfe\x01\x80/etc/passwd;ls -la\xff\x00\x90") == ["/etc/passwd;ls -la"]
    assert _told(b"\xfe\x01\x80/etc/passwd;\xff\x00\x90") == []
    assert _told(b"/etc/passwd;l") == ["/etc/passwd;l"]
    assert _told(b"cmd.exe\n\t\r~ ") == ["cmd.exe\n\t\r~ "]
    assert _told(b"cmd.exe") == ["cmd.exe"]
    assert _told(b"runner") == []
    assert _told("山田太郎様".encode()) == []


def test_base64_of_utf_16_is_read_without_its_zeros() -> None:
    """Of eight characters at least."""
    assert _told("powershell".encode("utf-16-le")) == ["powershell"]
    assert _told("iex x".encode("utf-16-le")) == []


@pytest.mark.parametrize("more", ["", "A", "AB", "ABC", "ABCD", "A=", "%41"])
def test_base64_of_any_length_is_read(more: str) -> None:
    """Letters that make no byte are left out."""
    for text in (b"powershell -e", "powershell".encode("utf-16-le")):
        letters = base64.b64encode(text).decode().rstrip("=") + more
        assert all("power" in one for one in encoded_texts(letters))


def test_base64_is_read_within_base64_once() -> None:
    """As attacks are sent, and no deeper."""
    inner = base64.b64encode(b"/etc/passwd;ls")
    assert _told(inner) == [inner.decode(), "/etc/passwd;ls"]
    assert _told(base64.b64encode(inner)) == [base64.b64encode(inner).decode(), inner.decode()]


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 4, 5])
def test_base64_is_read_from_any_place_of_its_group(cut: int) -> None:
    """Where letters before it are lost; what they spoil is left out."""
    letters = base64.b64encode(b"abcdef/etc/passwd;ls -la").decode().rstrip("=")[cut:]
    (found,) = encoded_texts(letters)
    assert found.endswith("/etc/passwd;ls -la")
    assert "abcdef".endswith(found.removesuffix("/etc/passwd;ls -la"))
    assert list(encoded_texts(letters.replace("/", "_").replace("+", "-"))) == [found]


def test_parameters_are_judged_one_by_one_up_to_two_hundred() -> None:
    """Behind them the rest is one unit; each text counts once."""
    query = "&".join(f"a{number}=x{number}" for number in range(202))
    found = [unit.text for unit in units(Place.QUERY, query)]
    assert len(found) == 201
    assert "a199=x199" in found[199]
    assert "x200" in found[200]
    assert "a201=x201" in found[200]
    assert len(list(units(Place.QUERY, "a=x&a=x&b=x"))) == 2


def test_the_units_of_each_place() -> None:
    """A path is one, of a referrer its address and what its query has."""
    assert [unit.text for unit in units(Place.PATH, "/a?b")] == ["/a?b"]
    assert len(list(units(Place.REFERRER, "https://x.example/"))) == 1
    found = list(units(Place.REFERRER, "https://x.example/?q=a+b&c"))
    assert [unit.text.partition(BORDER)[0] for unit in found] == ["https://x.example/", "a b", "c"]
    assert [unit.is_prose for unit in found] == [False, True, False]
    kinds = {
        unit.text.partition(BORDER)[0]: (unit.is_prose, unit.is_formula)
        for unit in units(Place.QUERY, "q=1&filter=2&id=3&$filter=4&where[a]=5&utm_x=6")
    }
    assert kinds == {
        "1": (True, False), "2": (True, True), "3": (False, False), "4": (True, True),
        "5": (True, True), "6": (True, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_worded"),
    [
        ("ab cd (", False),
        ("abc cd (", True),
        ("ab cd ((ab abcd", False),
        ("ab cd ((ab abcde", True),
        ("/ab cd", False),
        ("c:/ab cd", False),
        ("abcd", False),
        ("ab c", False),
    ],
)
def test_words_have_one_sign_in_eight_characters_at_most(text: str, is_worded: bool) -> None:
    """And begin like words; the value alone is looked at, not its other readings."""
    assert Unit(text, is_prose=True).is_worded() is is_worded
    assert Unit(f"{text}{BORDER}((((((((", is_prose=True).is_worded() is is_worded
    assert Unit(text, is_prose=True, is_formula=True).is_worded()


def test_a_sentence_is_worded_in_any_field_and_a_question_in_those_for_words() -> None:
    """Two words alone are not."""
    assert Unit("this is what we have seen").is_worded()
    assert not Unit("ab cd").is_worded()
    assert Unit("how sleep works", is_prose=True).is_question()
    assert not Unit("how sleep works").is_question()
    assert not Unit("sleep works", is_prose=True).is_question()


@pytest.mark.parametrize(
    ("lengths", "sets"),
    [
        ([], []),
        ([1], [(0, 1)]),
        ([1] * 8, [(0, 8)]),
        ([1] * 9, [(0, 8), (8, 1)]),
        ([1] * 17, [(0, 8), (8, 8), (16, 1)]),
        ([7_000, 7_000], [(0, 2)]),
        ([7_000, 7_001], [(0, 1), (1, 1)]),
        ([1, 14_000, 1], [(0, 1), (1, 1), (2, 1)]),
    ],
)
def test_automata_are_of_few_patterns(lengths: list[int], sets: list[tuple[int, int]]) -> None:
    """Eight, or 14,000 characters; each pattern is in one of them."""
    patterns = ["x" * length for length in lengths]
    assert [(first, len(some)) for first, some in _sets(patterns)] == sets


@pytest.mark.parametrize(
    ("weight", "is_right"), [(0, False), (1, True), (10, True), (11, False), (-1, False)]
)
def test_weights_are_from_one_to_ten(weight: int, is_right: bool) -> None:
    """One of none would find nothing."""
    values: dict[str, Any] = {
        "id": "a", "pattern": "x", "weight": weight, "why": "", "example": "", "near_miss": "",
    }  # fmt: skip
    if is_right:
        one = Signature(**values)
        assert (one.hint_in_prose, one.hint_in_words, one.in_question) == (False, False, False)
    else:
        with pytest.raises(ValidationError):
            Signature(**values)


@pytest.mark.parametrize(
    ("text", "targets", "uri"),
    [
        ("/a?b=c", (Place.QUERY,), "/a?b=c"),
        ("a b", (Place.QUERY,), "/?q=a%20b"),
        ("a/b[]", (Place.QUERY, Place.PATH), "/?q=a%2Fb[]"),
        ("a b", (Place.PATH,), "a b"),
    ],
)
def test_an_example_is_a_target_or_the_value_of_a_parameter(
    text: str, targets: tuple[Place, ...], uri: str
) -> None:
    """A whole one begins with a slash, or is looked at as a path alone."""
    assert example_uri(text, targets) == uri


def test_the_parts_of_a_target_are_judged_each_as_what_it_is() -> None:
    """Path before the first question mark, query behind it, line ends and all."""
    assert judge("/a\n?x='+or+1=1--", None, None).is_attack
    assert judge("/.env?x", None, None).families == judge("/.env", None, None).families
    assert judge("/?x=1&y=2", None, None) == Verdict()
    assert ENCODED not in decoded("abc", is_form=False)[0]
