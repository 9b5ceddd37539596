"""Even queries by their names alone, and values that no rule knows: at the edge of each."""

from unittest.mock import patch

import polars as pl
import pytest

from pipelines.privacy.claims import Claims
from pipelines.privacy.decode import View, folded, views
from pipelines.privacy.names import Names
from pipelines.privacy.redact import Redactor
from pipelines.privacy.scan import Scanner
from pipelines.privacy.unnamed import UnnamedValues
from pipelines.settings.model import Redaction, RedactionPattern, Resource

_NAMES = Names(Redaction(keep_parameters=("kept",)))
_UNNAMED = UnnamedValues(_NAMES, ("page_of", "区分"))
_SCANNER = Scanner(_NAMES, frozenset())
_STRICT = Scanner(_NAMES, frozenset(), _UNNAMED)

_EVEN = {
    "": None,
    "a": None,
    "a=1": "a=1",
    "tel=03-1234-5678": "tel=[phone]",
    "tel=03-1234-5678&email=taro%40example.jp": "tel=[phone]&email=[email]",
    "tel=": "tel=",
    "tel": None,
    "tel=x": "tel=x",
    "a=12345678901": None,
    "a=123456789": "a=123456789",
    "a=x123456789": "a=x123456789",
    "a=1234567890": None,
    "a=abcdefghijk": "a=abcdefghijk",
    "a=abcdefghijkl": "a=abcdefghijkl",
    "a=abcdefghijkl1": "a=abcdefghijkl1",
    "a=abcdefghijkl12": None,
    "a=b=c": None,
    "a=%2Fshops": "a=%2Fshops",
    "a=%2Fshops&b=%2Fshops": None,
    "a=hello+world": "a=hello+world",
    "a=eyJhbGciOiJub": None,
    "a=AKIAabcdefghijkl": None,
    "a=hello+world+or+1": None,
    "a=diagnosed+with+asthma": None,
    "kept=1": None,
    "memo=hello": None,
    "0=a": None,
    "x1234567890=a": None,
    "x12345678=a": "x12345678=a",
    "name=taro&password=hunter2": "name=[name]&password=[password]",
    "password=%27%20or": None,
    "n" * 32 + "=a": "n" * 32 + "=a",
    "n" * 33 + "=a": None,
    "a=x'": None,
    "a=1&&b=2": None,
    "q=%E6%B0%B4%E6%BC%8F%E3%82%8C": "q=%E6%B0%B4%E6%BC%8F%E3%82%8C",
}


@pytest.mark.parametrize("query", _EVEN)
def test_a_query_is_even_up_to_the_edge_of_its_values(query: str) -> None:
    """What the short way makes of it, None where it leaves it to the careful one."""
    found = _SCANNER._even_queries.mask(query)
    assert (found and found[0]) == _EVEN[query]
    if found is not None:
        with patch.object(_SCANNER._even_queries, "mask", return_value=None):
            assert _SCANNER.mask(query, "url_query") == found


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("zz=hello+world", "zz=[value]"),
        ("q=hello+world", "q=hello+world"),
        ("page_of=hello+world", "page_of=hello+world"),
        ("zz=hello+world&tel=0312345678", "zz=[value]&tel=[phone]"),
        ("zz=hello", "zz=hello"),
    ],
)
def test_words_of_even_queries_are_masked_on_sites_with_resources(query: str, masked: str) -> None:
    """Under a name that is not allowed to show any."""
    assert _STRICT._even_queries.mask(query) == (
        masked,
        {kind for kind in ("value", "phone") if f"[{kind}]" in masked},
    )
    assert _STRICT.mask(query, "url_query")[0] == masked


@pytest.mark.parametrize(
    ("value", "is_shown"),
    [
        ("abcdefghijkl", True),
        ("abcdefghijklm", False),
        ("abcdefghijkl,abcdefghijkl", True),
        ("abcdefghijkl,abcdefghijklm", False),
        ("-abc", True),
        ("--", True),
        (",".join(["a"] * 31), True),
        (",".join(["a"] * 32), False),
        ("2026-01-01T00:00:00Z", True),
        ("1" * 61, True),
        ("1" * 62, False),
        ("/customers/12345/contracts", True),
        ("/" + "a" * 40, True),
        ("/a b", False),
        ("/a?b=1&c=2", True),
        ("山田", False),
        ("", True),
        ("hello world", False),
    ],
)
def test_a_value_tells_nobody_up_to_its_edge(value: str, is_shown: bool) -> None:
    """Short words, numbers, dates and paths of the site."""
    assert _UNNAMED.shows("zz", value) is is_shown
    assert _UNNAMED.shows("q", value)
    assert _UNNAMED.shows("区分[0]", value)


def test_ids_are_shown_up_to_their_longest() -> None:
    """Of things that have ids, and of signs that ids have."""
    assert _UNNAMED.shows("order_id", "a-" * 64)
    assert not _UNNAMED.shows("order_id", "a-" * 64 + "a")
    assert not _UNNAMED.shows("order_id", "hello world")
    assert not _UNNAMED.shows("zz", "a-" * 64)


@pytest.mark.parametrize(
    ("text", "column", "masked"),
    [
        ("zz=one+free+text&yy=two+free+texts", "url_query", "zz=[value]&yy=[value]"),
        ("a&zz=one+free+text#b=two+free+texts", "url_query", "a&zz=[value]#b=two+free+texts"),
        ("zz=one+free+text", "referrer", "zz=one+free+text"),
        ("/a?zz=one+free+text", "referrer", "/a?zz=[value]"),
        ("?zz=one+free+text", "referrer", "?zz=[value]"),
        ("?zz=one+free+text#yy=a+b+c+d+e", "referrer", "?zz=[value]#yy=a+b+c+d+e"),
        ("?#zz=one+free+text", "referrer", "?#zz=one+free+text"),
        ("zz=one+free+text", "url_path", "zz=one+free+text"),
        ("GET /a?zz=one+free+text HTTP/1.1", "text", "GET /a?zz=[value] HTTP/1.1"),
        ('"zz=one+free+text" "yy=two+free+texts"', "text", '"zz=[value]" "yy=[value]"'),
        ("zz=one+free+text&q=any+free+text", "url_query", "zz=[value]&q=any+free+text"),
        ("zz=", "url_query", "zz="),
        ("=one+free+text", "url_query", "=[value]"),
        ("zz=a=b+c+d+e+f", "url_query", "zz=[value]"),
        ("zz=tel%3A03-1234-5678+call", "url_query", "zz=[value][phone][value]"),
    ],
)
def test_a_value_is_masked_where_it_stands(text: str, column: str, masked: str) -> None:
    """In a query, in that of a referrer, in those of a line; behind a # is no query."""
    assert _STRICT.mask(text, column)[0] == masked


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("url_query", "a=1&b=abcdefghijkl", False),
        ("url_query", "a=1&b=abcdefghijklm", True),
        ("url_query", "q=any+free+text", False),
        ("url_query", "x=1&q=any+free+text&zz=any+text", True),
        ("url_query", "order_id=12345678901234567890", False),
        ("url_query", "order_id=12345678901234567890&order_id=any+text", True),
        ("url_query", None, False),
        ("referrer", "https://a.example/a=any+free+text", False),
        ("referrer", "https://a.example/?a=any+free+text", True),
        ("referrer", "https://a.example/?a=b#c=any+free+text", False),
        ("referrer", None, False),
        ("lines", "GET /?q=any+free+text", True),
        ("lines", "GET /?q=any", False),
        ("lines", None, False),
    ],
)
def test_a_text_that_may_hold_such_a_value_is_looked_at(
    column: str, text: str | None, expected: bool
) -> None:
    """In bulk, alone and among others."""
    texts = pl.Series(column, [text], dtype=pl.String)
    assert _UNNAMED.are_doubtful(texts).to_list() == [expected]
    around = pl.Series(column, ["a=1", text, "/?zz=any+free+text"], dtype=pl.String)
    assert _UNNAMED.are_doubtful(around).to_list() == [False, expected, True]


def test_only_what_nobody_spoke_for_is_claimed() -> None:
    """A stretch of blanks between two masks is not worth one."""
    text = "zz=aaaaaaaaaa+bbbbbbbbbb+cccccccc"
    last = views(text)[-1]
    claims = Claims(text, last, View(folded(last.text), last.positions))
    claims.take(3, 13, "phone")
    claims.take(14, 24, "email")
    _UNNAMED.claim(claims, "url_query")
    assert claims.masked()[0] == "zz=[phone]+[email][value]"


_RESOURCES = (Resource(id="request", kind="record", path="/requests?customer={subject}", level=2),)


def test_which_parameters_are_harmless_is_told_by_their_names() -> None:
    """Those of no personal value; those of ids; those that may hold several words."""
    names = pl.Series(["page", "tel", "memo", "order_id", "q", "customer"])
    harmless, ids, text = Redactor(Redaction()).harmless_names(names)
    assert harmless.to_list() == [True, False, False, True, True, True]
    assert ids.to_list() == [False, False, False, True, False, False]
    assert text.to_list() == [True] * 6
    *_, text = Redactor(Redaction(), _RESOURCES).harmless_names(names)
    assert text.to_list() == [False, False, False, False, True, True]
    off = Redactor(Redaction(enabled=False)).harmless_names(names)
    assert [one.to_list() for one in off] == [[True] * 6] * 3
    own = RedactionPattern(kind="contract", pattern="[A-Z]{2}[0-9]{6}")
    for column, expected in (("url_query", [False] * 6), ("url_path", harmless.to_list())):
        patterns = (own.model_copy(update={"columns": (column,)}),)
        found = Redactor(Redaction(patterns=patterns)).harmless_names(names)
        assert found[0].to_list() == expected


def test_clean_texts_of_a_column_are_told_by_its_suspects() -> None:
    """Row by row; a row that only looks like a value is clean."""
    redactor = Redactor(Redaction())
    column = pl.Series("url_query", ["a=1", "tel=03-1234-5678", "tel=x", None, "email=a@b.example"])
    (suspects,) = redactor.suspects([column])
    assert suspects.to_list() == [1, 2, 4]
    assert redactor.are_clean(column, suspects).to_list() == [True, False, True, True, False]
    masked = redactor.columns(column.to_frame(), suspects)
    assert masked.get_column("url_query").to_list() == [
        *("a=1", "tel=[phone]", "tel=x", None, "email=[email]"),
    ]
    assert column[1] == "tel=03-1234-5678"
    assert redactor.texts(column) == {
        "tel=03-1234-5678": ("tel=[phone]", {"phone"}),
        "email=a@b.example": ("email=[email]", {"email"}),
    }


def test_suspects_are_told_column_by_column() -> None:
    """Own patterns in their columns, values of no kind in queries and referrers alone."""
    own = RedactionPattern(kind="contract", pattern="[A-Z]{2}[0-9]{6}", columns=("url_path",))
    redactor = Redactor(Redaction(patterns=(own,)), _RESOURCES)
    columns = [
        pl.Series("url_path", ["/AB123456", "/a", "/zz=any+free+text", None]),
        pl.Series("url_query", ["a=AB123456", "zz=any+free+text"]),
        pl.Series("user_agent", ["zz=any+free+text"]),
    ]
    assert [rows.to_list() for rows in redactor.suspects(columns)] == [[0], [1], []]
    off = Redactor(Redaction(enabled=False))
    assert [rows.to_list() for rows in off.suspects(columns)] == [[], [], []]
    assert (off.telling, Redactor(Redaction(kinds=("email",))).telling) == ("", "")
    assert "糖" not in redactor.telling
    assert "病" in redactor.telling


def test_lines_stay_as_they_were_for_whoever_gave_them() -> None:
    """What comes out is another column."""
    lines = pl.Series(["GET /?tel=03-1234-5678", "GET /AB123456", "GET /?zz=any+free+text", None])
    own = RedactionPattern(kind="contract", pattern="[A-Z]{2}[0-9]{6}")
    masked = Redactor(Redaction(patterns=(own,)), _RESOURCES).lines(lines)
    assert masked.to_list() == ["GET /?tel=[phone]", "GET /[contract]", "GET /?zz=[value]", None]
    assert lines[0] == "GET /?tel=03-1234-5678"
    off = Redactor(Redaction(enabled=False))
    assert off.lines(lines).to_list() == lines.to_list()
