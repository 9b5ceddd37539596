"""Suites of checks for tests: as small as they can be, and right but for what a test changes."""

from typing import Any

from pipelines.quality.suites import Suite

BETWEEN = "expect_column_values_to_be_between"
ROWS = "unexpected_rows_expectation"


def text(english: str = "words") -> dict[str, str]:
    """Return words in both languages."""
    return {"ja": f"{english}（日本語）", "en": english}


def check(name: str = "few", kind: str = BETWEEN, **changes: Any) -> dict[str, Any]:
    """Return a check as a file has it; `kwargs` and what `meta` says may be changed."""
    meta: dict[str, Any] = {
        "id": name,
        "title": text(f"title of {name}"),
        "failed": text(f"failed {name}"),
        "expected": "nothing" if kind == ROWS else None,
        "shows": [],
        "catches": text(),
        "reason": text(),
    }
    kwargs = {
        BETWEEN: {"column": "records", "max_value": 5},
        ROWS: {"unexpected_rows_query": "select log_date, site_id from {batch} where rejects > 0"},
    }[kind]
    return {
        "type": kind,
        "kwargs": changes.pop("kwargs", kwargs),
        "severity": changes.pop("severity", "warning"),
        "meta": meta | changes,
    }


def suite(*checks: dict[str, Any], sql: str = "select 1", **changes: Any) -> Suite:
    """Return a suite of these checks, or of a small one; `changes` are those of its meta."""
    return Suite.model_validate(
        {
            "name": changes.pop("name", "made"),
            "id": None,
            "expectations": list(checks or [check()]),
            "suite_parameters": {},
            "meta": {"great_expectations_version": "", "title": text("made")} | changes,
            "notes": None,
            "sql": sql,
        }
    )
