"""One text with care: where a value begins and ends, and what around it says that it is none."""

import pytest

from pipelines.privacy.names import Names
from pipelines.privacy.scan import Scanner
from pipelines.settings.model import Redaction

_SCANNER = Scanner(Names(Redaction(keep_parameters=("kept",))), frozenset({"contract"}))


@pytest.mark.parametrize(
    ("column", "text", "masked"),
    [
        ("url_path", "/a;tel=03-1234-5678/b=c", "/a;tel=[phone]/b=c"),
        ("url_path", "/a;email=a@b.example;name=taro/x", "/a;email=[email];name=[name]/x"),
        (
            "referrer",
            "https://a.example/a;name=taro/b?name=hanako",
            "https://a.example/a;name=[name]/b?name=[name]",
        ),
        ("url_query", "a=1;name=taro;b=2", "a=1;name=taro;b=2"),
        ("url_query", "name=taro#name=x", "name=[name]#name=[name]"),
        ("url_query", "x=name=taro", "x=name=[name]"),
        ("user_agent", "Bot token: abc123, x", "Bot token: [token], x"),
        ("user_agent", "Bot Tel: 03-1234-5678", "Bot Tel: [phone]"),
        ("text", "password:abc", "password:[password]"),
        ("text", "password: abc&x", "password: [password]&x"),
        ("url_query", "[token]=abc", "[token]=abc"),
        ("url_query", "user[token]=abc", "user[token]=[token]"),
        ("url_query", "x[token]=[token]", "x[token]=[token]"),
        ("url_query", "a=1\\x26[token]=abc", "a=1\\x26[token]=abc"),
        ("url_query", "password=[password]", "password=[password]"),
        ("url_query", "password=a[phone]b", "password=[password]"),
        ("url_query", "tel=a[phone]b", "tel=a[phone]b"),
        ("url_query", "name=山田[太郎]", "name=[name]"),
        ("url_query", "contract=[contract]", "contract=[contract]"),
        ("url_query", "kept=090-1234-5678", "kept=090-1234-5678"),
        ("url_query", "password=abc'+or+1=1--", "password=[password]'+or+1=1--"),
        ("url_query", "name=", "name="),
        ("text", '{"tel":"03-1234-5678","n":1}', '{"tel":"[phone]","n":1}'),
        ("text", '{"tel":312345678}', '{"tel":[phone]}'),
        (
            "text",
            '{"name":["taro","hanako"],"x":"taro"}',
            '{"name":["[name]","[name]"],"x":"taro"}',
        ),
        (
            "text",
            '{"name":{"first":"taro","last":"yamada"}}',
            '{"name":{"first":"[name]","last":"[name]"}}',
        ),
        ("text", "{'name':'taro'}", "{'name':'[name]'}"),
        ("text", '{name: "taro", b: "x"}', '{name: "[name]", b: "x"}'),
        ("text", '{"order":"x","password":"abc"}', '{"order":"x","password":"[password]"}'),
        ("url_query", 'd={"kept":"03-1234-5678"}', 'd={"kept":"03-1234-5678"}'),
        ("url_path", "/reset/abc/def12345", "/reset/abc/[token]"),
        ("url_path", "/reset/abcdef12", "/reset/[token]"),
        ("url_path", "/reset/abc/def/abcdef12", "/reset/abc/def/abcdef12"),
        ("url_path", "/reset", "/reset"),
        ("text", "https://taro:secret@a.example/", "https://[user_name]:[password]@a.example/"),
        ("text", "https://taro@a.example/", "https://[user_name]@a.example/"),
        ("text", "https://git@a.example/", "https://git@a.example/"),
        ("text", "https://www.b.example@a.example/", "https://www.b.example@a.example/"),
        ("text", "https://:secret@a.example/", "https://:[password]@a.example/"),
        ("text", "https://taro:@a.example/", "https://taro:@a.example/"),
        ("text", "git@a.example:x/y", "git@a.example:x/y"),
        ("text", "git@a.example", "[email]"),
        ("text", "icon@2x.png", "icon@2x.png"),
        ("text", "taro&#64;a.example", "[email]"),
        ("text", "〒100-0005 x", "〒[postal_code] x"),
        ("text", "〒 100-0005", "〒 [postal_code]"),
        ("text", "〒100-00051", "〒100-00051"),
        ("text", "x Bearer abcdefghijkl1234", "x Bearer [token]"),
        ("text", "AKIA0123456789ABCDEF AKIA0123456789ABCDEF", "[token] [token]"),
        ("text", "x Bearer a1b2c3-AKIA0123456789ABCDEF-rest99", "x Bearer [token]"),
        (
            "referrer",
            "https://a.example/?q=diagnosed with asthma",
            "https://a.example/?q=[special_care]",
        ),
        (
            "referrer",
            "https://a.example/diagnosed with asthma",
            "https://a.example/diagnosed with asthma",
        ),
        (
            "referrer",
            "/diagnosed with asthma?x=diagnosed with asthma",
            "/diagnosed with asthma?x=[special_care]",
        ),
        ("url_path", "/diagnosed with asthma", "/diagnosed with asthma"),
        ("url_query", "note=asthma&q=asthma", "note=[special_care]&q=asthma"),
        ("url_query", "q=taro+yamada&note=asthma", "q=taro+yamada&note=[special_care]"),
        ("text", "tel=090-1234-5678 x", "tel=[phone] x"),
        (
            "url_query",
            "next=%2Fa%3Fname%3Dtaro%26x%3D1&b=2",
            "next=%2Fa%3Fname%3D[name]%26x%3D1&b=2",
        ),
        ("url_query", "next=/a?name=taro%23x", "next=/a?name=[name]%23x"),
        ("url_path", "/name/山田太郎/x", "/name/[name]/x"),
        ("url_path", "/name/taro", "/name/taro"),
        ("text", "口座番号1234567 x", "口座番号[bank_account] x"),
        ("text", "口座番号は 1234567 x", "口座番号は [bank_account] x"),
        (
            "text",
            "driver's license number 123456789012.",
            "driver's license number [driving_licence].",
        ),
        ("url_path", "/password/sakura2026/x", "/password/[password]/x"),
        ("text", "/name/山田太郎 x", "/name/[name] x"),
        (
            "url_query",
            "name=taro&tel=0312345678#email=a@b.example",
            "name=[name]&tel=[phone]#email=[email]",
        ),
        ("url_query", "a=b;tel=0312345678", "a=b;tel=[phone]"),
        ("url_path", "/a;x=1;tel=0312345678;y/b", "/a;x=1;tel=[phone];y/b"),
        ("text", '"tel": 0312345678, "x": "y"', '"tel": [phone], "x": "y"'),
        ("text", "GET /?name=taro HTTP/1.1", "GET /?name=[name] HTTP/1.1"),
        ("text", 'GET /?name=taro" x', 'GET /?name=[name]" x'),
        ("user_agent", "Bot (name=taro) x", "Bot (name=[name]) x"),
        ("user_agent", "Bot (name=taro; x=1)", "Bot (name=[name]; x=1)"),
        (
            "url_query",
            "data=%7B%22tel%22%3A%220312345678%22%7D&b=1",
            "data=%7B%22tel%22%3A%22[phone]%22%7D&b=1",
        ),
        (
            "url_query",
            'data={"tel":["0312345678","x"],"name":"taro"}',
            'data={"tel":["[phone]","x"],"name":"[name]"}',
        ),
        ("text", 'x: {"password":"a\\"b","y":1}', 'x: {"password":"[password]","y":1}'),
        (
            "text",
            "https://a.example/?u=https://taro%40b.example/",
            "https://a.example/?u=https://[email]/",
        ),
        ("text", "mailto:taro@a.example?subject=x", "mailto:[email]?subject=x"),
        ("text", "mailto:taro@a.example,hanako@b.example", "mailto:[email],[email]"),
        ("url_query", "u=https%3A%2F%2Ftaro@a.example%2F", "u=https%3A%2F%2F[email]%2F"),
        (
            "url_query",
            "u=https%3A%2F%2Ftaro%40a.example%2F",
            "u=https%3A%2F%2F[user_name]%40a.example%2F",
        ),
        ("url_query", "u=https://taro%40a.example/", "u=https://[email]/"),
        ("text", "/invite/x/abcdef12/reset/abcdef12", "/invite/x/[token]/reset/[token]"),
        ("text", "/reset/abcdef12 /reset/abcdef13", "/reset/[token] /reset/[token]"),
        ("text", "kept: abc123 token: abc123", "kept: abc123 token: [token]"),
        ("text", "page: abc123", "page: abc123"),
        ("text", "name: taro", "name: taro"),
        ("url_query", "q=HIV陽性です&x=1", "q=[special_care]です&x=1"),
        ("url_query", "num=1&q=pn&csrf[token]=a[token]b", "num=1&q=pn&csrf[token]=[token]"),
        ("url_query", "password=[phone]", "password=[phone]"),
        ("url_query", "name=x[name]", "name=x[name]"),
        ("url_query", "[name]x=a&name=taro", "[name]x=a&name=[name]"),
    ],
)
def test_a_value_is_masked_and_nothing_around_it(column: str, text: str, masked: str) -> None:
    """In parameters, JSON, headers, paths and URLs, by name, by form and by the word before."""
    found, kinds = _SCANNER.mask(text, column)
    assert found == masked
    assert bool(kinds) is (found != text)
    assert _SCANNER.mask(found, column) == (found, set())


@pytest.mark.parametrize(
    ("switched_on", "text", "masked"),
    [
        (
            "email",
            "https://taro:secret@a.example/ b@b.example",
            "https://taro:[email]/ [email]",
        ),
        ("password", "https://taro:secret@a.example/", "https://taro:[password]@a.example/"),
        ("user_name", "https://taro:secret@a.example/", "https://[user_name]:secret@a.example/"),
        ("phone", "/reset/abcdef12 AKIA0123456789ABCDEF", None),
        ("phone", "〒100-0005 diagnosed with asthma", None),
        ("phone", "note=asthma /name/山田太郎 口座番号1234567", None),
        (
            "phone",
            "4111-1111-1111-1111 4111.1111.1111.1111 03-1234-5678",
            "4111-1111-1111-1111 4111.1111.1111.1111 [phone]",
        ),
        (
            "card",
            "03-1234-5678 090.1234.5678 4111.1111.1111.1111",
            "03-1234-5678 090.1234.5678 [card]",
        ),
        ("phone", "35.6812,139.7671 GB82WEST12345698765432", None),
    ],
)
def test_kinds_that_are_switched_off_stay(switched_on: str, text: str, masked: str | None) -> None:
    """Whatever tells them; None where nothing else is in the text."""
    scanner = Scanner(Names(Redaction.model_validate({"kinds": [switched_on]})), frozenset())
    assert scanner.mask(text, "text")[0] == (text if masked is None else masked)


@pytest.mark.parametrize("depth", [1, 2, 20])
def test_values_within_values_are_masked(depth: int) -> None:
    """However many parameters stand in one another; the outermost of a kind is masked."""
    text = "next=/a?" * depth + "name=taro"
    assert _SCANNER.mask(text, "referrer") == ("next=/a?" * depth + "name=[name]", {"name"})
    tokens = "password=" * depth + "x"
    assert _SCANNER.mask(tokens, "url_query") == ("password=[password]", {"password"})


def test_a_value_that_is_too_long_to_look_at_is_masked_where_any_would_be() -> None:
    """Names that stand in one another over a long text: what has no form goes, the rest stays."""
    inner = "".join(f"name{number}=" for number in range(400))
    assert _SCANNER.mask(f"password={inner}x", "url_query")[0] == "password=[password]"
    masked, kinds = _SCANNER.mask(f"{inner}taro", "url_query")
    assert (masked, kinds) == (f"{inner}taro", set())
    some = "".join(f"name{number}=" for number in range(5))
    assert _SCANNER.mask(f"{some}taro", "url_query") == (f"{some}[name]", {"name"})
