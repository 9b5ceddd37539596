"""The pages of the detectors say what the detectors are."""

import pytest
from pages.detectors import (
    FOLDER,
    actor_kinds,
    pages,
    severity_rules,
)

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.macros import written_out


def test_pages_are_those_of_the_detectors_that_there_are() -> None:
    """`make docs` has been run since the last change."""
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert written == pages()


@pytest.mark.parametrize("detector", load_catalogue().values(), ids=lambda one: one.id)
def test_every_page_names_actors_severities_and_reasons(detector) -> None:
    """What a reader decides by is on the page, in both languages."""
    page = pages()[f"{detector.id}.md"]
    assert actor_kinds(written_out(detector.query))
    assert severity_rules(written_out(detector.query))
    for text in (detector.title, detector.description, detector.false_positives):
        assert text.ja.strip() in page
        assert text.en.strip() in page
    for name in detector.parameters:
        assert f"| `{name}` |" in page


def test_severity_rules_are_cut_whole_from_a_query() -> None:
    """A nested case, a literal, and a name that is no rule."""
    query = """
    select
        case when a then 'high' when b then case when c then 'low' else 'info' end
            else 'medium'
        end as severity,
        'site' as actor_kind
    union all
    select 'info' as severity, case when d then 'ip' else 'user' end as actor_kind
    union all
    select x.grade as severity, 'own' as baseline
    """
    first, second = severity_rules(query)
    assert first.startswith("case when a then 'high'")
    assert first.endswith("end")
    assert "case when c then 'low' else 'info' end" in first
    assert second.removeprefix("select ") == "'info'"
    assert actor_kinds(query) == {"site", "ip", "user"}
