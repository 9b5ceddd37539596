"""The data dictionary says what the schema says."""

from pipelines.report.data_dictionary import FILE, document


def test_page_is_that_of_the_schema_that_there_is() -> None:
    """`python -m pipelines.report.data_dictionary` has been run since the last change."""
    assert FILE.read_text(encoding="utf-8") == document()
