"""Digests of files on record: which files, by which names, and what was last said of each."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from pipelines.records import Act, Records, Series
from pipelines.records.evidence import (
    FILES,
    KEY_PURPOSE,
    changed_files,
    digest_of,
    keyed,
    note_again,
    note_change,
    note_files,
    note_removal,
    noted_digests,
    removed_files,
)
from pipelines.records.verify import verify
from tests.records.forged import AT


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _noted(records: Records, path: Path) -> str:
    return keyed(digest_of(path), records.derived_key(KEY_PURPOSE))


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with two files, one in a folder of its own."""
    folder = tmp_path / "reports"
    (folder / "more").mkdir(parents=True)
    (folder / "index.html").write_text("one")
    (folder / "more" / "list.html").write_text("list")
    return folder


def _told(records: Records) -> list[tuple[str, Any]]:
    return [(one.what, one.about) for one in records.entries(Series.EVIDENCE)]


def test_a_folder_has_the_digest_of_its_files_and_their_names(pages: Path) -> None:
    """In order; another name or content is another digest, an empty folder in it is none."""
    lines = f"{_sha256('one')}  index.html\n{_sha256('list')}  more/list.html\n"
    assert digest_of(pages / "index.html") == _sha256("one")
    assert digest_of(pages) == _sha256(lines)
    (pages / "empty").mkdir()
    assert digest_of(pages) == _sha256(lines)
    (pages / "more" / "list.html").rename(pages / "more" / "items.html")
    assert digest_of(pages) != _sha256(lines)


def test_files_below_the_working_folder_are_noted(
    records: Records, tmp_path: Path, pages: Path
) -> None:
    """By their path in it, with a reason where there is one; those elsewhere are not."""
    page = pages / "index.html"
    note_files(records, tmp_path, [page, pages], AT)
    note_files(records, tmp_path, [page], AT, "corrected")
    note_files(records, pages / "more", [page], AT)
    note_files(records, tmp_path, [], AT)
    digests = {"reports/index.html": _noted(records, page), "reports": _noted(records, pages)}
    assert _told(records) == [
        ("files written", {"files": digests}),
        (
            "files written",
            {"files": {"reports/index.html": _noted(records, page)}, "why": "corrected"},
        ),
    ]
    assert noted_digests(records.entries(Series.EVIDENCE)) == {
        "reports/index.html": (_noted(records, page), 2),
        "reports": (_noted(records, pages), 1),
    }


def test_no_record_tells_who_has_no_key_what_a_file_held(
    records: Records, tmp_path: Path, pages: Path
) -> None:
    """A name that is tried in a page of after an erasure meets no digest of before."""
    note_files(records, tmp_path, [pages / "index.html", pages], AT)
    on_record = "".join(path.read_text() for path in records.files(Series.EVIDENCE))
    assert "reports/index.html" in on_record
    assert digest_of(pages / "index.html") not in on_record
    assert digest_of(pages) not in on_record


def test_files_noted_under_a_former_key_or_without_one_hold(
    records: Records, tmp_path: Path, pages: Path
) -> None:
    """As they do in records of an earlier release; what was changed since then is told."""
    note_files(records, tmp_path, [pages / "index.html"], AT)
    listed = pages / "more" / "list.html"
    plain = {"files": {"reports/more/list.html": digest_of(listed)}}
    records.append(Series.EVIDENCE, Act(FILES, plain), AT)
    records.change_key(Act("keys rotate"), AT)
    assert verify(records).ok
    (pages / "index.html").write_text("two")
    assert not verify(records).ok
    (pages / "index.html").write_text("one")
    listed.write_text("two")
    assert not verify(records).ok


def test_a_file_that_differs_from_its_digest_is_told(tmp_path: Path, pages: Path) -> None:
    """One that is gone is not: nothing can be said of what it holds."""
    noted = {"reports/index.html": _sha256("one"), "reports/more/list.html": _sha256("list")}
    assert changed_files(tmp_path, noted, []) == []
    (pages / "index.html").write_text("two")
    (pages / "more" / "list.html").unlink()
    assert changed_files(tmp_path, noted, []) == ["reports/index.html"]


def test_what_goes_is_noted_before_it_goes(records: Records, tmp_path: Path, pages: Path) -> None:
    """The last record of it counts; nothing is said of nothing."""
    note_removal(records, tmp_path, [pages / "index.html"], AT, "kept long enough")
    note_removal(records, tmp_path, [pages / "index.html", pages], AT, "erased")
    note_removal(records, tmp_path, [], AT, "erased")
    note_change(records, ["x"], AT, "erased")
    assert removed_files(records.entries(Series.EVIDENCE)) == {
        "reports/index.html": 2,
        "reports": 2,
    }
    assert _told(records)[:2] == [
        ("files to be removed", {"files": ["reports/index.html"], "why": "kept long enough"}),
        ("files to be removed", {"files": ["reports/index.html", "reports"], "why": "erased"}),
    ]


def test_what_was_to_change_is_noted_again(records: Records, tmp_path: Path, pages: Path) -> None:
    """Of these reasons alone: what changed, the folders it is in, and what went by then."""
    page, listed = pages / "index.html", pages / "more" / "list.html"
    note_files(records, tmp_path, [page, listed, pages], AT)
    note_change(records, set(), AT, "erased")
    note_change(
        records, {"reports/index.html", "reports/more/list.html", "reports/new.html"}, AT, "erased"
    )
    page.write_text("two")
    listed.unlink()
    (pages / "new.html").write_text("never noted")
    note_again(records, tmp_path, AT, {"corrected"})
    assert len(_told(records)) == 2
    assert not verify(records).ok
    note_again(records, tmp_path, AT, {"erased", "corrected"})
    assert _told(records)[1:] == [
        (
            "files to be written anew",
            {
                "files": ["reports/index.html", "reports/more/list.html", "reports/new.html"],
                "why": "erased",
            },
        ),
        (
            "files written",
            {
                "files": {
                    "reports": _noted(records, pages),
                    "reports/index.html": _noted(records, page),
                },
                "why": "corrected, erased",
            },
        ),
        (
            "files to be removed",
            {"files": ["reports/more/list.html"], "why": "corrected, erased"},
        ),
    ]
    assert verify(records).ok
