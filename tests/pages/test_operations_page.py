"""The on-call table of `docs/operations.md` has what somebody may see at night."""

import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.paths import PROJECT_ROOT

_PAGE = (PROJECT_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_TABLE = _PAGE.partition("/ On call\n")[2]
_FIRST_CELLS = [row.split("|")[1] for row in _TABLE.splitlines() if row.startswith("| ")]


def test_every_finding_of_operations_has_a_row() -> None:
    """By the id of its detector."""
    detectors = {one.id for one in load_catalogue().values() if one.category == "operations"}
    assert "log-gap" in detectors
    shown = " ".join(_FIRST_CELLS)
    assert {one for one in detectors if f"`{one}`" not in shown} == set()


@pytest.mark.parametrize("code", ["0", "1", "2", "130", "137", "143"])
def test_every_exit_code_has_a_row(code: str) -> None:
    """Those of the program, and those of a process that a signal ended."""
    assert any(code in cell for cell in _FIRST_CELLS)
