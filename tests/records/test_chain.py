"""The chained records: written once, in one order, and whatever is done to them shows."""

import datetime as dt
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.records import Act, Entry, Records, Series
from pipelines.records.evidence import note_files
from pipelines.records.intent import going_on
from pipelines.records.verify import Proof, verify

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
Attack = Callable[[list[bytes]], list[bytes]]


def _filled(records: Records) -> list[Entry]:
    """Six records of use with a decision between each two."""
    entries = []
    for number in range(6):
        at = AT + dt.timedelta(minutes=number)
        entries.append(records.append(Series.USE, Act("findings list", f"2026-11-{number}"), at))
        entries.append(records.append(Series.DECISIONS, Act("findings close"), at))
    return entries


def _attack(records: Records, change: Attack) -> Proof:
    path = records.folder / "use-2026-11.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))
    return verify(records)


def test_records_are_one_chain_over_all_files(records: Records) -> None:
    """Numbers count on over the files, each record holds the hash of the one before."""
    entries = _filled(records)
    assert [one.seq for one in entries] == list(range(1, 13))
    assert [one.prev for one in entries[1:]] == [one.hash for one in entries[:-1]]
    assert list(records.entries(Series.USE)) == entries[::2]
    assert verify(records) == Proof(12, entries[-1].hash, None)
    modes = {path.stat().st_mode & 0o777 for path in records.folder.iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        pytest.param(lambda at: [at[0].replace(b"list", b"show"), *at[1:]], 1, id="edited"),
        pytest.param(lambda at: [*at[:2], *at[3:]], 5, id="removed"),
        pytest.param(lambda at: [at[0], at[2], at[1], *at[3:]], 3, id="reordered"),
        pytest.param(lambda at: at[:-2], 9, id="cut"),
        pytest.param(lambda at: [*at, at[1]], 3, id="repeated"),
        pytest.param(lambda at: [*at[:-1], at[-1][:50]], 11, id="cut within a line"),
        pytest.param(lambda at: [*at[:3], b"{}\n", *at[3:]], 6, id="put in"),
        pytest.param(lambda _: [], 1, id="emptied"),
    ],
)
def test_whatever_is_done_to_the_records_shows(records: Records, change: Attack, seq: int) -> None:
    """The first record that is wrong is told, before and after further records follow."""
    _filled(records)
    found = _attack(records, change)
    assert found.first_bad is not None
    assert (found.first_bad.file, found.first_bad.seq) in {
        ("use-2026-11.jsonl", seq),
        ("decisions-2026-11.jsonl", seq),
    }
    records.append(Series.USE, Act("sql"), AT)
    assert not verify(records).ok


def test_what_is_cut_with_the_head_shows_against_a_head_noted_elsewhere(records: Records) -> None:
    """Even who can write among the keys cannot take back a head that has left the house."""
    entries = _filled(records)
    noted = {"a mail": entries[-1].hash}
    assert verify(records, noted).ok
    records.append(Series.USE, Act("sql"), AT)
    assert verify(records, noted).ok
    for name in ("use-2026-11.jsonl", "decisions-2026-11.jsonl"):
        path = records.folder / name
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    seq, last = 8, entries[7].hash
    _head_file(records).write_text(f"{seq:020d} {last}\n")
    assert verify(records).ok
    bad = verify(records, noted).first_bad
    assert bad is not None
    assert "a mail" in bad.why


def test_older_records_put_back_with_their_head_show_by_a_former_key(records: Records) -> None:
    """Whoever puts an old copy of both back in place has forgotten a key that was changed since."""
    records.append(Series.USE, Act("sql"), AT)
    old = {path: path.read_bytes() for path in (*records.files(Series.USE), _head_file(records))}
    changed = records.change_key(Act("keys rotate"), AT)
    records.append(Series.USE, Act("sql"), AT)
    assert verify(records).ok
    for path in records.files(Series.DECISIONS):
        path.unlink()
    for path, content in old.items():
        path.write_bytes(content)
    bad = verify(records).first_bad
    assert bad is not None
    assert (bad.seq, f"changed at record {changed.seq}" in bad.why) == (changed.seq, True)


def test_reports_that_no_record_names_show(records: Records) -> None:
    """Those made since there are records, and those that do not say when."""
    records.append(Series.USE, Act("sql"), AT)
    assert verify(records, pages={"reports/x/index.html": AT - dt.timedelta(days=1)}).ok
    for made_at in (AT, None):
        bad = verify(records, pages={"reports/x/index.html": made_at}).first_bad
        assert bad is not None
        assert bad.file == "reports/x/index.html"


def test_what_is_cut_off_is_told_before_what_it_changes(records: Records, tmp_path: Path) -> None:
    """A report whose last digest was cut off differs from the one before: that is no cause."""
    page = tmp_path / "index.html"
    for text in ("one", "two"):
        page.write_text(text)
        note_files(records, tmp_path, [page], AT)
    (path,) = records.files(Series.EVIDENCE)
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    bad = verify(records).first_bad
    assert bad is not None
    assert (bad.file, "cut off at the end: 2" in bad.why) == (path.name, True)


def _head_file(records: Records) -> Path:
    return records.folder.parent / "keys" / "records.head"


@pytest.mark.parametrize("head", [None, b"", b"12", b"\xff" * 86])
@pytest.mark.parametrize("left", [5, 0])
def test_a_cut_shows_where_the_head_is_gone(
    records: Records, head: bytes | None, left: int
) -> None:
    """Without the head nobody can say that nothing was cut, now or after further records."""
    _filled(records)
    for path in records.files(Series.USE) + records.files(Series.DECISIONS):
        lines = path.read_bytes().splitlines(keepends=True)
        if left:
            path.write_bytes(b"".join(lines[:left]))
        else:
            path.unlink()
    if head is None:
        _head_file(records).unlink()
    else:
        _head_file(records).write_bytes(head)
    bad = verify(records).first_bad
    assert bad is not None
    assert bad.file == "keys/records.head"
    records.append(Series.USE, Act("sql"), AT)
    assert [one.what for one in records.entries(Series.EVIDENCE)] == ["records: head missing"]
    bad = verify(records).first_bad
    assert bad is not None
    assert bad.file == "evidence-2026-11.jsonl"


def test_a_new_chain_has_a_head_with_its_key(records: Records) -> None:
    """A chain without records is whole; taking the records and the key away shows."""
    records.hashed("st-0001")
    assert verify(records) == Proof(0, "0" * 64, None)
    (entry,) = [records.append(Series.USE, Act("sql"), AT)]
    assert (entry.seq, verify(records).ok) == (1, True)
    records.files(Series.USE)[0].unlink()
    Home(records.folder.parent).records_key.unlink()
    with pytest.raises(MimamoriError, match=r"records\.key"):
        verify(records)


def test_a_use_that_somebody_put_in_is_signed_as_nobodys(records: Records) -> None:
    """What has no signature of this chain, or another file's, is told; a use that was killed is."""
    with records.use(Act("sql", "select 1", who="tanaka"), lambda: AT):
        (path,) = (records.folder / "open").iterdir()
        signed = path.read_bytes()
    forged = b'{"what":"sql","about":"x","rows":3,"who":"tanaka","role":"security"}'
    for name, content in (("0000", forged), ("0001", b""), ("0002", signed), ("0003", b"[]\nab")):
        (records.folder / "open" / f"{name}.json").write_bytes(content)
    records.append(Series.DECISIONS, Act("review sign"), AT)
    assert [(one.who, one.about) for one in records.entries(Series.USE)] == [("tanaka", "select 1")]
    told = list(records.entries(Series.EVIDENCE))
    assert {one.what for one in told} == {"records: use without signature"}
    assert [one.about["file"] for one in told] == [f"open/000{n}.json" for n in range(4)]
    assert "tanaka" not in {one.who for one in told}
    assert list((records.folder / "open").iterdir()) == []
    assert verify(records).ok


def test_a_use_counts_once_however_often_its_file_is_put_back(records: Records) -> None:
    """One that ended, and one that was ended by force; the file that was put back is told."""
    with records.use(Act("sql", "select 1", who="tanaka"), lambda: AT):
        (path,) = (records.folder / "open").iterdir()
        ended = path.read_bytes()
    path.write_bytes(ended)
    key = records.keys().signing
    with going_on(records.folder, Act("sql", {"at": 1}, who="sato"), 1, key) as other:
        killed = other.read_bytes()
    other.write_bytes(killed)
    for _ in range(2):
        records.append(Series.DECISIONS, Act("review sign"), AT)
        other.write_bytes(killed)
    records.append(Series.DECISIONS, Act("review sign"), AT)
    uses = [(one.who, one.about) for one in records.entries(Series.USE)]
    assert uses == [("tanaka", "select 1"), ("sato", {"at": 1, "use": "ended by force"})]
    told = [one.about["file"] for one in records.entries(Series.EVIDENCE)]
    assert told == [f"open/{one.name}" for one in (path, other, other)]
    assert verify(records).ok


@pytest.mark.parametrize("month", ["2026-01", "2027-01"])
def test_a_file_that_was_renamed_hides_nothing(records: Records, month: str) -> None:
    """Its records are read all the same, and the name is told."""
    _filled(records)
    path = records.folder / "use-2026-11.jsonl"
    path.rename(records.folder / f"use-{month}.jsonl")
    assert len(list(records.entries(Series.USE, since=AT))) == 6
    bad = verify(records).first_bad
    assert bad is not None
    assert (bad.file, bad.seq) == (f"use-{month}.jsonl", 1)


def test_a_line_that_a_crash_broke_off_is_told_and_the_chain_goes_on(records: Records) -> None:
    """The broken line stays, the next record says so, and nothing is wrong."""
    _filled(records)
    path = records.folder / "use-2026-11.jsonl"
    with path.open("ab") as file:
        file.write('{"seq":13,"at":"2026-11-20T09:30:00Z","who":"é'.encode()[:-1])
    assert verify(records).ok
    records.append(Series.DECISIONS, Act("review sign"), AT)
    last = list(records.entries(Series.USE))[-1]
    assert last.what == "records: line broken off"
    assert last.about["bytes"] == 46
    assert verify(records).ok
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    assert not verify(records).ok


def _append_some(home: Home, name: str) -> None:
    for number in range(8):
        Records(home).append(Series.USE, Act("sql", f"{name} {number}"), AT)


def test_several_processes_write_one_chain(records: Records, tmp_path: Path) -> None:
    """No record is lost or written twice, also when the key is made by the first of them."""
    # A fork of a process with threads may wait for ever for a lock that one of them held.
    spawned = multiprocessing.get_context("spawn")
    workers = [
        spawned.Process(target=_append_some, args=(Home(tmp_path), name))
        for name in ("a", "b", "c")
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len({one.about for one in records.entries(Series.USE)}) == 24
    proof = verify(records)
    assert (proof.entries, proof.ok) == (24, True)


def test_a_clock_that_is_set_back_opens_no_older_file(records: Records) -> None:
    """Files stay in the order of the chain; a new month begins a new file."""
    records.append(Series.USE, Act("sql"), AT + dt.timedelta(days=30))
    records.append(Series.USE, Act("sql"), AT)
    assert [path.name for path in records.files(Series.USE)] == ["use-2026-12.jsonl"]
    records.append(Series.USE, Act("sql"), AT + dt.timedelta(days=50))
    assert len(records.files(Series.USE)) == 2
    assert verify(records).ok


def test_a_person_is_on_record_as_a_keyed_hash(records: Records, tmp_path: Path) -> None:
    """The same value has the same hash, another has another, and another key another."""
    assert records.hashed("st-0001") == records.hashed("st-0001") != records.hashed("st-0002")
    other = Home(tmp_path / "other")
    other.keys.mkdir(parents=True)
    assert Records(other).hashed("st-0001") != records.hashed("st-0001")


def test_without_the_key_nothing_is_written_or_proved(records: Records, tmp_path: Path) -> None:
    """A new key would make every earlier record look forged."""
    _filled(records)
    Home(tmp_path).records_key.unlink()
    with pytest.raises(MimamoriError, match=r"records\.key"):
        records.append(Series.USE, Act("sql"), AT)
    with pytest.raises(MimamoriError, match=r"records\.key"):
        verify(records)


def test_what_cannot_be_put_on_record_is_an_error(records: Records) -> None:
    """A folder that is no folder: nothing is written, and the message says where."""
    records.folder.write_text("no folder")
    with pytest.raises(MimamoriError, match="records: "):
        records.append(Series.USE, Act("sql"), AT)
