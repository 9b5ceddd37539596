"""The page of formats says what the catalogue holds."""

from pathlib import Path

from pipelines.formats.page import formats_page

_PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_page_is_written_from_the_catalogue() -> None:
    """`docs/formats.md` is what the catalogue makes of it."""
    assert _PAGE.read_text(encoding="utf-8") == formats_page()
