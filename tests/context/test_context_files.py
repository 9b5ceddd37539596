"""Context files: what people keep in a spreadsheet is read, what cannot be is named."""

import datetime as dt
import ipaddress
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.context.entry import KINDS, OPEN_FROM, OPEN_TO, read_entry
from pipelines.context.read import ContextRead, read_context
from pipelines.normalise.networks import address_key
from pipelines.settings.context import ContextSource

_ZONE = ZoneInfo("Asia/Tokyo")
_TRIPS = "user,country,from,to,reason\n"


def _read(tmp_path: Path, name: str, content: str | bytes) -> ContextRead:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_context(None, name, ContextSource(path=path), _ZONE)


def _reasons(read: ContextRead) -> list[str]:
    """The errors without the path."""
    return [error.partition(".csv:")[2] for error in read.errors]


@pytest.mark.parametrize(
    "content",
    [
        "user,country,from,to,reason\nst-1,JP,,,出張\n".encode(),
        "user,country,from,to,reason\nst-1,JP,,,出張\n".encode("utf-8-sig"),
        "user,country,from,to,reason\r\nst-1,JP,,,出張\r\n".encode("cp932"),
        "user\tcountry\tfrom\tto\treason\nst-1\tJP\t\t\t出張".encode(),
        '"user","country","from","to","reason"\n"st-1","jp","","","出張",,,\n,,,,\n\n'.encode(),
        "Reason, User ,COUNTRY,To,From,note\n出張, st-1 ,ＪＰ,,,何でも\n".encode(),
    ],
)
def test_files_are_read_as_spreadsheets_write_them(tmp_path: Path, content: bytes) -> None:
    """UTF-8 with and without mark, CP932, tabs, quotes, empty cells, columns in any order."""
    read = _read(tmp_path, "trips", content)
    assert read.problem is None
    assert read.errors == ()
    assert list(read.entries) == [
        {
            "user": "st-1",
            "country": "JP",
            "from_at": OPEN_FROM,
            "to_at": OPEN_TO,
            "reason": "出張",
        }
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "from_at", "to_at"),
    [
        ("2026-11-20", "2026-11-20", "2026-11-20T00:00+09:00", "2026-11-20T23:59:59.999999+09:00"),
        ("2026/1/5", "2026/1/6 9:30", "2026-01-05T00:00+09:00", "2026-01-06T09:30+09:00"),
        (
            "2026年11月20日",
            "２０２６－１１－２０",
            "2026-11-20T00:00+09:00",
            "2026-11-20T23:59:59.999999+09:00",
        ),
        (
            "2026-11-20 22:00",
            "2026-11-20 24:00",
            "2026-11-20T22:00+09:00",
            "2026-11-21T00:00+09:00",
        ),
        (
            "2026-11-20T09:00:00Z",
            "2026-11-20T09:00:00.5-0500",
            "2026-11-20T09:00+00:00",
            "2026-11-20T14:00:00.5+00:00",
        ),
        ("0001-01-01", "9999-12-31", OPEN_FROM.isoformat(), OPEN_TO.isoformat()),
    ],
)
def test_days_and_instants_are_read_in_the_zone_of_the_settings(
    tmp_path: Path, begins: str, ends: str, from_at: str, to_at: str
) -> None:
    """A day as the end belongs to the entry to its last moment."""
    read = _read(tmp_path, "trips", f"{_TRIPS}st-1,FR,{begins},{ends},trip\n")
    (entry,) = read.entries
    assert entry["from_at"] == dt.datetime.fromisoformat(from_at)
    assert entry["to_at"] == dt.datetime.fromisoformat(to_at)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("trips", f"{_TRIPS}st-1,FR,2026-02-30,,trip\n", "2: from: is no date"),
        ("trips", f"{_TRIPS}st-1,FR,tomorrow,,trip\n", "2: from: is no date"),
        ("trips", f"{_TRIPS}st-1,FR,,2026-11-20 25:00,trip\n", "2: to: is no date"),
        ("trips", f"{_TRIPS}st-1,FR,2026-11-20,2026-11-19,trip\n", "2: to: is before 'from'"),
        ("trips", f"{_TRIPS}st-1,UK,,,trip\n", "2: country: is no code of ISO 3166-1"),
        ("trips", f"{_TRIPS}*,FR,,,trip\n", "2: user: must name one"),
        ("trips", f"{_TRIPS}st-1,FR,,,\n", "2: reason: is empty"),
        ("trips", f"{_TRIPS}st-1,FR,,,a,b\n", "2: (row): has more cells"),
        ("trips", f'{_TRIPS}st-1,FR,,,"a"b\n', "2: (row): its quotes do not match"),
        ("trips", f"{_TRIPS}st-1,FR,,,{'x' * 1001}\n", "2: reason: is longer than 1,000"),
        ("scanners", "network,from,to,reason\n192.0.2.300,,,x\n", "2: network: is no address"),
        ("scanners", "network,from,to,reason\n0.0.0.0/0,,,x\n", "2: network: is wider than /8"),
        ("exports", "user,from,to,reason,site\nst-1,,,x,*\n", "2: site: is empty, and so is"),
        ("assignments", "user,subject,from,to,reason\n,1,,,x\n", "2: user: is empty, and so is"),
        (
            "assignments",
            "user,team,site,from,to,reason\na,b,s,,,x\n",
            "2: team: stands beside a user",
        ),
    ],
)
def test_bad_entries_are_named_and_the_others_used(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    """Line, column and what is expected are told, never the cell; what stands after it is read."""
    good = {
        "trips": "st-2,FR,,,trip\n",
        "scanners": "192.0.2.0/24,,,scan\n",
        "exports": "st-2,,,report,a\n",
        "assignments": "st-2,1,,,job\n" if ",subject" in content else "st-2,,s,,,job\n",
    }
    read = _read(tmp_path, name, content + good[name])
    (error,) = _reasons(read)
    assert error.startswith(reason)
    assert len(read.entries) == read.left_out == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "its first line must name the columns; missing: user, country, from, to, reason"),
        (b"st-1,FR,,,trip\n", "its first line must name the columns"),
        (b"user,country,from,to\n", "missing: reason"),
        (b"user,user,country,from,to,reason\n", "names a column twice"),
        (b"\xff\xfe\x00\x81", "is neither UTF-8 nor CP932"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_problem(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    """A problem has no fingerprint: nothing is known of what the file says now."""
    read = _read(tmp_path, "trips", content)
    assert problem in (read.problem or "")
    assert read.sha256 is None
    assert read.entries == ()


def test_a_missing_file_and_a_folder_are_problems(tmp_path: Path) -> None:
    """The night goes on without what is not there."""
    for path in (tmp_path / "none.csv", tmp_path):
        read = read_context(None, "trips", ContextSource(path=path), _ZONE)
        assert (read.problem or "").startswith("cannot be read: ")


def test_a_column_that_is_not_read_is_told(tmp_path: Path) -> None:
    """A misspelt optional column would otherwise widen an entry unseen."""
    read = _read(tmp_path, "rosters", "user,sites,from,to,reason\nst-1,a,,,shift\n")
    assert read.ignored == ("sites",)
    assert read.entries[0]["site"] is None


def test_a_table_of_the_lake_is_read_like_a_file() -> None:
    """Dates and instants keep their meaning; a table that is not there is a problem."""
    con = duckdb.connect()
    con.execute("attach ':memory:' as lake; set timezone = 'Asia/Tokyo'")
    con.execute(
        """create table lake.travel as select 'st-1' as "User", 'FR' as country,
        date '2026-11-20' as "from", timestamptz '2026-11-21 12:00:00+00' as "to",
        null::varchar as reason, 1 as n
        union all select 'st-2', 'FR', date '2026-11-20', null, 'trip', 2"""
    )
    read = read_context(con, "trips", ContextSource(table="travel"), _ZONE)
    assert read.left_out == 1
    (entry,) = read.entries
    assert (entry["user"], entry["to_at"]) == ("st-2", OPEN_TO)
    assert entry["from_at"] == dt.datetime(2026, 11, 20, tzinfo=_ZONE)
    travel, none = ContextSource(table="travel"), ContextSource(table="none")
    for source, connection in ((none, con), (travel, None)):
        assert read_context(connection, "trips", source, _ZONE).problem is not None
    con.close()


@given(content=st.binary(max_size=300), name=st.sampled_from(sorted(KINDS)))
def test_any_bytes_give_entries_mistakes_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
) -> None:
    """Whatever lies there, reading ends, and the rows are used, named or given up."""
    header = ",".join(KINDS[name].known).encode() + b"\n"
    path = tmp_path_factory.mktemp("any") / "any.csv"
    for text in (content, header + content):
        path.write_bytes(text)
        read = read_context(None, name, ContextSource(path=path), _ZONE)
        assert (read.sha256 is None) == (read.problem is not None)
        assert len(read.errors) <= read.left_out


@given(address=st.ip_addresses(), other=st.ip_addresses(), host_bits=st.integers(0, 24))
def test_a_network_is_a_range_of_keys_with_a_common_prefix(
    address: ipaddress.IPv4Address, other: ipaddress.IPv4Address, host_bits: int
) -> None:
    """Every address in it, and no other, lies between its keys; its text begins with the prefix."""
    network = ipaddress.ip_network(f"{address}/{address.max_prefixlen - host_bits}", strict=False)
    cells = {"network": str(network), "reason": "scan"}
    entry = read_entry(KINDS["scanners"], cells, _ZONE)
    assert isinstance(entry, dict)
    for one in (address, other, network[0], network[-1]):
        is_between = str(entry["first_key"]) <= address_key(one) <= str(entry["last_key"])
        assert is_between == (one in network)
        assert str(one).startswith(str(entry["prefix"])) or one not in network
