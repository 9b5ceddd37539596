"""Rule values against a plain model of what Sigma says of them, on any text."""

import re
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.detect.sigma.texts import folded, required_text, sought
from tests.detect.sigma import sigma_lab

_LETTERS = "aAbB/%_'\"\\*?-.+[](){}^$|;:, \n\t\x00éÉ漢ſKßẞ😀"
_MODIFIERS = ("", "|contains", "|startswith", "|endswith")
_texts = st.text(_LETTERS, max_size=8)


def model_tokens(value: str) -> list[str | None]:
    """Return the letters of a value; `**` for any text, None for any one letter."""
    tokens: list[str | None] = []
    at = 0
    while at < len(value):
        letter = value[at]
        if letter == "\\" and value[at + 1 : at + 2] in ("\\", "*", "?"):
            tokens.append(value[at + 1])
            at += 2
            continue
        tokens.append({"*": "**", "?": None}.get(letter, letter))
        at += 1
    return tokens


def model_matches(value: str, modifier: str, *, is_cased: bool, text: str | None) -> bool:
    """Return whether a text matches a value, as the specification has it."""
    tokens = model_tokens(value)
    if modifier in {"|contains", "|endswith"}:
        tokens.insert(0, "**")
    if modifier in {"|contains", "|startswith"}:
        tokens.append("**")
    if tokens in ([], ["-"]):
        return text is None or text == value
    if text is None:
        return False
    letters = [
        "(?s:.*)" if part == "**" else "(?s:.)" if part is None else
        re.escape(part if is_cased else part.lower())
        for part in tokens
    ]  # fmt: skip
    subject = text if is_cased else "".join(letter.lower() for letter in text)
    return re.fullmatch("".join(letters), subject) is not None


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """One connection for all examples."""
    return sigma_lab.connection()


@pytest.mark.further
@settings(max_examples=80)
@given(
    rules=st.lists(
        st.tuples(_texts, st.sampled_from(_MODIFIERS), st.booleans()), min_size=1, max_size=8
    ),
    drawn=st.lists(_texts.filter(bool), min_size=1, max_size=8),
)
def test_any_value_matches_what_the_model_says(
    con: duckdb.DuckDBPyConnection, rules: list[tuple[str, str, bool]], drawn: list[str]
) -> None:
    """Quotes, per cent, backslashes, wildcards, line ends, NUL, letters beyond ASCII."""
    plain = [value.replace("\\", "").replace("*", "x").replace("?", "y") for value, _, _ in rules]
    texts: list[str | None] = [*drawn, *filter(None, plain), *(f"a{one}B" for one in plain), None]
    rows: list[dict[str, Any]] = [{"user_agent": text} for text in texts]
    files = []
    for number, (value, modifier, is_cased) in enumerate(rules):
        key = f"cs-user-agent{modifier}" + ("|cased" if is_cased else "")
        detection = yaml.safe_dump({"s": {key: value}, "condition": "s"}, allow_unicode=True)
        files.append(sigma_lab.rule(detection, number))
    found = sigma_lab.matched(con, sigma_lab.book(*files), rows)
    for number, (value, modifier, is_cased) in enumerate(rules):
        expected = [
            event
            for event, text in enumerate(texts)
            if model_matches(value, modifier, is_cased=is_cased, text=text)
        ]
        assert found[f"Rule {number}"] == expected, (value, modifier, is_cased)


_PIECES = st.sampled_from(
    ["a", "S", "k", "/", r"\.", r"\d", "[ab]", "[^/]", "(x|y)", "(?:zz)", ".", "^", "$", r"\x41",
     r"\\", "-", " ", "é", "{", "a{2}", "b{0,1}", r"\Qa.b\E", "[[:alpha:]]", "[]x]", r"[\]y]"]
)  # fmt: skip
_PATTERNS = st.lists(
    st.tuples(_PIECES, st.sampled_from(["", "", "", "*", "+", "?", "+?", "|"])), max_size=6
).map(lambda parts: "".join(piece + more for piece, more in parts))


@settings(max_examples=400)
@given(pattern=_PATTERNS, flags=st.sampled_from(["", "(?i)", "(?s)"]), text=_texts, more=st.data())
def test_a_match_holds_the_text_that_its_pattern_requires(
    con: duckdb.DuckDBPyConnection, pattern: str, flags: str, text: str, more: st.DataObject
) -> None:
    """The quick look for a regular expression never passes over a match."""
    whole = flags + pattern
    needed = required_text(whole)
    letters = more.draw(st.text("aASsKkſKxyzZ/.1-b \\é{", max_size=12))
    try:
        rows = con.execute(
            "select t from (select unnest([?, ?, ?]) as t) where regexp_matches(t, ?)",
            [text, letters, re.sub(r"[\\^$*+?()\[\]|]", "", pattern), whole],
        ).fetchall()
    except duckdb.Error:
        return  # no regular expression of RE2: a rule with it is refused
    for (matched,) in rows:
        assert needed is None or needed in sought(matched)


def test_required_texts_of_common_patterns() -> None:
    """The longest plain run at the top; nothing where an alternative could stand instead."""
    assert (
        required_text(r"(?i)/wp-content/plugins/[a-z]+/shell\.php\?x=1") == "/wp-content/plugins/"
    )
    assert required_text(r"union\s+select") == "select"
    assert required_text(r"abc?d+efg") == "efg"
    assert required_text("foo|bar") is None
    assert required_text("(foo|bar)") is None
    assert required_text("[abc") is None


@pytest.mark.further
def test_lower_case_is_that_of_duckdb_for_every_letter(con: duckdb.DuckDBPyConnection) -> None:
    """Values are lowered in Python, texts in DuckDB."""
    letters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    lowered = con.execute(
        "select list_transform(?::varchar[], lambda letter: lower(letter))",
        [letters],
    ).fetchone()
    assert lowered is not None
    differing = [
        letter for letter, lower in zip(letters, lowered[0], strict=True) if folded(letter) != lower
    ]
    assert differing == []
