"""The glossary holds: its terms are those in use, and the words that it gave up stay away."""

import re
from collections.abc import Iterator
from functools import cache

import pytest

from pipelines.paths import SQL_DIR

_ROOT = SQL_DIR.parent
_PAGE = _ROOT / "docs" / "glossary.md"
# What has been applied or released keeps its words; strings of attackers and visitors are theirs.
_EXEMPT = ("docs/glossary.md", "CHANGELOG.md", "sql/schema/0", "scripts/strangers/worlds/")
_FOLDERS = ("config", "dags", "docs", "expectations", "pipelines", "scripts", "sql")
_TEXTS = (".py", ".sql", ".yaml", ".yml", ".json", ".md", ".j2", ".c", ".js", ".toml")


def _rows(columns: int) -> list[tuple[str, ...]]:
    """The rows of the page's tables that have so many columns, without their heads."""
    lines = [line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    heads = [number for number, row in enumerate(rows) if set(row[0]) == {"-"}]
    return [
        row
        for number, row in enumerate(rows)
        if len(row) == columns and number not in heads and number + 1 not in heads
    ]


_TERMS = _rows(3)
_GIVEN_UP = [(word.strip("`"), term.strip("`")) for word, term in _rows(2)]


@cache
def _texts() -> dict[str, str]:
    """The text of each file of the project that people read, by its path."""
    found = [path for folder in _FOLDERS for path in (_ROOT / folder).rglob("*.*")]
    found += _ROOT.glob("*.*")
    names = {path.relative_to(_ROOT).as_posix(): path for path in found}
    return {
        name: path.read_text(encoding="utf-8")
        for name, path in names.items()
        if name.endswith(_TEXTS) and not name.startswith(_EXEMPT)
    }


def _uses(word: str) -> Iterator[str]:
    """Yield `file:line` where a word stands by itself."""
    edge = r"\b" if word.isascii() else ""
    pattern = re.compile(edge + re.escape(word).replace(r"\ ", r"\s+") + edge, re.IGNORECASE)
    for name, text in _texts().items():
        for match in pattern.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}"


def test_a_term_has_one_word_in_each_language_and_a_meaning() -> None:
    """No cell is empty, and no word stands for two things."""
    assert len(_TERMS) > 30
    assert all(cell for row in _TERMS for cell in row)
    for words in ([row[0] for row in _TERMS], [row[1] for row in _TERMS]):
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("word", [word for row in _TERMS for word in row[:2]])
def test_a_term_of_the_glossary_is_in_use(word: str) -> None:
    """What nobody says any more is no term."""
    stem = word.removesuffix("s") if word.isascii() else word
    assert any(stem in text.lower() for text in _texts().values())


@pytest.mark.parametrize(("word", "term"), _GIVEN_UP)
def test_a_word_that_was_given_up_stays_away(word: str, term: str) -> None:
    """In code, SQL, settings, texts and pages."""
    assert list(_uses(word)) == [], f"say {term}"
