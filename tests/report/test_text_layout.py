"""Text fits a terminal in cells, and a pipe gets it as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipelines.findings import Severity
from pipelines.report.text_layout import TextLayout, padded

_MIXED = "st-0412 が prime-office で 342 人分の個人データを閲覧（想定 22 人、15.5 倍）。確認を。"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_lines_fit_and_nothing_is_lost(width: int) -> None:
    """Wide characters take two cells; no line begins with what closes a sentence."""
    lines = TextLayout(width=width).wrapped(_MIXED, indent=7)
    assert all(cell_len(line) <= width for line in lines)
    assert all(line.startswith(" " * 7) for line in lines)
    assert all(line.strip()[0] not in "、。）」" for line in lines)
    assert "".join("".join(lines).split()) == "".join(_MIXED.split())


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z", "M"])))
def test_any_text_is_kept_whole(text: str) -> None:
    """Whatever stands in a summary comes out, in lines that fit."""
    lines = TextLayout(width=30).wrapped(text)
    assert "".join(lines) == text
    assert all(cell_len(line) <= 30 for line in lines)


def test_pipe_gets_one_line_without_colour() -> None:
    """No width, no wrapping; no colour, no escape."""
    layout = TextLayout()
    assert layout.wrapped(_MIXED * 9, indent=2) == ["  " + _MIXED * 9]
    assert layout.marked("high", Severity.HIGH) == layout.strong("high") == layout.quiet("high")
    assert "\x1b" not in layout.marked("high", Severity.HIGH)


def test_colour_tells_severities_apart() -> None:
    """Each severity that asks for a look has its own, and every colour ends."""
    layout = TextLayout(has_colour=True)
    shown = [layout.marked("x", severity) for severity in Severity]
    assert len(set(shown[:3])) == 3
    assert shown[3] == "x"
    assert all(text.endswith("\x1b[0m") for text in (*shown[:3], layout.strong("x")))


def test_padding_counts_cells() -> None:
    """Columns stand under each other in Japanese too."""
    assert padded("緊急", 8) == "緊急    "
    assert padded("longer than it", 4) == "longer than it"
