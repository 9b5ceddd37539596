"""Writing a record: one line at the end of its file, one head, whatever was left behind before."""

import datetime as dt
import fcntl
import multiprocessing
import os
import resource
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.privacy.key_versions import KeyVersions
from pipelines.records import Act, Records, Series
from pipelines.records.chain import Head
from pipelines.records.entry import BROKEN_OFF, REPEATED
from pipelines.records.intent import UNENDED, abandoned, going_on, sign_anew
from pipelines.records.verify import verify
from tests.records.forged import AT, Forger, hash_of

_MONTH = dt.timedelta(days=30)


def _home(records: Records) -> Home:
    return Home(records.folder.parent)


def _versions(records: Records) -> KeyVersions:
    home = _home(records)
    return KeyVersions(home, home.records_key)


def _append(records: Records, at: dt.datetime = AT, series: Series = Series.USE) -> Head:
    entry = records.append(series, Act("sql", who="sato"), at)
    return Head(entry.seq, entry.hash)


def test_the_head_is_the_last_record(records: Records) -> None:
    """Whatever its series; before the first it is that of an empty chain."""
    assert (records.head(), records.kept_head()) == (Head(), None)
    records.hashed("st-0001")
    assert records.kept_head() == Head(0, "0" * 64)
    for series in (Series.USE, Series.DECISIONS, Series.USE):
        assert _append(records, series=series) == records.head() == records.kept_head()
    assert records.head().seq == 3


@pytest.mark.parametrize("content", [b"", b"no head", b"x" * 200, b"1 " + b"a" * 64 + b"\n"])
def test_what_is_no_head_gives_way_to_one(records: Records, content: bytes) -> None:
    """However long it was: of the file nothing but the head is left."""
    _append(records)
    path = _home(records).records_head
    path.write_bytes(content)
    assert records.kept_head() is None
    head = _append(records)
    assert path.read_text() == f"{head.seq:020d} {head.hash}\n"


def test_folders_and_files_are_their_owners_alone(records: Records) -> None:
    """The records, the head, and what is going on."""
    with records.use(Act("sql"), lambda: AT):
        paths = [*records.folder.rglob("*"), records.folder, _home(records).records_head]
        modes = {path.name: path.stat().st_mode & 0o777 for path in paths}
    assert modes.pop("records") == modes.pop("open") == 0o700
    assert set(modes.values()) == {0o600}


def test_records_since_an_instant_are_of_its_month_and_later(records: Records) -> None:
    """Whole months: an earlier one is left out, unless its file goes on with a later record."""
    for months in (0, 1, 2):
        _append(records, AT + months * _MONTH)
    for months, count in ((0, 3), (1, 2), (2, 1), (3, 0)):
        since = AT + months * _MONTH
        assert len(list(records.entries(Series.USE, since))) == count
    assert len(list(records.entries(Series.USE))) == 3
    assert list(records.entries(Series.DECISIONS, AT)) == []
    in_japan = dt.datetime(2026, 12, 1, 8, 59, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    assert len(list(records.entries(Series.USE, in_japan))) == 3
    assert len(list(records.entries(Series.USE, in_japan + dt.timedelta(minutes=1)))) == 2


def test_a_file_without_a_record_is_no_obstacle(records: Records) -> None:
    """What a crash broke off in a new file: the record after it tells of it."""
    _append(records)
    (records.folder / "decisions-2026-11.jsonl").write_bytes(b"{")
    assert list(records.entries(Series.DECISIONS, AT + _MONTH)) == []
    _append(records, series=Series.DECISIONS)
    told, done = records.entries(Series.DECISIONS)
    assert (told.seq, told.what, told.about["bytes"]) == (2, BROKEN_OFF, 1)
    assert (done.seq, done.what) == (3, "sql")
    assert verify(records).ok


@pytest.mark.parametrize("size", [(1 << 16) - 1, 1 << 16, 1 << 17, 3 << 20])
def test_the_last_record_is_found_before_a_long_broken_line(records: Records, size: int) -> None:
    """However much a crash left behind it."""
    _append(records)
    _append(records)
    path = records.files(Series.USE)[0]
    _home(records).records_head.write_text(f"{0:020d} {'0' * 64}\n")
    with path.open("ab") as file:
        file.write(b"x" * size)
    assert _append(records).seq == 4
    told = list(records.entries(Series.USE))[2]
    assert (told.seq, told.about["bytes"], told.about["file"]) == (3, size, path.name)
    assert verify(records).ok


def test_records_ahead_of_the_head_are_followed(records: Records) -> None:
    """A crash between a record and its head: the chain goes on with the record."""
    _append(records)
    head_file = _home(records).records_head
    before = head_file.read_bytes()
    second = _append(records, series=Series.DECISIONS)
    head_file.write_bytes(before)
    third = _append(records)
    assert third.seq == 3
    assert list(records.entries(Series.USE))[-1].prev == second.hash
    assert verify(records).ok


def test_a_use_is_on_record_with_the_rows_it_came_to(records: Records) -> None:
    """When it ends, also by an error; none where none were counted."""
    with records.use(Act("sql", "select 1", who="sato"), lambda: AT) as use:
        use.rows = 7
    with records.use(Act("sql", "select 2", who="sato"), lambda: AT):
        pass
    with suppress(ZeroDivisionError), records.use(Act("sql", who="sato"), lambda: AT) as use:
        use.rows = 0
        raise ZeroDivisionError
    assert [one.rows for one in records.entries(Series.USE)] == [7, None, 0]
    assert list((records.folder / "open").iterdir()) == []


def test_a_use_whose_file_was_taken_away_is_on_record_all_the_same(records: Records) -> None:
    """Somebody empties the folder while it goes on: that is no error of whoever uses the watch."""
    with records.use(Act("sql", "select 1", who="sato"), lambda: AT):
        for path in (records.folder / "open").iterdir():
            path.unlink()
    assert [one.what for one in records.entries(Series.USE)] == ["sql"]


@pytest.mark.parametrize("later", [0, 1])
def test_a_use_is_the_same_when_it_began_before_its_record(records: Records, later: int) -> None:
    """A file that was put back tells nothing new; the same use begun after that record is one."""
    act = Act("sql", "select 1", who="sato")
    head = _append(records)
    entry = records.append(Series.USE, act, AT)
    with going_on(records.folder, act, head.seq + later, records.keys().signing):
        pass
    _append(records, series=Series.DECISIONS)
    uses = [one for one in records.entries(Series.USE) if one.seq > entry.seq]
    told = [one.what for one in records.entries(Series.EVIDENCE)]
    if later:
        assert [one.about for one in uses] == [{"asked": "select 1", "use": UNENDED}]
        assert told == []
    else:
        assert (uses, told) == ([], [REPEATED])


@pytest.mark.parametrize(
    "other",
    [
        Act("sql", "select 2", who="sato"),
        Act("report", "select 1", who="sato"),
        Act("sql", "select 1", who="abe"),
        Act("sql", "select 1", who="sato", role="privacy"),
    ],
)
def test_a_use_that_differs_in_anything_is_another(records: Records, other: Act) -> None:
    """In who, in which role, what or about what."""
    key = _key(records)
    with going_on(records.folder, Act("sql", "select 1", who="sato"), 0, key) as path:
        records.append(Series.USE, other, AT)
        assert path.exists()
    _append(records, series=Series.DECISIONS)
    told = [(one.who, one.about) for one in records.entries(Series.USE)][1:]
    assert told == [("sato", {"asked": "select 1", "use": UNENDED})]


def _key(records: Records) -> bytes:
    with records.locked():
        return records.keys().signing


def test_a_use_that_is_going_on_is_left_alone(records: Records) -> None:
    """Its file is kept by its process; what nobody keeps is told and forgotten."""
    key = _key(records)
    with going_on(records.folder, Act("sql", who="sato"), 0, key) as path:
        with abandoned(records.folder, key, lambda *_: False) as found:
            assert found == []
        assert path.exists()
    with abandoned(records.folder, key, lambda *_: False) as found:
        assert [(one, act.about) for one, act in found] == [
            (Series.USE, {"asked": None, "use": UNENDED})
        ]
        assert path.exists()
    assert not path.exists()


def test_a_use_that_is_going_on_is_signed_with_the_new_key(records: Records) -> None:
    """One that had no signature of the former key gets none."""
    former, new = _key(records), b"n" * 32
    for signing in (former, b"x" * 32):
        with going_on(records.folder, Act("sql", who="sato"), 0, signing):
            pass
    sign_anew(records.folder, former, new)
    with abandoned(records.folder, new, lambda *_: False) as found:
        assert sorted(one for one, _ in found) == [Series.EVIDENCE, Series.USE]


def test_a_changed_key_is_for_the_records_after_its_own(records: Records) -> None:
    """Former records are proved with the former key, and values have marks under both."""
    first = records.hashed("st-0001")
    _append(records)
    former = _key(records)
    changed = records.change_key(Act("keys rotate"), AT)
    with records.locked():
        keys = records.keys()
    assert (changed.seq, [last for last, _ in keys.former]) == (2, [2])
    assert keys.of(1) == keys.of(2) == former
    assert keys.of(3) == keys.signing != former
    assert records.hashed("st-0001") not in {first, records.hashed("st-0002")}
    assert records.marks("st-0001") == [records.hashed("st-0001"), first]
    assert records.derived_key("x") not in {records.derived_key("y"), former}
    assert len(records.derived_key("x")) == 32
    _append(records)
    again = records.change_key(Act("keys rotate"), AT)
    assert again.seq == 4
    with records.locked():
        assert [last for last, _ in records.keys().former] == [2, 4]
    assert verify(records).ok


@pytest.mark.parametrize(("until", "changed"), [(2, True), (3, False), (1, True)])
def test_a_change_of_the_key_that_was_broken_off_is_settled(
    records: Records, until: int, changed: bool
) -> None:
    """It holds when its record was written, and is taken back when it was not."""
    _append(records)
    _append(records)
    former = _key(records)
    new = _versions(records).begin(str(until))
    assert (_key(records) != former) is changed
    assert _versions(records).begun() is None
    assert (_versions(records).read()[-1].key == new) is changed


def test_a_change_of_the_key_is_settled_by_a_record_ahead_of_the_head(records: Records) -> None:
    """A crash between the record and the head: the change holds."""
    _append(records)
    head_file = _home(records).records_head
    before = head_file.read_bytes()
    _append(records)
    head_file.write_bytes(before)
    former = _key(records)
    _versions(records).begin("2")
    assert _key(records) != former


def test_half_a_key_that_was_left_behind_is_destroyed(records: Records) -> None:
    """What a writer of this key that was killed left; other keys' are no matter of the records."""
    _append(records)
    keys = _home(records).keys
    left, others = keys / ".records.key.abcdefgh", keys / ".pseudonym.key.abcdefgh"
    for path in (left, others):
        path.write_bytes(b"half")
    _append(records)
    assert (left.exists(), others.exists()) == (False, True)


@pytest.mark.parametrize("left", ["records", "head"])
def test_a_lost_key_is_not_made_anew(records: Records, left: str) -> None:
    """Where there are records, or a head of some."""
    _append(records)
    _home(records).records_key.unlink()
    if left == "head":
        records.files(Series.USE)[0].unlink()
    else:
        _home(records).records_head.unlink()
    with pytest.raises(MimamoriError, match="key of the records is missing"):
        _append(records)
    assert not _home(records).records_key.exists()


def test_a_key_is_made_where_its_folder_is(tmp_path: Path) -> None:
    """Without a folder of keys there is no lake whose records these could be."""
    with pytest.raises(MimamoriError) as raised:
        _append(Records(Home(tmp_path)))
    assert str(tmp_path / "lake") in str(raised.value)
    assert not (tmp_path / "keys").exists()


def test_a_key_that_cannot_be_encrypted_is_not_made(tmp_path: Path) -> None:
    """Where the settings' key-encryption key cannot be had nothing is begun."""

    def refuse() -> bytes:
        raise MimamoriError("no key")

    home = Home(tmp_path, key_encryption_key=refuse)
    home.keys.mkdir()
    with pytest.raises(MimamoriError, match="no key"):
        _append(Records(home))
    assert list(home.keys.iterdir()) == []


def test_who_finds_the_records_in_use_waits_and_gives_up(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process that keeps them for too long: nothing is written."""
    monkeypatch.setattr("pipelines.records.chain._PATIENCE_SECONDS", 0.05)
    _append(records)
    with (records.folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(MimamoriError, match="another process keeps"):
            _append(records)
    assert _append(records).seq == 2


def _write_little(home: Home, size: int) -> None:
    largest = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, largest[1]))
    try:
        _append(Records(home))
    except MimamoriError as error:
        raise SystemExit(3) from error
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, largest)


def test_a_full_disk_leaves_no_half_a_line(records: Records) -> None:
    """The record is not written, the caller is told, and the chain goes on."""
    _append(records)
    path = records.files(Series.USE)[0]
    content = path.read_bytes()
    worker = multiprocessing.get_context("spawn").Process(
        target=_write_little, args=(_home(records), len(content) + 50)
    )
    worker.start()
    worker.join()
    assert worker.exitcode == 3
    assert path.read_bytes() == content
    assert _append(records).seq == 2
    assert verify(records).ok


def test_lines_are_taken_by_number_over_all_series(records: Records) -> None:
    """The end of the chain is the record of the highest number, whichever file it is in."""
    forger = Forger(records)
    first, second = forger.chain(1, 2)
    forger.put(first)
    decision = forger.line(2, hash_of(first), series=Series.DECISIONS)
    forger.put(decision, name="decisions-2026-11")
    forger.keep_head(1, hash_of(first))
    entry = records.append(Series.USE, Act("sql"), AT)
    assert (entry.seq, entry.prev) == (3, hash_of(decision))
    assert hash_of(second) != hash_of(decision)
    assert verify(records).ok


def test_what_is_no_file_among_the_open_uses_is_not_touched(
    records: Records, tmp_path: Path
) -> None:
    """A link is not followed, a pipe keeps nobody waiting."""
    key = _key(records)
    elsewhere = tmp_path / "elsewhere.json"
    with going_on(records.folder, Act("sql", who="sato"), 0, key) as path:
        elsewhere.write_bytes(path.read_bytes())
        path.unlink()
    path.symlink_to(elsewhere)
    content = elsewhere.read_bytes()
    sign_anew(records.folder, key, b"n" * 32)
    assert elsewhere.read_bytes() == content
    os.mkfifo(path.with_name("pipe.json"))
    with abandoned(records.folder, key, lambda *_: False) as found:
        assert [one for one, _ in found] == [Series.EVIDENCE]
    assert path.is_symlink()
    assert not path.with_name("pipe.json").exists()


def test_the_newest_file_of_a_series_goes_on(records: Records) -> None:
    """After a clock was set back over a month, and after a crash in it."""
    for months in (0, 1, 0):
        _append(records, AT + months * _MONTH)
    november, december = records.files(Series.USE)
    assert [len(path.read_bytes().splitlines()) for path in (november, december)] == [1, 2]
    with december.open("ab") as file:
        file.write(b"{")
    _append(records, AT + _MONTH)
    assert [one.what for one in records.entries(Series.USE)][3:] == [BROKEN_OFF, "sql"]
    assert verify(records).ok
