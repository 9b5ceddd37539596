"""The pages of the detectors say what the detectors are."""

import re

import pytest
from pages.detectors import FOLDER, pages

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.judgement import SeverityRule, StrengthPart
from pipelines.paths import SQL_DIR


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The pages by the name of their file."""
    return pages()


def test_pages_are_those_of_the_detectors_that_there_are(made: dict[str, str]) -> None:
    """`make docs` has been run since the last change."""
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == made


@pytest.mark.parametrize("detector", load_catalogue().values(), ids=lambda one: one.id)
def test_every_page_names_actors_severities_and_reasons(
    detector: Detector, made: dict[str, str]
) -> None:
    """What a reader decides by is on the page, in both languages."""
    page = made[f"{detector.id}.md"]
    for rule in (*detector.severities, *detector.strength):
        assert isinstance(rule, SeverityRule | StrengthPart)
        assert rule.when is None or f"`{rule.when}`".replace("|", "\\|") in page
        assert rule.reason is None or rule.reason.both in page
    for text in (detector.title, detector.description, detector.false_positives):
        assert text.ja.strip() in page
        assert text.en.strip() in page
    for name in detector.parameters:
        assert f"| `{name}` |" in page


def test_formulas_that_a_detector_rests_on_are_there() -> None:
    """A page of `docs/`, which names each of its constants as SQL does."""
    models = {one.model for one in load_catalogue().values() if one.model}
    assert models
    macros = (SQL_DIR / "macros.sql").read_text(encoding="utf-8")
    constants = set(re.findall(r"macro (\w+)\(\) as", macros))
    for model in models:
        page = (SQL_DIR.parent / "docs" / model).read_text(encoding="utf-8")
        named = set(re.findall(r"(?<![/.\w-])([a-z]+(?:_[a-z]+)+)(?![./\w])", page))
        assert named - {"class_of_day", "excluded_days"} <= constants
