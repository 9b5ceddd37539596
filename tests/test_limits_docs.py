"""docs/limits.md and the settings file name every limit, with its default."""

import re

import pytest

from pipelines.paths import SQL_DIR
from pipelines.settings.limits import Limits
from pipelines.text.words import sentences

_ROOT = SQL_DIR.parent
_STOPS = ("stage_minutes", "detector_seconds", "sql_seconds", "sql_memory_mb", "sql_rows")
_OF_FETCH = (
    "fetch_minutes",
    "fetch_source_seconds",
    "fetch_names",
    "landing_bytes",
    "landing_free_bytes",
)
OF_INTAKE = [name for name in Limits.model_fields if name not in {*_STOPS, *_OF_FETCH}]


def _documented() -> dict[str, int]:
    rows = re.findall(
        r"^\| (`[^|]+) \| ([0-9,; ]+) \|", (_ROOT / "docs/limits.md").read_text(), re.MULTILINE
    )
    return {
        name: int(figure.replace(",", ""))
        for names, figures in rows
        for name, figure in zip(re.findall("`(.+?)`", names), figures.split("; "), strict=True)
    }


def test_page_has_every_limit_and_its_default() -> None:
    """A key that is added, renamed or changed is documented in the same commit."""
    assert _documented() == {name: field.default for name, field in Limits.model_fields.items()}


@pytest.mark.parametrize("name", OF_INTAKE)
def test_limit_is_in_the_settings_file_and_has_words(name: str) -> None:
    """Whoever edits the settings sees it, and the report can say that it was passed."""
    settings = (_ROOT / "config/mimamori.yaml").read_text()
    assert re.search(rf"^#   {name} +{Limits.model_fields[name].default} ", settings, re.MULTILINE)
    for language in ("ja", "en"):
        assert f"problem.limit.{name}" in sentences(language)
