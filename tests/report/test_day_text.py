"""`report --text`: what the first screen says, in eighty columns."""

import pytest
from rich.cells import cell_len

from pipelines import lake
from pipelines.paths import Home
from pipelines.report.text import day_text
from pipelines.report.text_layout import TextLayout
from tests.report import report_lake


def _text(home: Home, locale: str, on, layout: TextLayout) -> str:
    settings = report_lake.settings_in(locale)
    with lake.open_reader(home, settings.timezone) as con:
        return day_text(con, settings, on, report_lake.NOW, layout)


@pytest.mark.parametrize("locale", ["ja", pytest.param("en", marks=pytest.mark.further)])
def test_day_is_told_in_eighty_columns(report_home: Home, locale: str) -> None:
    """The verdict, incidents by risk, problems and coverage; nothing wider than the terminal."""
    text = _text(report_home, locale, report_lake.DAY, TextLayout(width=80))
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "2026-11-20" in text.splitlines()[0]
    assert report_lake.MISSING_SITE in text
    assert {"ja": "直ちに対応", "en": "Act now"}[locale] in text


@pytest.mark.further
def test_pipe_gets_whole_lines(report_home: Home) -> None:
    """What is wrapped at a terminal is one line in a pipe, with the same words."""
    piped = _text(report_home, "ja", report_lake.DAY, TextLayout())
    shown = _text(report_home, "ja", report_lake.DAY, TextLayout(width=80, has_colour=True))
    assert "\x1b" in shown
    assert "\x1b" not in piped
    assert len(piped.splitlines()) <= len(shown.splitlines())


def test_hostile_text_is_shown_for_what_it_is(report_home: Home) -> None:
    """No escape and no override of a log reaches the terminal."""
    text = _text(report_home, "en", report_lake.HOSTILE, TextLayout(width=80))
    assert report_lake.BIDI not in text
    assert "\x1b" not in text
