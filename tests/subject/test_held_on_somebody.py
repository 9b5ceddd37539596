"""What tables and files hold on a person, and who else's rows stay as they are."""

import datetime as dt
import gzip
import zipfile
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UsageError
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.subject.broken_off import found_again
from pipelines.subject.erase import _may_return, bury, hash_of
from pipelines.subject.files import erase_files, held_files, left_behind, texts_of_files
from pipelines.subject.held import refuse_held
from pipelines.subject.notes import Traces, traces_of
from pipelines.subject.own_findings import OwnFindings
from pipelines.subject.person import Kind, Person
from pipelines.subject.places import Place, places, tables
from pipelines.subject.register import Request
from pipelines.subject.returned import erased_before
from pipelines.subject.run import _to_be_searched, held_places
from tests.memory_lake import insert

_DAY = dt.date(2026, 3, 10)
_NOW = dt.datetime(2026, 3, 20, 3, 0, tzinfo=dt.UTC)
_SATO = Person("user", "sato", ("sato", "adm-sato"))


def test_tables_that_may_hold_somebody_are_looked_at_with_their_day(
    lake_in_memory: duckdb.DuckDBPyConnection,
) -> None:
    """Not those of the program's own words, nor columns that are no text."""
    found = {one.name: one for one in tables(lake_in_memory)}
    assert {"request_fact", "findings", "reject", "user_day", "watch"} <= found.keys()
    assert found.keys().isdisjoint(
        {"tombstone", "ledger", "retention_act", "migration", "site_day"}
    )
    assert (found["request_fact"].day, found["findings"].day) == ("log_date", "date")
    assert found["person"].day is None
    columns = {column.name for column in found["request_fact"].columns}
    assert {"user_id", "url_path", "referrer_domain"} <= columns
    assert columns.isdisjoint({"client_id", "pseudonym_epoch", "log_date"})


def test_places_tell_the_rows_of_a_person_and_their_ends(
    lake_in_memory: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """Of every table but those that are left out, then files."""
    con = lake_in_memory
    for days, user in ((0, "sato"), (3, "SATO"), (2, "tanaka"), (5, "adm-sato")):
        insert(con, "user_day", log_date=_DAY + dt.timedelta(days=days), user_id=user)
    insert(con, "person", user_id="sato")
    insert(con, "person", user_id="tanaka", manager="sato")
    insert(con, "request_fact", log_date=_DAY, url_path="/u/sato/")
    insert(con, "findings", date=_DAY, actor_kind="site", actor="sato")
    expected = [
        Place("lake.person", 2),
        Place("lake.request_fact", 1, "2026-03-10", "2026-03-10"),
        Place("lake.user_day", 3, "2026-03-10", "2026-03-15"),
    ]
    assert list(places(con, _SATO)) == expected
    assert list(places(con, _SATO, but={"person"})) == expected[1:]
    home = Home(tmp_path)
    home.reports.mkdir()
    home.keys.mkdir(mode=0o700)
    (home.reports / "a.html").write_text("of sato")
    assert held_places(con, home, _SATO) == [*expected, Place("reports/a.html", 1)]


@pytest.mark.parametrize(
    ("hold", "is_refused"),
    [
        ({"actor_kind": "user", "actor": "adm-sato"}, True),
        ({"actor_kind": "ip", "actor": "192.0.2.9"}, False),
        ({"actor_kind": "subject", "actor": "adm-sato"}, True),  # named in the same row
        ({"actor_kind": "user", "actor": "tanaka"}, False),
        ({"actor_kind": "subject", "actor": "C-77"}, True),
        ({"actor_kind": "subject", "actor": "C-78"}, False),
        ({"site_id": "main"}, True),
        ({"site_id": "shop"}, True),
        ({"site_id": "depot"}, False),
        ({"from_day": _DAY}, True),
        ({"from_day": _DAY + dt.timedelta(days=1)}, False),
        ({"to_day": _DAY}, True),
        ({"to_day": _DAY - dt.timedelta(days=2)}, False),
        ({"site_id": "main", "from_day": _DAY, "to_day": _DAY}, True),
        ({"site_id": "shop", "from_day": _DAY, "to_day": _DAY}, False),
        ({"actor_kind": "subject", "actor": "C-77", "site_id": "shop"}, False),
        ({"site_id": "main", "released_at": _NOW}, False),
    ],
)
def test_a_hold_that_covers_a_row_with_the_person_refuses_an_erasure(
    lake_in_memory: duckdb.DuckDBPyConnection, hold: dict[str, object], *, is_refused: bool
) -> None:
    """All that it names must fit one row: its person, its site and its days."""
    con = lake_in_memory
    insert(con, "request_profile", request_profile_id=1, site_id="main")
    insert(con, "request_profile", request_profile_id=2, site_id="depot")
    insert(
        con, "request_fact", log_date=_DAY, request_profile_id=1, user_id="sato", subject_id="C-77",
        url_path="/of/adm-sato",
    )  # fmt: skip
    insert(con, "request_fact", log_date=_DAY, request_profile_id=2, user_id="tanaka")
    before = _DAY - dt.timedelta(days=1)
    insert(con, "findings", date=before, site_id="shop", actor_kind="user", actor="sato")
    insert(con, "user_day", log_date=_DAY, site_id="depot", user_id="sato")
    refuse_held(con, _SATO)
    insert(con, "legal_hold", hold_id="h-7", created_at=_NOW, **hold)
    if is_refused:
        with pytest.raises(UsageError, match="h-7"):
            refuse_held(con, _SATO)
    else:
        refuse_held(con, _SATO)


@pytest.mark.parametrize("kind", ["user", "ip", "subject"])
def test_whom_files_brought_back_is_known_by_the_tombstones(
    lake_in_memory: duckdb.DuckDBPyConnection, kind: Kind
) -> None:
    """In columns or in words of texts of these files; of several erasures the last one counts."""
    con, pseudonyms = lake_in_memory, Pseudonyms()
    value = {"user": "sato", "ip": "192.0.2.1", "subject": "C-77"}[kind]
    person = Person(kind, value, (value,))
    for days in (0, 5):
        bury(con, pseudonyms, person, _NOW - dt.timedelta(days=days))
    insert(con, "client", client_id=1, client_ip="192.0.2.1")
    own = {"user_id": "sato", "client_id": 1, "subject_id": "C-77", "log_date": _DAY}
    earlier, later = (_NOW + dt.timedelta(seconds=seconds) for seconds in (-1, 0))
    insert(con, "request_fact", file_id=1, time=earlier, **own)
    insert(con, "request_fact", file_id=2, time=later, **own)
    insert(con, "request_fact", file_id=3, time=earlier, url_query=f"x={value}")
    insert(con, "reject", file_id=4, line=f"cannot read {value}")
    insert(con, "request_fact", file_id=5, time=earlier, user_id="tanaka", client_id=2)
    expected = [(person, _NOW)]
    for files, found in (
        ([1], expected), ([2], []), ([3], expected), ([4], expected), ([5], []), ([], []),
        ([1, 3, 5], expected),
    ):  # fmt: skip
        assert erased_before(con, pseudonyms, files) == found


def test_without_erasures_nobody_comes_back(lake_in_memory: duckdb.DuckDBPyConnection) -> None:
    """Whatever files have."""
    insert(lake_in_memory, "reject", file_id=1, line="of sato")
    assert erased_before(lake_in_memory, Pseudonyms(), [1]) == []


def test_a_user_is_buried_in_any_case_and_others_as_they_are_written(
    lake_in_memory: duckdb.DuckDBPyConnection,
) -> None:
    """Spellings that differ by case alone have one tombstone."""
    pseudonyms = Pseudonyms()
    assert hash_of(pseudonyms, "user", "SATO") == hash_of(pseudonyms, "user", "sato")
    assert hash_of(pseudonyms, "subject", "AB") != hash_of(pseudonyms, "subject", "ab")
    assert hash_of(pseudonyms, "subject", "ab1") != hash_of(pseudonyms, "user", "ab1")
    bury(lake_in_memory, pseudonyms, Person("user", "sato", ("sato", "SATO", "s-1")), _NOW)
    rows = lake_in_memory.execute(
        "select person_kind, value_hash, until_at, erased_at from lake.tombstone"
    ).fetchall()
    assert sorted(rows) == sorted(
        ("user", hash_of(pseudonyms, "user", value), _NOW, _NOW) for value in ("sato", "s-1")
    )


@pytest.mark.parametrize("kind", ["user", "ip", "subject"])
def test_files_that_are_delivered_again_touch_tables_of_files_alone(
    lake_in_memory: duckdb.DuckDBPyConnection, kind: Kind
) -> None:
    """What was found and decided since an erasure stays; an erased address has a row of its own."""
    person = Person(kind, "192.0.2.1", ("192.0.2.1",))
    touched = {one.name for one in tables(lake_in_memory) if _may_return(one, person)}
    expected = {"request_fact", "reject", "agent", "client", "request_profile"}
    assert touched == expected - ({"client"} if kind == "ip" else set())


@pytest.mark.parametrize(
    ("table", "values", "found"),
    [
        ("request_fact", {"user_id": "SATO"}, ("SATO",)),
        ("reject", {"line": "cannot read sato, it says"}, ("sato",)),
        ("reject", {"line": "cannot read tanaka"}, None),
    ],
)
def test_whom_a_broken_off_erasure_was_about_is_found_by_what_is_left(
    lake_in_memory: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    table: str,
    values: dict[str, object],
    found: tuple[str, ...] | None,
) -> None:
    """A whole value, else a word of a text; nobody where nothing is left."""
    con = lake_in_memory
    bury(con, Pseudonyms(), Person("user", "sato", ("sato",)), _NOW)
    insert(con, table, **values)
    request = Request("r", _NOW, "erase", "user", "h", None, None, "a", None, "begun", 0)
    person = found_again(con, Home(tmp_path), request)
    assert (person and person.values) == found
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.html").write_text("<p>sato</p>")
    person = found_again(con, Home(tmp_path), request)
    assert person is not None
    assert person.values == (found or ("sato",))


def test_files_are_searched_that_no_run_has_searched_for_all_erased(
    lake_in_memory: duckdb.DuckDBPyConnection,
) -> None:
    """Those read since this run began, and those that are newer than a search; from which line."""
    con = lake_in_memory
    second = dt.timedelta(seconds=1)
    for file, line, seconds in ((1, 1, -20), (2, 7, -9), (2, 3, -8), (3, 1, 0), (4, 1, -10)):
        insert(con, "ledger", file_id=file, from_line=line, read_at=_NOW + seconds * second)
    assert _to_be_searched(con, _NOW) == (_NOW, {3: 1})
    assert _to_be_searched(con, _NOW + second) == (None, {})
    assert _to_be_searched(con, _NOW - 10 * second) == (_NOW, {2: 3, 3: 1, 4: 1})
    insert(con, "tombstone", erased_at=_NOW - 30 * second, searched_until=_NOW - 10 * second)
    insert(con, "tombstone", erased_at=_NOW)
    assert _to_be_searched(con, _NOW) == (_NOW, {2: 3, 3: 1})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with files of many kinds, some of which hold `sato`."""
    made = Home(tmp_path)
    texts = {
        "reports/a.html": "<p>sato</p>",
        "reports/a.pdf": "%PDF-1.7 compressed",
        "reports/b/index.html": "<p>adm-sato</p>",
        "reports/b/other.pdf": "%PDF-1.7 compressed",
        "reports/c.html": "<p>satoko</p>",
        "reports/c.pdf": "%PDF-1.7 compressed",
        "reports/d.xml": "<p>the note</p>",
        "reports/alone/e.pdf": "%PDF-1.7 compressed",
        "airflow/logs/run.log": "read for SATO",
        ".sql_history-1": "select 'sato'",
        "context/people.csv": "user\nsato\n",
        "context/others.csv": "user\ntanaka\n",
        "records/use-2026-03.jsonl": "sato\n",
        "records/use-2026-04.jsonl": "tanaka\n",
        "fetch/state.sqlite": "sato",
        "deliver/queue.db": "tanaka",
        "logs/main/x.log": "sato",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "reports" / "f.gz").write_bytes(gzip.compress(b"of sato"))
    (tmp_path / "reports" / "g.gz").write_bytes(gzip.compress(b"of tanaka"))
    (tmp_path / "reports" / "h.gz").write_bytes(b"\x1f\x8bdamaged")
    (tmp_path / "reports" / "i.zip").write_bytes(b"PKdamaged")
    with zipfile.ZipFile(tmp_path / "reports" / "j.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("first.xml", "nobody " * 50)
        archive.writestr("second.xml", "sato " * 50)
    (tmp_path / "reports" / "link.html").symlink_to(tmp_path / "logs" / "main" / "x.log")
    return made


def test_files_that_hold_somebody_are_found_and_what_is_no_page_comes_first(home: Home) -> None:
    """A PDF by the page that it was printed from, archives by what is packed in them."""
    found = [str(path.relative_to(home.root)) for path in held_files(home, _TRACES)]
    assert found == [
        "reports/a.pdf",
        "reports/b/other.pdf",
        "reports/d.xml",
        "reports/f.gz",
        "reports/j.xlsx",
        "reports/a.html",
        "reports/b/index.html",
        "airflow/logs/run.log",
        ".sql_history-1",
    ]
    texts = list(texts_of_files(home))
    assert {"<p>sato</p>", "select 'sato'", "of tanaka", "sato " * 50} <= set(texts)


def test_pages_are_written_anew_without_somebody_and_other_files_go(home: Home) -> None:
    """Each is told as a place of one file."""
    paths = held_files(home, _TRACES)
    told = list(erase_files(home, _TRACES, paths, "pn-1"))
    assert told == [Place(str(path.relative_to(home.root)), 1) for path in paths]
    assert (home.reports / "a.html").read_text() == "<p>pn-1</p>"
    assert (home.root / ".sql_history-1").read_text() == "select 'pn-1'"
    assert (home.reports / "c.html").read_text() == "<p>satoko</p>"
    left = {path.name for path in home.reports.rglob("*") if path.is_file()}
    assert left.isdisjoint({"a.pdf", "other.pdf", "d.xml", "f.gz", "j.xlsx"})
    assert {"c.pdf", "e.pdf", "g.gz", "h.gz", "i.zip", "link.html"} <= left
    assert held_files(home, _TRACES) == []


@pytest.mark.parametrize("is_in_a_name", [False, True])
def test_places_out_of_reach_are_told_with_the_reason(
    lake_in_memory: duckdb.DuckDBPyConnection, home: Home, *, is_in_a_name: bool
) -> None:
    """Only those that hold the person, or of which it cannot be told, as what others put there."""
    (home.root / "exports" / "may").mkdir(parents=True)
    (home.root / "exports" / "may" / "all.csv").write_text("satoko")
    (home.root / "empty").mkdir()
    (home.root / "link").symlink_to(home.logs)
    (home.root / "home.id").write_text("h-1")
    (home.root / "my.sqlite").write_bytes(b"")
    insert(lake_in_memory, "ledger", path="main/sato.log" if is_in_a_name else "main/satoko.log")
    landing = [home.logs / "main" / "x.log"]
    told = list(left_behind(lake_in_memory, home, _TRACES, landing))
    places_left = [one.place for one in told]
    assert places_left == [
        "logs/main/x.log",
        "reports/alone/e.pdf",
        "context/people.csv",
        "records/use-2026-03.jsonl",
        "fetch/state.sqlite",
        *(["lake.ledger"] if is_in_a_name else []),
        "exports",
        "my.sqlite",
        "-",
    ]
    home.lake.mkdir()
    (home.lake / "erasure.pending").write_text("erasure")
    again = [one.place for one in left_behind(lake_in_memory, home, _TRACES, [])]
    assert len(again) == len(told)  # the landing file less, the catalog more
    assert again[-1] == "-"
    (home.lake / "erasure.pending").write_text("retention")
    assert len(list(left_behind(lake_in_memory, home, _TRACES, []))) == len(told) - 1


def test_notes_of_a_persons_corrections_are_sought_in_files(
    lake_in_memory: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """As they stand in HTML, JSON and CSV, whole; one of two characters would be found anywhere."""
    con = lake_in_memory
    for number, (kind, persons, note) in enumerate(
        (
            ("user", ["sato"], 'not "me" & mine'), ("user", ["adm-sato"], "違う"),
            ("user", ["sato"], "a1c"), ("user", ["tanaka"], "another's"), ("ip", ["sato"], "of ip"),
        )
    ):  # fmt: skip
        insert(
            con,
            "correction",
            correction_id=str(number),
            person_kind=kind,
            persons=persons,
            note=note,
        )
    traces = traces_of(con, Home(tmp_path), _SATO)
    assert set(traces.notes) == {'not "me" & mine', "違う", "a1c"}
    for text in (
        'x not "me" & mine.', "not &quot;me&quot; &amp; mine", "not &#34;me&#34; &amp; mine",
        'not \\"me\\" & mine', 'not ""me"" & mine', "is a1c", "sato",
    ):  # fmt: skip
        assert traces.is_in(text)
        assert not traces.is_in(traces.replaced_in(text, "#"))
    for text in ("違う", "another's", "xa1c", "a1cd", "of ip", "not me & mine", ""):
        assert not traces.is_in(text)
        assert traces.replaced_in(text, "#") == text
    assert not Traces(_SATO, (), OwnFindings(_SATO, KeyedIds())).is_in("a1c")


def test_of_two_notes_the_longer_one_is_replaced_whole() -> None:
    """Also where it begins as the shorter one does."""
    traces = Traces(_SATO, ("it was", "it was not me"), OwnFindings(_SATO, KeyedIds()))
    assert traces.replaced_in("it was not me, it was", "#") == "#, #"


_TRACES = Traces(_SATO, ("the note",), OwnFindings(_SATO, KeyedIds()))
