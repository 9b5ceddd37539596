"""Whatever is written into a log, the work on it grows no faster than the text."""

import ast
import importlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipelines
from pipelines.detect.web.match import hits_in
from pipelines.detect.web.signatures import Place
from pipelines.enrich.resource import ResourceMatcher
from pipelines.enrich.users import rule_of, types_of
from pipelines.ingest.fields import in_ms
from pipelines.normalise.browser import parse_agents
from pipelines.normalise.forwarded import forwarded_hops
from pipelines.normalise.site import canonical_domain
from pipelines.normalise.url import effective_path
from pipelines.privacy.names import Names
from pipelines.privacy.scan import Scanner
from pipelines.settings.model import Redaction, Resource, UserType
from pipelines.text.base64_text import encoded_texts
from tests.hostile_texts import LINEAR, Hostile, growth, hostile

# Modules whose patterns see no text that somebody outside writes, and what they see.
_TRUSTED = {
    "pipelines.airflow_reports": "requests of signed-in users to the reports' pages",
    "pipelines.cli": "what the own terminal is shown",
    "pipelines.settings.context": "settings",
    "pipelines.deliver": "settings",
    "pipelines.settings.delivery": "settings",
    "pipelines.demo": "settings and made-up lines",
    "pipelines.detect.codes": "the own words for codes",
    "pipelines.detect.emitted_codes": "the own SQL",
    "pipelines.detect.rules": "the own SQL",
    "pipelines.detect.web.match._CLASS_OR_ESCAPE": "the shipped signatures",
    "pipelines.detect.web.match._COUNT": "the shipped signatures",
    "pipelines.lake.dictionary": "the own SQL",
    "pipelines.formats.apache": "a LogFormat of the settings",
    "pipelines.formats.nginx": "a log_format of the settings",
    "pipelines.settings.globs._TOKEN": "globs of the settings",
    "pipelines.settings.lake_places._PARAMETERS": "the catalog of the settings",
    "pipelines.quality.suites": "the own SQL",
    "pipelines.report.pdf": "the own pages",
    "pipelines.query.saved": "the own SQL",
    "pipelines.query.shell": "what the user of the shell types",
}
_FROM_ITS_START = {"match", "fullmatch"}
_SHAPES = "pipelines.formats.split._SHAPES"  # tried where a field begins, by its name
_SMALL = 2000
# What the rules of redaction look for, one after the other.
_FORMS = (
    "tel=", "&tel=1", "password=", "&name=", "tel=1;", "'tel':'", '"tel":["1",', '"tel":1,', "tel:",
    "[tel]", "/reset/", "/reset/a1b2c3d4", "%2525252541", "%E3%81%82", "%82%A0", "\\x41", "\\u0041",
    "１", "a@b.", "a@", "://a:b@", "〒1", "my_number1", "4111 ", "4111111111111111 ", "1-", "(1",
    "+81", "_1234_1234", "05012345678", "Bearer ", "Basic a", "xoxb-", "&#64;", "$(", "' or", "<",
    "090-1234-5678&", "品川300あ1234", "GB82WEST12345698765432 ", "35.6812,139.7671",
    "口座番号1234567", "/name/山田", "/password/a1b2c3", "note=", "diabetes", "diagnosed with ",
    "hiv positive", "%1B%24B", "\x1b$B;3ED\x1b(B", "eyJuYW1lIjoi", "eyJuYW1lIjoi5bGx55SwIn0 ",
    "://a@b", "lat=", "免許301234567890", "旅券TK1234567 ", "GP5-1234567 ", "JTDKB20U093123456 ",
    "山田さん", "/山田/太郎", "/customers/yamada/taro", "/山田 ", "a+", "様", "/users/", "山田様",
)  # fmt: skip


def _modules() -> Iterator[Any]:
    """The modules that compile patterns, but for the trusted ones."""
    top = Path(pipelines.__file__).parent
    for path in sorted(top.rglob("*.py")):
        name = ".".join(path.relative_to(top.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        )
        if not _is_trusted(name) and "re.compile(" in path.read_text(encoding="utf-8"):
            yield importlib.import_module(name)


def _is_trusted(name: str) -> bool:
    return any(f"{name}.".startswith(f"{one}.") for one in _TRUSTED)


def _uses(module: Any) -> dict[str, set[str]]:
    """By name: the methods that a module's source calls on it, as `_KEY.finditer`."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


def _patterns() -> dict[str, tuple[re.Pattern[Any], bool]]:
    """All compiled patterns by name, and whether they are only ever tried from a place on."""
    found: dict[str, tuple[re.Pattern[Any], bool]] = {}
    for module in _modules():
        uses = _uses(module)
        for name, value in vars(module).items():
            inner = value.values() if isinstance(value, dict) else [value]
            for number, pattern in enumerate(inner):
                full_name = f"{module.__name__}.{name}"
                if isinstance(pattern, re.Pattern) and not _is_trusted(full_name):
                    is_anchored = bool(uses.get(name)) and uses[name] <= _FROM_ITS_START
                    found[f"{full_name}.{number}"] = pattern, is_anchored or full_name == _SHAPES
    scanner = Scanner(Names(Redaction()), frozenset({"own"}))
    for name, value in {**vars(scanner), **vars(scanner._words_before)}.items():
        for number, pattern in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(pattern, re.Pattern):
                found[f"Scanner.{name}.{number}"] = pattern, False
    return found


def _run(pattern: re.Pattern[Any], *, is_anchored: bool) -> Callable[[Any], object]:
    if is_anchored:
        return lambda text: (pattern.match(text), pattern.fullmatch(text))
    return lambda text: [None for _ in pattern.finditer(text)]


def _superlinear(
    texts: list[Hostile],
    run: Callable[[Any], object],
    make: Callable[[str], Any] = str,
    size: int = _SMALL,
) -> list[tuple[Hostile, float]]:
    found = []
    for one in texts:
        factor = growth(run, make(one.text(size)), make(one.text(4 * size)))
        if factor > LINEAR:
            found.append((one, factor))
            break
    return found


@pytest.fixture(scope="module")
def patterns() -> dict[str, tuple[re.Pattern[Any], bool]]:
    """The patterns that see log text."""
    return _patterns()


def test_the_patterns_are_found(patterns: dict[str, tuple[re.Pattern[Any], bool]]) -> None:
    """Those that are searched, those tried at a place, and those made of the rules' data."""
    assert not patterns["pipelines.privacy.numbers._NUMBER.0"][1]
    assert patterns["pipelines.privacy.values._ADDRESS.0"][1]
    assert len([name for name in patterns if name.startswith("Scanner._tokens.")]) > 15


@pytest.mark.parametrize(
    ("pattern", "is_linear"),
    [
        (r"[0-9]+(?:-[0-9]+)*x", False),
        (r"eyJ[\w-]{5,}\.", False),
        (r"(?:a|b)*c", False),
        (r"\s*:", False),
        (r"(?<![0-9-])[0-9]++(?:-[0-9]++)*+", True),
        (r"eyJ[\w-]{5,40}\.", True),
    ],
)
def test_the_texts_show_what_is_not_linear(pattern: str, is_linear: bool) -> None:
    """The texts made of a pattern are hostile to it, if any can be."""
    found = _superlinear(
        hostile(pattern, 0, 60), _run(re.compile(pattern), is_anchored=False), size=500
    )
    assert bool(found) != is_linear


@pytest.mark.further
def test_every_pattern_searches_in_linear_time(
    patterns: dict[str, tuple[re.Pattern[Any], bool]], request: pytest.FixtureRequest
) -> None:
    """Of each pattern that sees log text: four times the text takes at most 2.5 x 2.5 the time."""
    is_thorough = request.config.getoption("--hypothesis-profile") == "thorough"
    most = 90 if is_thorough else 30
    slow = {}
    for name, (pattern, is_anchored) in patterns.items():
        is_bytes = isinstance(pattern.pattern, bytes)
        source = pattern.pattern.decode("latin-1") if is_bytes else pattern.pattern
        flags = pattern.flags & ~re.UNICODE if is_bytes else pattern.flags
        run = _run(pattern, is_anchored=is_anchored)
        found = _superlinear(hostile(source, flags, most), run, str.encode if is_bytes else str)
        if found:
            slow[name] = found
    assert slow == {}


def _hostile_to(modules: Sequence[str], patterns: Any, most: int) -> list[Hostile]:
    """Hostile texts for what modules do, made of all their patterns."""
    found = [
        one
        for name, (pattern, _) in patterns.items()
        if name.startswith(tuple(modules)) and isinstance(pattern.pattern, str)
        for one in hostile(pattern.pattern, pattern.flags, 12)
    ]
    return random.Random(most).sample(found, most)  # noqa: S311 - no secret


@pytest.mark.further
@pytest.mark.parametrize(
    "front",
    [
        pytest.param("", marks=pytest.mark.further),
        *(
            pytest.param(front, marks=pytest.mark.full)
            for front in ("a=1&password=", '{"tel":"', "?name=%2541")
        ),
    ],
)
def test_redaction_takes_linear_time(
    patterns: dict[str, tuple[re.Pattern[Any], bool]], front: str
) -> None:
    """The careful look as a whole: decoding, parameters, shapes, and a look at what is masked."""
    scanner = Scanner(Names(Redaction()), frozenset())
    texts = _hostile_to(["pipelines.privacy", "Scanner"], patterns, 24)
    texts += [Hostile("", piece, "x") for piece in _FORMS]
    found = _superlinear(
        [one._replace(before=front + one.before) for one in texts],
        lambda text: scanner.mask(text, "text"),
    )
    assert found == []


@pytest.mark.further
@pytest.mark.parametrize("place", [Place.PATH, Place.QUERY])
def test_attacks_are_sought_in_linear_time(
    patterns: dict[str, tuple[re.Pattern[Any], bool]], place: Place
) -> None:
    """Decoding, what languages make of a text, base64 in it, and all signatures."""
    texts = _hostile_to(["pipelines.detect.web"], patterns, 24)
    assert _superlinear(texts, lambda text: hits_in(place, text)) == []


@pytest.mark.further
@pytest.mark.parametrize("piece", ["1-", "(1", "+1 ", "eyJ-", "bearer+", "basic/", "tel=", "0 "])
def test_a_spoiled_end_costs_no_more_than_the_rest(piece: str) -> None:
    """A text that almost matches costs about what it costs where nothing spoils it."""
    scanner = Scanner(Names(Redaction()), frozenset())
    harmless, spoiled = (piece * (8000 // len(piece)) + end for end in ("1", "1x"))
    assert growth(lambda text: scanner.mask(text, "text"), harmless, spoiled, most=3) < 3


@pytest.mark.further
@pytest.mark.parametrize("piece", ["a", "a1", "-"])
def test_users_are_told_by_their_form_in_linear_time(piece: str) -> None:
    """A pattern of the settings that Python's own engine would take for ever over."""
    rules = (UserType(pattern=r"^(?:[a-z0-9]+-?)+\.(?P<franchise>x+)+$", type="staff"),)

    def run(text: str) -> None:
        users = pl.Series([f"{text}!"] * 20)
        types_of(users, rules)
        rule_of.__wrapped__(text, rules)

    assert _superlinear([Hostile("", piece, "!")], run) == []


@pytest.mark.further
@pytest.mark.parametrize("piece", ["/b/", "/b", "%2fb", "b/./"])
def test_resources_with_several_wildcards_take_linear_time(piece: str) -> None:
    """A path that has to be resolved, and almost is one of a pattern's in many ways."""
    resource = Resource(id="x", kind="record", path="/a/*/b/*/b/*/b/*/b/{subject}/c")
    matcher = ResourceMatcher([resource])

    def run(path: str) -> None:
        frame = {"method": ["GET"] * 20, "url_path": [path] * 20, "url_query": [""] * 20}
        matcher.find(pl.DataFrame(frame))

    assert _superlinear([Hostile("/a/%62/", piece, "/d")], run) == []


@pytest.mark.further
@pytest.mark.parametrize(
    ("work", "pieces"),
    [
        (canonical_domain, ["a.", "xn--a", "あ.", "1.", "[:", "0x1."]),
        (effective_path, ["/..", "/a/..", "%2f", ";/", "%e3"]),
        (lambda text: list(forwarded_hops(text)), ["for=a,", ",", 'a=",', 'for="\\', " ", ";"]),
        (lambda text: list(encoded_texts(text)), ["A", "PD9waHA", "c2VsZWN0IA-", "%41"]),
        (in_ms, ["1", "1.", "1s", "."]),
        (lambda text: parse_agents([text]), ["Mozilla/5.0 ", "1.", "(", "bot", "Android ;"]),
    ],
)
def test_what_is_made_of_a_field_takes_linear_time(
    work: Callable[[Any], object], pieces: list[str]
) -> None:
    """Hosts, paths, chains of proxies, base64, durations and user agents."""
    assert _superlinear([Hostile("", piece, "!") for piece in pieces], work, size=4000) == []
