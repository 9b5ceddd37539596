"""JSON in base64: the characters in it, and where the letters that hold them stand."""

import base64
import json

import pytest

from pipelines.privacy.base64_json import base64_views
from pipelines.privacy.decode import View
from pipelines.privacy.names import Names
from pipelines.privacy.scan import Scanner
from pipelines.settings.model import Redaction

_SCANNER = Scanner(Names(Redaction()), frozenset())


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("more", ["", "x", "xy", "xyz", "山", "山田x", "é", "é?>~", "\x80"])
@pytest.mark.parametrize("before", ["", "d=", "d=1&e="])
def test_what_is_coded_is_read_with_its_places(before: str, more: str) -> None:
    """Each character from the letter that holds its first bit, what ends a value from behind it."""
    content = json.dumps({"a": more + "xyz"}, ensure_ascii=False)
    text = before + _coded(content)
    (view,) = base64_views(View(text))
    assert view.text == content
    bits = 0
    for at, sign in enumerate(content):
        letter = -(-8 * bits // 6) if sign in '",} ' else 8 * bits // 6
        assert view.source(at) == len(before) + letter, (at, sign)
        bits += len(sign.encode())
    assert view.source(len(content)) == len(text.rstrip("="))


def test_letters_of_both_alphabets_are_read() -> None:
    """As in URLs, and a plus that became a space."""
    content = '{"a":"~~~???>>>"}'
    letters = _coded(content).rstrip("=")
    assert "+" in letters or "/" in letters
    for spelled in (
        letters,
        letters.translate(str.maketrans("+/", "-_")),
        letters.replace("+", " "),
    ):
        assert [view.text for view in base64_views(View(f"d={spelled}&e=1"))] == [content]


def test_what_is_left_of_a_cut_text_is_read() -> None:
    """However many letters are left; one alone holds no character."""
    letters = _coded('{"a":"xyz","b":1}')
    for size in range(12, 20):
        (view,) = base64_views(View(letters[:size]))
        assert view.text == '{"a":"xyz","b":1}'[: size * 6 // 8]
        assert view.source(len(view.text)) == size - (size % 4 == 1)


@pytest.mark.parametrize("text", ["", "hello", "eyJhIjo.eyJh", "x" + _coded('{"a":"xyz"}')])
def test_what_does_not_begin_as_json_does_is_left(text: str) -> None:
    """Words, and tokens in which a point follows."""
    assert list(base64_views(View(text))) == []


def test_only_the_letters_of_a_value_are_masked() -> None:
    """In JSON in base64 as in JSON; an attack in it is none of its values."""
    text = _coded('{"page":12,"tel":"03-1234-5678","x":1}')
    masked, kinds = _SCANNER.mask(f"d={text}", "url_query")
    assert kinds == {"phone"}
    first, _, last = masked.removeprefix("d=").partition("[phone]")
    assert base64.b64decode(first[: len(first) // 4 * 4]).startswith(b'{"page":12,"tel":')
    assert text.startswith(first)
    assert text.endswith(last)
    attack = _coded('{"password":"x\' or 1=1--"}')
    assert _SCANNER.mask(f"d={attack}", "url_query") == (f"d={attack}", set())
