"""Why lines are rejected: every code has words in both languages, and arguments that fill them."""

import ast
import string
from functools import cache

import duckdb
import polars as pl
import pytest

from pipelines.formats.format import because
from pipelines.formats.layout import Layout, Piece
from pipelines.formats.split import split_carefully
from pipelines.ingest.reject_reasons import in_words, reject_words, spelled_out
from pipelines.paths import PROJECT_ROOT, SQL_DIR

_MODULES = PROJECT_ROOT / "pipelines"
_OF_LAYOUTS = {
    f"{kind}_{place}"
    for kind in ("piece", "space")
    for place in ("after", "after_unnamed", "missing")
}


@cache
def _trees() -> tuple[ast.AST, ...]:
    """The modules that can have a call or a keyword of what is looked for."""
    texts = (path.read_text(encoding="utf-8") for path in _MODULES.rglob("*.py"))
    return tuple(ast.parse(text) for text in texts if "because" in text or "reason" in text)


def _given() -> dict[str, set[str]]:
    """The codes that the modules give, with the names of their arguments."""
    found: dict[str, set[str]] = {}
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "because":
                (code,) = node.args
                if isinstance(code, ast.Constant):
                    found[str(code.value)] = {str(one.arg) for one in node.keywords}
    return found


def _places(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_every_reason_that_a_module_gives_has_words_in_both_languages() -> None:
    """And no words are of a reason that none gives."""
    faults = {"bad_time", "bad_client", "bad_status", "bad_size", "carriage_return"}
    given = _given()
    assert (
        given.keys() | faults | _OF_LAYOUTS | {"too_many_days", "too_many_formats"}
        == reject_words().keys()
    )
    for code, words in reject_words().items():
        assert words.keys() == {"ja", "en"}
        assert (words["en"].isascii(), words["ja"].isascii()) == (True, False), code
        assert (
            _places(words["en"]) == _places(words["ja"]) == given.get(code, _places(words["en"]))
        ), code


def test_no_module_gives_a_reason_as_a_sentence() -> None:
    """A text put into the column `reason` of a frame comes from `because`, or is null."""
    given = [
        node.value
        for tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "reason"
    ]
    assert given
    for value in given:
        assert [one for one in ast.walk(value) if _is_sentence(one)] == [], ast.unparse(value)


def _is_sentence(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


@pytest.mark.parametrize(
    ("pieces", "line", "code", "arguments"),
    [
        ([("a", True), (" ", False)], "x", "space_after", {"before": "a"}),
        ([("", True), (" ", False)], "x", "space_after_unnamed", {}),
        ([("a", True), ("]", False)], "x", "piece_after", {"piece": "]", "before": "a"}),
        ([("", True), ("]", False)], "x", "piece_after_unnamed", {"piece": "]"}),
        ([("[", False), ("a", True)], "x", "piece_missing", {"piece": "["}),
        ([(" ", False), ("a", True)], "x", "space_missing", {}),
    ],
)
def test_what_a_layout_lacks_is_named(
    pieces: list[tuple[str, bool]], line: str, code: str, arguments: dict[str, str]
) -> None:
    """By the text that is missing and the field before it; a space and no name have words."""
    layout = Layout(
        "test",
        tuple(
            Piece(kind="text", name=text) if is_field else Piece(text=text)
            for text, is_field in pieces
        ),
    )
    _, reason = split_carefully(line, layout)
    assert reason == because(code, **arguments)
    assert reject_words()[code].keys() == {"ja", "en"}


def test_reasons_are_spelled_out_in_order() -> None:
    """The English sentence, the code, the arguments; a text that is no reason stays."""
    reasons = pl.Series([because("too_long", mib=8), "other", because("no_format"), "[1, 2, 3]"])
    assert spelled_out(reasons).rows() == [
        ("the line is longer than 8 MiB", "too_long", '{"mib": 8}'),
        ("other", None, None),
        ("no known log format fits", "no_format", None),
        ("[1, 2, 3]", None, None),
    ]
    assert spelled_out(reasons.clear()).rows() == []


def test_words_of_another_release_give_way_to_the_sentence_kept() -> None:
    """A code, an argument or a shape that is not known leaves what stands in the lake."""
    assert in_words("ja", "space_after", '{"before": "host"}', "x") == "「host」の後に空白がない"
    for code, arguments in ((None, None), ("of_tomorrow", None), ("space_after", None)):
        assert in_words("ja", code, arguments, "kept") == "kept"
    assert in_words("ja", "space_after", "[", "kept") == "kept"
    assert in_words("ja", "space_after", '"{before}"', "kept") == "kept"


def test_sentences_of_an_older_lake_get_the_codes_they_have_now() -> None:
    """The migration knows every reason of then, and leaves what it does not know."""
    script = (SQL_DIR / "schema" / "014_reasons.sql").read_text(encoding="utf-8")
    named = {"before": "agent", "piece": '"', "format": "combined", "count": "5", "mib": "8"}
    rows = [
        (in_words("en", code, because(code, **named).partition(", ")[2][:-1], ""), code)
        for code in reject_words()
        if f"'{code}'" in script
    ]
    assert len(rows) > 25
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as lake")
        con.execute("create table lake.reject (reason varchar)")
        con.execute("create table lake.findings (detector varchar, evidence json)")
        con.executemany("insert into lake.reject values (?)", [(reason,) for reason, _ in rows])
        con.execute("insert into lake.reject values ('a reason of yesterday')")
        con.execute(script)
        found = con.execute("select reason, reason_code, reason_arguments from lake.reject")
        for (reason, code, arguments), (_, expected) in zip(
            found.fetchall(), [*rows, (None, None)], strict=True
        ):
            assert code == expected, reason
            assert in_words("en", code, arguments, "") == (reason if code else "")
