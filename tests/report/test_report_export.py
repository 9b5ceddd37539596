"""findings.json is exact, findings.csv is safe to open."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.findings import COLUMNS, Finding
from pipelines.report.export import findings_csv, findings_json
from tests.report import report_lake

KEYS = [
    "finding_id",
    "date",
    "detector",
    "category",
    "severity",
    "score",
    "site_id",
    "franchise",
    "actor_kind",
    "actor",
    "first_seen",
    "last_seen",
    "event_count",
    "subject_count",
    "summary",
    "evidence",
    "measures",
    "status",
    "case_id",
    "severity_found",
    "lowered",
]


def _cells(finding: Finding) -> dict[str, str]:
    text = findings_csv([finding])
    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return row


def test_json_is_an_array_with_the_public_keys_in_order() -> None:
    """Other people's scripts rely on these names."""
    (first, *_) = json.loads(findings_json(report_lake.findings_of_day()))
    assert list(first) == KEYS == list(COLUMNS)
    assert first["date"] == "2026-11-20"
    assert first["first_seen"] == "2026-11-20T00:15:00.000000Z"
    assert first["evidence"]["observed"] == 342
    assert first["measures"] == [2, 3, 5]
    assert json.loads(findings_json([])) == []


@settings(deadline=None)  # no test depends on the machine's speed
@given(st.text())
def test_json_reads_back_as_the_same_text_and_hides_nothing(text: str) -> None:
    """Values are exact; what a viewer would obey stands as an escape."""
    written = findings_json([report_lake.make_finding(actor=text, evidence={text: [text]})])
    written.encode("utf-8")
    (read,) = json.loads(written)
    assert read["actor"] == text
    assert read["evidence"] == {text: [text]}
    assert not set(written) & set("\u202e\u2066\u200b\ufeff\x7f\x9b")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+81-3", "'+81-3"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'‹U+0009›x"),
        ("\rx", "'‹U+000D›x"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("plain, with comma", "plain, with comma"),
        ('say "x"', 'say "x"'),
        ("a\u202eb", "a‹U+202E›b"),
        ("", ""),
    ],
)
def test_csv_cells_are_no_formulas(value: str, cell: str) -> None:
    """What a spreadsheet would run is text to it."""
    assert _cells(report_lake.make_finding(actor=value))["actor"] == cell


def test_csv_has_a_row_a_finding_and_lists_as_json() -> None:
    """Columns are the keys; evidence and measures are JSON in a cell; lines end as CSV says."""
    findings = report_lake.findings_of_day()
    text = findings_csv(findings)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == len(findings)
    assert list(rows[0]) == KEYS
    assert json.loads(rows[0]["measures"]) == [2, 3, 5]
    assert json.loads(rows[0]["evidence"])["observed"] == 342
    assert rows[0]["franchise"] == ""
    assert text.count("\r\n") == len(findings) + 1


def test_csv_cells_fit_a_spreadsheet() -> None:
    """A cell longer than a spreadsheet takes is cut; the whole stands in the JSON."""
    finding = report_lake.make_finding(summary="x" * 100_000)
    assert len(_cells(finding)["summary"]) == 32_000
    hidden = _cells(report_lake.make_finding(summary="\u202e" * 40_000))["summary"]
    assert (len(hidden), hidden[:16], hidden[-1]) == (32_000, "‹U+202E›‹U+202E›", "…")
    assert "x" * 100_000 in findings_json([finding])
