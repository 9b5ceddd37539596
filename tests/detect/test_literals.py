"""A threshold in a query has a name: the checker tells figures from places, decimals and codes."""

from pathlib import Path

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.day import DAY_TABLES
from pipelines.detect.judgement import expressions
from pipelines.detect.literals import unnamed_figures


@pytest.mark.parametrize(
    "query",
    [
        "select 0 as subject_count, 1.0 as factor, 1 + log10(1 + hits)",
        "select names[1:10], signs[2] from given",
        "select round(sum(amount) / greatest(1, days), 2) from given",
        "select stddev ** 2 from given",
        "select * from request where status in (401, 403, 404) or status between 200 and 299",
        "select * from request where coalesce(request.status, 0) < 400 or status <> 304",
        "select * from request where request.status not between 200 and 299",
        "select * from given where hits >= $min_hits -- three of 10 days",
        "select 'over 9000' as \"column 12\"",
    ],
)
def test_what_is_no_judgement_needs_no_name(query: str) -> None:
    """Nought and one, places, decimals, powers, status codes, comments and texts."""
    assert list(unnamed_figures(query)) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("select *\nfrom given\nwhere hits >= 20", [(3, "20")]),
        ("select round(12 * share, 1), 1.5e-3 * hits", [(1, "12"), (1, "1.5e-3")]),
        ("select round(greatest(share, 2), 1)", [(1, "2")]),
        ("select '日本語', 60_000 + hits", [(1, "60_000")]),
        ("select * from given where minutes in (401, 403)", [(1, "401"), (1, "403")]),
        ("select * from given where status < 400 and hits > 7", [(1, "7")]),
        ("select * from given limit 100", [(1, "100")]),
    ],
)
def test_figure_without_a_name_is_told_with_its_line(
    query: str, found: list[tuple[int, str]]
) -> None:
    """Thresholds, weights, and what only looks like a status code."""
    assert list(unnamed_figures(query)) == found


@pytest.mark.parametrize("detector", load_catalogue().values(), ids=lambda one: one.id)
def test_no_shipped_query_has_a_figure_without_a_name(detector) -> None:
    """Neither a query nor a rule of a header; weights of the strength have their own reason."""
    for sql in (detector.query, detector.tests_query or "", *expressions(detector).values()):
        assert list(unnamed_figures(sql)) == []


@pytest.mark.parametrize(
    "path",
    sorted(DAY_TABLES.rglob("*.sql")),
    ids=lambda path: path.relative_to(DAY_TABLES).as_posix(),
)
def test_no_table_of_the_day_has_a_figure_without_a_name(path: Path) -> None:
    """Its figures are macros, each with its reason."""
    assert list(unnamed_figures(path.read_text(encoding="utf-8"))) == []
