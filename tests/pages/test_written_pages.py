"""The pages that `make docs` writes are those of the code that there is."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from pages import (
    data_dictionary,
    data_inventory,
    day_tables,
    formats,
    log_lines,
    readmes,
    scale_model,
)

from pipelines.paths import PACKAGE


@pytest.mark.parametrize(
    "page",
    [data_dictionary, data_inventory, day_tables, formats, log_lines, scale_model],
    ids=lambda one: one.__name__,
)
def test_page_is_the_one_that_the_code_makes(page: ModuleType) -> None:
    """`make docs` has been run since the last change."""
    assert page.FILE.read_text(encoding="utf-8") == page.document()


@pytest.mark.parametrize("path", readmes.FILES, ids=lambda one: one.name)
def test_readme_tells_how_many_detectors_there_are(path: Path) -> None:
    """A detector more is a folder more, and `make docs`."""
    assert path.read_text(encoding="utf-8") == readmes.document(path)


def test_every_table_of_the_day_says_what_a_row_is() -> None:
    """A table that a detector may read has a comment above the statement that makes it."""
    assert "\n…\n" not in day_tables.document()


def test_loggers_have_the_name_that_the_table_of_log_lines_looks_for() -> None:
    """A line of one with another name would not be explained."""
    made = re.compile(r"^(\w+) = logging\.getLogger\(__name__\)", re.MULTILINE)
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    assert {name for text in texts for name in made.findall(text)} == {"log"}
