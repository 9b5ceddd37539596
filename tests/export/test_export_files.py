"""Spreadsheets run nothing and hide nothing; files appear whole or not at all."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pipelines.errors import MimamoriError, UsageError
from pipelines.export import records, spreadsheet
from pipelines.export.run import What
from pipelines.findings import COLUMNS as FINDING_COLUMNS
from pipelines.ingest.convert import COLUMNS
from tests.export import export_lake
from tests.export.export_lake import Folder

_NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]")


def _cells(content: bytes, sheet: int = 1) -> list[dict[str, tuple[str, str]]]:
    """Each row of a sheet: column letters to (type, text)."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        tree = ET.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))  # noqa: S314 - ours
    assert not tree.findall(".//x:f", _NAMESPACE)
    assert not tree.findall(".//x:hyperlink", _NAMESPACE)
    return [
        {
            re.sub(r"\d", "", cell.attrib["r"]): (
                cell.attrib.get("t", "n"),
                "".join(cell.itertext()),
            )
            for cell in row.findall("x:c", _NAMESPACE)
        }
        for row in tree.findall(".//x:row", _NAMESPACE)
    ]


def test_csv_of_records_is_safe_and_whole(hostile: Folder) -> None:
    """One row a record, no cell that a spreadsheet runs, nothing hidden."""
    text = hostile.export("records", "csv")[0].decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    agents = [row["user_agent"] for row in rows]
    assert agents[0] == "'=1+1"
    assert agents[4:6] == ["'@SUM(A1)", "‹U+202E›evil"]
    assert rows[7]["referrer"] == "'+1"
    assert len(rows[6]["url_path"]) == 32_000
    assert not _HIDDEN.search(text.replace("\r\n", ""))


@pytest.mark.parametrize(
    ("what", "columns"),
    [("records", COLUMNS), ("findings", FINDING_COLUMNS)],
)
def test_workbook_holds_text_as_text(
    hostile: Folder, tmp_path: Path, what: What, columns: tuple[str, ...]
) -> None:
    """No formula, no link; instants are dates, large ids exact; the second sheet tells the zone."""
    content, done = hostile.export(what, "xlsx", tmp_path / "book.xlsx")
    heading, *rows = _cells(content)
    assert tuple(text for _, text in heading.values()) == columns
    assert len(rows) == done.rows
    values = {text for row in rows for _, text in row.values()}
    if what == "records":
        assert {"=1+1", "@SUM(A1)", "http://link.example", "‹U+202E›evil"} <= values
        assert {row["A"][0] for row in rows} == {"inlineStr"}
        assert rows[0]["B"] == ("n", "46345.375")
    else:
        assert "=cmd|'/c calc'!A1" in values
    assert not any(_HIDDEN.search(text) for text in values)
    about = {row["A"][1]: row["B"][1] for row in _cells(content, 2)}
    assert about["zone"] == "Asia/Tokyo"
    assert about["snapshot"] == str(done.cursor)
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


def test_more_rows_than_a_sheet_holds_are_refused_before_the_file(
    hostile: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to do; nothing is cut off silently."""
    monkeypatch.setattr(spreadsheet, "SHEET_ROWS", 7)
    for what in ("records", "findings"):
        with pytest.raises(MimamoriError, match=r"--until.*--to csv"):
            hostile.export(what, "xlsx", tmp_path / "book.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_private_and_replaced_in_one_step(
    hostile: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails half-way leaves what stood there before."""
    out = tmp_path / "records.csv"
    out.write_text("before")
    rows = records.Records.rows

    def failing(self: records.Records):
        yield next(iter(rows(self)))
        raise MimamoriError("the disk went away")

    with monkeypatch.context() as patched:
        patched.setattr(records.Records, "rows", failing)
        with pytest.raises(MimamoriError, match="went away"):
            hostile.export("records", "csv", out)
    assert out.read_text() == "before"
    hostile.export("records", "csv", out)
    assert out.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["records.csv"]


def test_a_link_stays_and_a_pipe_is_written_to(hostile: Folder, tmp_path: Path) -> None:
    """Only a plain file is replaced."""
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    hostile.export("records", "combined", link)
    assert link.is_symlink()
    assert target.read_bytes().count(b"\n") == 8
    hostile.export("records", "combined", Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("what", "form", "out", "wanted", "message"),
    [
        ("findings", "combined", None, {}, "records だけ"),
        ("records", "stix", None, {}, "findings だけ"),
        ("records", "xlsx", None, {}, "-o FILE"),
        ("records", "csv", ".", {}, "is a folder"),
        ("records", "csv", "none/x.csv", {}, "no such folder"),
        ("records", "csv", None, {"sites": ("shpo",)}, "did you mean shop?"),
    ],
)
def test_what_cannot_be_is_told_in_both_languages(
    hostile: Folder,
    tmp_path: Path,
    what: What,
    form: str,
    out: str | None,
    wanted: dict[str, Any],
    message: str,
) -> None:
    """Wrong usage names the remedy and writes nothing."""
    with pytest.raises(UsageError, match=message) as error:
        hostile.export(what, form, None if out is None else tmp_path / out, **wanted)
    assert " / " in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.further
def test_a_lake_without_findings_gives_empty_files(folder: Folder, tmp_path: Path) -> None:
    """A heading, an empty array, no line: never an error."""
    folder.deliver("shop/access.log", export_lake.HOSTILE_LINES[:1])
    assert folder.export("findings", "json")[0] == b"[\n]\n"
    assert folder.export("findings", "ndjson")[0] == b""
    assert folder.export("findings", "csv")[0].count(b"\r\n") == 1
    content, done = folder.export("findings", "xlsx", tmp_path / "book.xlsx")
    assert done.rows == 0
    assert len(_cells(content)) == 1
