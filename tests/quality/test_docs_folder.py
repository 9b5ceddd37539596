"""What lies in the folder of the Data Docs after a run, beside what earlier runs left there."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import MimamoriError
from pipelines.quality.docs import _delete, write_docs
from pipelines.quality.owners import FILES
from pipelines.quality.result import CheckResult
from pipelines.quality.suites import Suite
from tests.quality.made_suites import suite

_DAY = dt.date(2025, 11, 16)
_SUITES = (suite(name="lakes", judges="lake"),)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that no page asks."""
    with duckdb.connect() as con:
        yield con


def _result(check_id: str, **changes: Any) -> CheckResult:
    base: dict[str, Any] = {
        "log_date": _DAY, "suite": "lakes", "check_id": check_id, "site_id": None,
        "severity": "warning", "success": True, "observed": "", "expected": "",
        "title_ja": f"表題 {check_id}", "title_en": f"title {check_id}",
        "checked_at": dt.datetime(2025, 11, 17, tzinfo=dt.UTC), "basis": "b",
    }  # fmt: skip
    return CheckResult(**base | changes)


def _about_file(number: int, *, success: bool = False) -> CheckResult:
    return _result(f"file {number}", suite=FILES, success=success, basis=None)


def _write(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    results: Sequence[CheckResult] = (),
    suites: Sequence[Suite] = _SUITES,
) -> None:
    write_docs(con, suites, [], results, folder)


def _left(folder: Path, *names: str) -> None:
    """Pages of earlier runs."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", encoding="utf-8")


def _cell(folder: Path, name: str) -> dict[str, Any]:
    cell: dict[str, Any] = json.loads((folder / str(_DAY) / f"{name}.json").read_bytes())
    return cell


def test_what_was_carried_over_leads_to_the_last_page(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Each check counts once, as failed where it failed at any site."""
    _left(tmp_path, "2025-11-09/lakes.html", "2025-11-12/lakes.html", "expectations/lakes.html")
    results = [
        _result("a", success=False, site_id="x"),
        _result("a", success=False, site_id="y"),
        _result("b"),
        _result("c"),
    ]
    _write(con, tmp_path, results)
    assert _cell(tmp_path, "lakes") == {"checks": 3, "failed": 1, "day": "2025-11-12"}
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f"<td>{_DAY}</td>" in index
    assert 'href="2025-11-12/lakes.html">✕ 1 / 3' in index
    _write(con, tmp_path, [_result("a"), _result("a", success=False), _result("a")])
    assert _cell(tmp_path, "lakes") == {"checks": 1, "failed": 1, "day": "2025-11-12"}
    _write(con, tmp_path, [_result("a")])
    assert _cell(tmp_path, "lakes") == {"checks": 1, "failed": 0, "day": "2025-11-12"}
    assert "✓ 1" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("basis", "pages"),
    [("b", ()), ("b", ("2025-11-12/other.html",)), (None, ("2025-11-12/lakes.html",))],
)
def test_what_no_page_shows_has_no_cell(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, basis: str | None, pages: tuple[str, ...]
) -> None:
    """Neither what was carried over without a page, nor what was judged for a day."""
    _left(tmp_path, *pages)
    _write(con, tmp_path, [_result("a", basis=basis)])
    assert not (tmp_path / str(_DAY)).exists()


def test_files_of_owners_that_cannot_be_used_have_a_page(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """One a day, with the ones that are wrong, and a column of the index."""
    _write(con, tmp_path, [_about_file(1), _about_file(2), _about_file(3, success=True)])
    assert _cell(tmp_path, FILES) == {"checks": 3, "failed": 2, "day": str(_DAY)}
    page = (tmp_path / str(_DAY) / f"{FILES}.html").read_text(encoding="utf-8")
    assert "title file 1" in page
    assert "title file 2" in page
    assert "title file 3" not in page
    assert f"{_DAY}/{FILES}.html" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_names_in_files_of_owners_are_text(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Whoever names a file puts nothing into the page."""
    _write(con, tmp_path, [_result("x", suite=FILES, success=False, title_en="<b>bold</b>")])
    page = (tmp_path / str(_DAY) / f"{FILES}.html").read_text(encoding="utf-8")
    assert "<b>bold" not in page
    assert "&lt;b&gt;bold" in page


def test_without_files_of_owners_the_index_has_no_column_for_them(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """As most have none."""
    _write(con, tmp_path)
    without = (tmp_path / "index.html").read_text(encoding="utf-8").count('<th scope="col">')
    _write(con, tmp_path, [_about_file(1)])
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert index.count('<th scope="col">') == without + 1


def test_pages_of_what_is_judged_no_more_are_deleted(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Those of owners, of the days that were judged; ours and those of other days stay."""
    gone = [f"{_DAY}/own-a.html", f"{_DAY}/own-a.json", f"{_DAY}/own-a.busy.html"]
    gone.append(f"{_DAY}/{FILES}.html")
    kept = [f"{_DAY}/lakes.html", "2025-11-15/own-a.html", f"2025-11-15/{FILES}.html"]
    _left(tmp_path, *gone, *kept)
    _write(con, tmp_path, [_result("a")])
    assert [name for name in (*gone, *kept) if (tmp_path / name).is_file()] == kept


def test_days_are_listed_the_last_first(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Days of earlier runs too; a cell of an earlier version is of the day of its folder."""
    for day in (14, 15):
        _left(tmp_path, f"2025-11-{day}/lakes.html")
        cell = tmp_path / f"2025-11-{day}" / "lakes.json"
        cell.write_text('{"checks": 2, "failed": 0}', encoding="utf-8")
    _write(con, tmp_path, [_result("a")])
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    places = [index.index(f"<td>2025-11-{day}</td>") for day in (16, 15, 14)]
    assert places == sorted(places)
    assert 'href="2025-11-14/lakes.html"' in index


def test_the_page_of_a_suite_is_written_when_it_would_differ(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Or is not there, whole or in part: it takes a while to make."""
    page = tmp_path / "expectations" / "lakes.html"
    _write(con, tmp_path)
    whole = page.read_text(encoding="utf-8")
    page.write_text("as it was", encoding="utf-8")
    _write(con, tmp_path)
    assert page.read_text(encoding="utf-8") == "as it was"
    _write(con, tmp_path, suites=[suite(name="lakes", judges="lake", reads=["site"])])
    assert page.read_text(encoding="utf-8") == whole
    page.unlink()
    _write(con, tmp_path, suites=[suite(name="lakes", judges="lake", reads=["site"])])
    assert page.is_file()
    page.write_text("as it was", encoding="utf-8")
    page.with_suffix(".digest").unlink()
    _write(con, tmp_path)
    assert page.read_text(encoding="utf-8") == whole


def test_a_folder_that_cannot_be_written_is_told(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """By the file in question, and by one that cannot be deleted."""
    (tmp_path / "expectations").write_text("a file", encoding="utf-8")
    with pytest.raises(MimamoriError, match=r"lakes\.html"):
        _write(con, tmp_path)
    folder = tmp_path / "other"
    (folder / str(_DAY) / "own-a.html").mkdir(parents=True)
    with pytest.raises(MimamoriError, match=r"own-a\.html"):
        _write(con, folder, [_result("a")])


def test_a_page_that_somebody_else_has_deleted_meanwhile_is_gone(tmp_path: Path) -> None:
    """That is all that was wanted."""
    page = tmp_path / "own-a.html"
    page.write_text("a page")
    for _ in range(2):
        _delete(page)
        assert not page.exists()
