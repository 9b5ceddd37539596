"""Pages that promise something name the tests that prove it: those tests exist."""

import ast
import re

import pytest

from pipelines.paths import PROJECT_ROOT

PAGES = ("SECURITY.md", "docs/policy-map.md")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def names_in(path: str) -> set[str]:
    """The names of the test functions of a file."""
    tree = ast.parse((PROJECT_ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page: str) -> None:
    """By its file and function."""
    named = _TEST.findall((PROJECT_ROOT / page).read_text(encoding="utf-8"))
    assert len(named) > 10
    known = {path: names_in(path) for path in {path for path, _ in named}}
    assert [f"{path}::{name}" for path, name in named if name not in known[path]] == []
