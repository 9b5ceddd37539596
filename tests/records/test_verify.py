"""The proof of the records: which record is told of, in which file, and as what."""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pytest

from pipelines.records import Act, Records, Series
from pipelines.records.entry import BROKEN_OFF, NO_HASH
from pipelines.records.evidence import note_files, note_removal
from pipelines.records.verify import Fault, Proof, verify
from pipelines.text.messages import message
from tests.records.forged import AT, Forger, hash_of

_FILE = "use-2026-11.jsonl"
_HEAD = "keys/records.head"
_OTHER = "f" * 64


def _fault(seq: int, word: str, file: str = _FILE, **values: Any) -> Fault:
    return Fault(file, seq, message(f"records.verify.{word}", **values))


@pytest.fixture
def forger(records: Records) -> Forger:
    """Somebody who has the key."""
    return Forger(records)


def test_no_records_are_as_they_were_written(records: Records) -> None:
    """An empty chain is proved, and ends with no hash."""
    assert verify(records) == Proof(0, NO_HASH, None)
    assert verify(records, {"a mail": NO_HASH}).ok


def test_a_record_follows_the_one_before_by_its_hash(forger: Forger) -> None:
    """One signed with the key that holds another hash is told, wherever it stands."""
    first, second, third = forger.chain(1, 2, 3)
    forger.put(first, second, third)
    forger.keep_head(3, hash_of(third))
    assert verify(forger.records) == Proof(3, hash_of(third), None)
    forger.put(first, second, forger.line(3, _OTHER))
    assert verify(forger.records).first_bad == _fault(3, "other_before")
    forger.put(first, forger.line(2, _OTHER), third)
    assert verify(forger.records).first_bad == _fault(2, "other_before")
    forger.put(forger.line(1, _OTHER), *forger.chain(2, 3))
    assert verify(forger.records).first_bad == _fault(1, "other_before")


@pytest.mark.parametrize(
    ("kept", "seq", "which"),
    [((1, 3, 4), 2, "2"), ((1, 4), 2, "2–3"), ((2, 3, 4), 1, "1"), ((4,), 1, "1–3")],
)
def test_what_was_removed_is_named_by_its_numbers(
    forger: Forger, kept: tuple[int, ...], seq: int, which: str
) -> None:
    """One number, or the first and the last of several."""
    lines = forger.chain(1, 2, 3, 4)
    forger.put(*(lines[number - 1] for number in kept))
    forger.keep_head(4, hash_of(lines[-1]))
    assert verify(forger.records).first_bad == _fault(seq, "removed", which=which)


def test_two_records_of_one_number_are_told(forger: Forger) -> None:
    """In two files, as within one they are out of order."""
    first, second = forger.chain(1, 2)
    forger.put(first, second)
    decision = forger.line(2, hash_of(first), series=Series.DECISIONS)
    forger.put(decision, name="decisions-2026-11")
    forger.keep_head(2, hash_of(second))
    bad = verify(forger.records).first_bad
    assert bad is not None
    assert (bad.seq, bad.why) == (2, message("records.verify.twice"))
    (forger.records.folder / "decisions-2026-11.jsonl").unlink()
    forger.put(first, second, second)
    found = verify(forger.records)
    assert found.first_bad == _fault(2, "reordered")
    assert found.entries == 3
    forger.put(second, first)
    assert verify(forger.records).first_bad == _fault(1, "reordered")


def test_a_record_stands_in_the_file_of_its_month(forger: Forger) -> None:
    """A file begins with its own month; after it an earlier one may follow, a later may not."""
    november = forger.line(1)
    december = forger.line(2, hash_of(november), at=AT + dt.timedelta(days=30))
    forger.put(november, december)
    forger.keep_head(2, hash_of(december))
    assert verify(forger.records).first_bad == _fault(2, "other_month")
    (forger.records.folder / _FILE).unlink()
    forger.put(november, december, name="use-2026-12")
    assert verify(forger.records).first_bad == _fault(1, "other_month", "use-2026-12.jsonl")
    (forger.records.folder / "use-2026-12.jsonl").unlink()
    set_back = forger.line(3, hash_of(december))
    forger.put(november)
    forger.put(december, set_back, name="use-2026-12")
    forger.keep_head(3, hash_of(set_back))
    assert verify(forger.records).ok


def _told(forger: Forger, seq: int, before: bytes, fragment: bytes) -> bytes:
    digest = hashlib.sha256(fragment).hexdigest()
    return forger.line(seq, hash_of(before), Act(BROKEN_OFF, {"sha256": digest}))


def test_a_broken_line_is_excused_by_the_record_that_tells_of_it(forger: Forger) -> None:
    """Of exactly that line, and right behind it; such a record has no other reason."""
    first, plain_second = forger.chain(1, 2)
    second = _told(forger, 2, first, b"{broken")
    third = forger.line(3, hash_of(second))
    forger.keep_head(3, hash_of(third))
    forger.put(first, b"{broken\n", second, third)
    assert verify(forger.records) == Proof(3, hash_of(third), None)
    for lines in (
        [first, b"{other\n", second, third],
        [first, b"{broken\n", b"{broken\n", second, third],
        [first, b"{broken\n", plain_second],
    ):
        forger.put(*lines)
        assert verify(forger.records).first_bad == _fault(2, "edited"), lines
    forger.put(first, second, third)
    assert verify(forger.records).first_bad == _fault(2, "edited")
    forger.put(first, second, b"{broken\n", third)
    assert verify(forger.records).first_bad == _fault(2, "edited")
    untold = forger.line(2, hash_of(first), Act(BROKEN_OFF, "no digest"))
    forger.put(first, b"{broken\n", untold)
    assert verify(forger.records).first_bad == _fault(2, "edited")


def test_a_line_is_told_by_its_own_number_or_the_next_of_its_file(forger: Forger) -> None:
    """A record that tells of nothing by its number, a broken line by what would follow there."""
    first, second, third = forger.chain(1, 2, 3)
    told = _told(forger, 3, second, b"{broken")
    decision = forger.line(2, hash_of(first), series=Series.DECISIONS)
    third = forger.line(3, hash_of(decision))
    forger.keep_head(1, hash_of(first))
    forger.put(decision, name="decisions-2026-11")
    forger.put(first, told)
    assert verify(forger.records).first_bad == _fault(3, "edited")
    forger.put(first, b"{broken\n", third)
    assert verify(forger.records).first_bad == _fault(2, "edited")


def test_a_broken_line_at_the_end_is_told(forger: Forger) -> None:
    """With a line feed it was a record; without one a crash broke it off."""
    first, second = forger.chain(1, 2)
    forger.keep_head(2, hash_of(second))
    forger.put(first, second, b"{broken")
    assert verify(forger.records).ok
    forger.put(first, second, b"{broken\n")
    assert verify(forger.records).first_bad == _fault(3, "edited")
    forger.put(b"{broken\n")
    assert verify(forger.records).first_bad == _fault(1, "edited")


def test_a_record_that_tells_of_a_broken_line_may_be_of_any_month(forger: Forger) -> None:
    """It stands behind that line, in whichever file that is."""
    first = forger.line(1)
    digest = hashlib.sha256(b"{broken").hexdigest()
    act = Act(BROKEN_OFF, {"sha256": digest})
    second = forger.line(2, hash_of(first), act, at=AT + dt.timedelta(days=60))
    forger.put(first, b"{broken\n", second)
    forger.keep_head(2, hash_of(second))
    assert verify(forger.records).ok


def test_a_line_is_genuine_in_its_series_alone(forger: Forger) -> None:
    """One of a file of use is none of a file of decisions."""
    (line,) = forger.chain(1)
    forger.put(line, name="decisions-2026-11")
    forger.keep_head(0, NO_HASH)
    found = verify(forger.records)
    assert (found.entries, found.first_bad) == (0, _fault(1, "edited", "decisions-2026-11.jsonl"))


def test_the_head_among_the_keys_is_the_last_record_or_one_before(forger: Forger) -> None:
    """One that is ahead of the records, or of none of them, tells that they were changed."""
    lines = forger.chain(1, 2, 3)
    forger.put(*lines)
    for seq in (1, 2, 3):
        forger.keep_head(seq, hash_of(lines[seq - 1]))
        assert verify(forger.records).ok
    forger.keep_head(0, NO_HASH)
    assert verify(forger.records).ok
    for seq, which in ((4, "4"), (6, "4–6")):
        forger.keep_head(seq, _OTHER)
        assert verify(forger.records).first_bad == _fault(4, "cut", which=which)
    for seq in (1, 3):
        forger.keep_head(seq, _OTHER)
        assert verify(forger.records).first_bad == _fault(seq, "head_not_there")
    (forger.records.folder.parent / _HEAD).unlink()
    assert verify(forger.records).first_bad == _fault(4, "head_missing", _HEAD)
    (forger.records.folder / _FILE).unlink()
    assert verify(forger.records).first_bad == _fault(1, "head_missing", _HEAD)
    forger.keep_head(2, _OTHER)
    assert verify(forger.records).first_bad == _fault(1, "cut", "records", which="1–2")


def test_a_cut_is_told_of_the_file_of_the_last_record(forger: Forger) -> None:
    """Whichever series that is."""
    (first,) = forger.chain(1)
    second = forger.line(2, hash_of(first), series=Series.DECISIONS)
    forger.put(first)
    forger.put(second, name="decisions-2026-11")
    forger.keep_head(3, _OTHER)
    file = "decisions-2026-11.jsonl"
    assert verify(forger.records).first_bad == _fault(3, "cut", file, which="3")
    forger.keep_head(2, hash_of(second))
    assert verify(forger.records) == Proof(2, hash_of(second), None)


def test_records_end_behind_the_last_change_of_their_key(records: Records) -> None:
    """That is its record, with the former key; where it is the last one nothing is wrong."""
    for _ in range(2):
        records.append(Series.USE, Act("sql"), AT)
    changed = records.change_key(Act("keys rotate"), AT)
    assert (changed.seq, verify(records).ok) == (3, True)
    (path,) = records.files(Series.DECISIONS)
    path.unlink()
    forger = Forger(records)
    second = list(records.entries(Series.USE))[-1]
    forger.keep_head(2, second.hash)
    why = message("records.verify.key_was_changed", seq=3)
    assert verify(records).first_bad == Fault(_FILE, 3, why)


def test_heads_that_were_noted_elsewhere_are_among_the_records(records: Records) -> None:
    """Of any record; that of an empty chain is always."""
    entries = [records.append(Series.USE, Act("sql"), AT) for _ in range(2)]
    noted = {"a mail": entries[0].hash, "a report": entries[1].hash, "the first": NO_HASH}
    assert verify(records, noted).ok
    bad = verify(records, noted | {"a letter": _OTHER}).first_bad
    assert bad == _fault(3, "delivered_not_there", place="a letter")


def test_a_head_that_was_missing_is_told_for_good(records: Records) -> None:
    """By the record that says so."""
    records.append(Series.USE, Act("sql"), AT)
    (records.folder.parent / _HEAD).unlink()
    records.append(Series.USE, Act("sql"), AT)
    bad = verify(records).first_bad
    assert bad == _fault(2, "head_was_missing", "evidence-2026-11.jsonl")


def test_a_file_is_as_its_last_record_says(records: Records, tmp_path: Path) -> None:
    """A change without a record is told by the file; so is a file that is gone."""
    page, other = tmp_path / "reports" / "index.html", tmp_path / "other.html"
    page.parent.mkdir()
    for text in ("one", "two"):
        page.write_text(text)
        other.write_text("other")
        note_files(records, tmp_path, [page, other], AT)
    assert verify(records).ok
    page.write_text("one")
    assert verify(records).first_bad == _fault(2, "file_changed", "reports/index.html")
    page.unlink()
    assert verify(records).first_bad == _fault(2, "file_gone", "reports/index.html")


def test_the_file_of_the_first_record_is_missed_too(records: Records, tmp_path: Path) -> None:
    """Where nothing ever was put on record as removed."""
    page = tmp_path / "index.html"
    page.write_text("one")
    note_files(records, tmp_path, [page], AT)
    assert verify(records).ok
    page.unlink()
    assert verify(records).first_bad == _fault(1, "file_gone", "index.html")


@pytest.mark.parametrize("gone", ["reports/index.html", "reports"])
def test_a_file_may_go_after_it_is_on_record_that_it_goes(
    records: Records, tmp_path: Path, gone: str
) -> None:
    """Or that its folder does; noted again after that, it has to be there again."""
    page = tmp_path / "reports" / "index.html"
    page.parent.mkdir()
    page.write_text("one")
    note_files(records, tmp_path, [page], AT)
    note_removal(records, tmp_path, [tmp_path / gone], AT, "kept long enough")
    assert verify(records).ok
    page.unlink()
    assert verify(records).ok
    page.write_text("two")
    note_files(records, tmp_path, [page], AT)
    page.unlink()
    assert verify(records).first_bad == _fault(3, "file_gone", "reports/index.html")


def test_reports_are_named_since_the_first_record(records: Records, tmp_path: Path) -> None:
    """One made just then is, one made before it is not, and one of no time has to be."""
    pages = {"reports/x/index.html": AT}
    assert verify(records, pages=pages).first_bad == _fault(1, "unnamed", "reports/x/index.html")
    records.append(Series.USE, Act("sql"), AT)
    moment = dt.timedelta(microseconds=1)
    for made_at, ok in ((AT - moment, True), (AT, False), (AT + moment, False), (None, False)):
        found = verify(records, pages={"reports/x/index.html": made_at})
        assert found.first_bad == (None if ok else _fault(2, "unnamed", "reports/x/index.html"))
    records.append(Series.USE, Act("sql"), AT + dt.timedelta(days=1))
    bad = verify(records, pages=pages | {"reports/old.html": AT - moment}).first_bad
    assert bad == _fault(3, "unnamed", "reports/x/index.html")
    page = tmp_path / "reports" / "x" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("one")
    note_files(records, tmp_path, [page], AT)
    assert verify(records, pages=pages).ok


def test_the_first_fault_of_the_gravest_sort_is_told(forger: Forger, tmp_path: Path) -> None:
    """The chain before noted heads, those before files; of one sort the least number."""
    records = forger.records
    (tmp_path / "a.html").write_text("one")
    note_files(records, tmp_path, [tmp_path / "a.html"], AT)
    (tmp_path / "a.html").write_text("two")
    noted = {"a mail": _OTHER}
    assert verify(records).first_bad == _fault(1, "file_changed", "a.html")
    bad = verify(records, noted).first_bad
    assert bad == _fault(2, "delivered_not_there", "evidence-2026-11.jsonl", place="a mail")
    forger.put(forger.line(4), forger.line(3))
    bad = verify(records, noted).first_bad
    assert bad is not None
    assert (bad.seq, bad.why) == (2, message("records.verify.removed", which="2"))
