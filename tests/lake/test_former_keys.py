"""Former keys: which are missed, and how a change of the key that was broken off ends."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.lake.former_keys import ROTATED, lost_keys
from pipelines.lake.keyed_hashes import key_print, missing_keys, replace_hashes, use_key
from pipelines.paths import Home
from pipelines.privacy.key_versions import KeyVersions
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Act, Records, Series
from pipelines.records.entry import About

_NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
_CHANGES: list[tuple[str, About]] = [
    (ROTATED, {"key": "pseudonym", "until": "2026-04-01"}),
    (ROTATED, {"key": "records"}),
    ("triage", {"key": "pseudonym"}),
    (ROTATED, {"key": "pseudonym", "until": "2026-05-01"}),
    (ROTATED, "a text"),
    (ROTATED, {"key": "pseudonym"}),
]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a new lake."""
    home = Home(tmp_path)
    with lake.open_writer(home, "UTC"):
        return home


def _changed(home: Home) -> None:
    """Put some changes of keys on record."""
    for what, about in _CHANGES:
        Records(home).append(Series.DECISIONS, Act(what, about), _NOW)


def test_each_change_on_record_leaves_a_file(home: Home) -> None:
    """By its number among the changes of that key; what is not known of it is a star."""
    assert lost_keys(home, "pseudonym") == []
    _changed(home)
    names = [f"former/pseudonym.{of}.key" for of in ("1.2026-04-01", "2.2026-05-01", "3.*")]
    assert lost_keys(home, "pseudonym") == names
    (of_records,) = lost_keys(home, "records")
    assert of_records.startswith("former/records.1.")
    assert of_records.split(".")[2].isdigit()
    (home.keys / "former").mkdir()
    for there, left in (("2.2026-05-01", [names[0], names[2]]), ("3.2026-05-09", [names[0]])):
        (home.keys / "former" / f"pseudonym.{there}.key").touch()
        assert lost_keys(home, "pseudonym") == left
    (home.keys / "pseudonym.next.2026-04-01.key").touch()  # its change is not completed yet
    assert lost_keys(home, "pseudonym") == []
    assert lost_keys(home, "records") == [of_records]


def test_a_lake_misses_the_keys_that_made_its_hashes(home: Home) -> None:
    """Where its print is of the keys that are there, changes that were taken back miss nothing."""
    _changed(home)
    records = lost_keys(home, "records")
    with lake.open_writer(home, "UTC") as con:
        assert missing_keys(con, home) == records
        con.execute("update lake.keyed_hash set key_print = 'of another'")
        assert missing_keys(con, home) == [*lost_keys(home, "pseudonym"), *records]
        with pytest.raises(MimamoriError, match=r"former/pseudonym\.1\..*former key"):
            use_key(con, home)
        con.execute("delete from lake.keyed_hash")
        assert missing_keys(con, home) == records


@pytest.mark.parametrize("is_in_the_lake", [False, True])
def test_a_change_that_was_broken_off_is_settled(home: Home, is_in_the_lake: bool) -> None:
    """Completed where the lake's hashes are of the new key already, else taken back."""
    versions = KeyVersions(home, home.pseudonym_key)
    former = home.pseudonym_key.read_bytes()
    new = versions.begin("2026-05-01")
    begun = versions.begun()
    assert begun is not None
    with lake.open_reader(home, "UTC") as con:
        assert missing_keys(con, home) == []
    if is_in_the_lake:
        # What a transaction of the change would have committed, without its clearing up.
        name = begun.path.name
        shutil.move(home.keys / name, home.keys / "kept")
        with lake.open_writer(home, "UTC") as con:
            changed = key_print(Pseudonyms.of(home).changed_to(begun))
            con.execute("update lake.keyed_hash set key_print = ?", [changed])
        shutil.move(home.keys / "kept", home.keys / name)
        with lake.open_reader(home, "UTC") as con:
            assert missing_keys(con, home) == []
    with lake.open_writer(home, "UTC") as con:
        prints = con.execute("select distinct key_print from lake.keyed_hash").fetchall()
    assert prints == [(key_print(Pseudonyms.of(home)),)]
    assert versions.begun() is None
    assert home.pseudonym_key.read_bytes() == (new if is_in_the_lake else former)
    assert (home.keys / "former").exists() is is_in_the_lake


def test_a_change_is_not_taken_back_for_another_key(home: Home) -> None:
    """Where neither key made the lake's hashes, both stay until the right one is back."""
    versions = KeyVersions(home, home.pseudonym_key)
    with lake.open_writer(home, "UTC") as con:
        con.execute("update lake.keyed_hash set key_print = 'of another'")
    versions.begin("2026-05-01")
    with pytest.raises(MimamoriError, match=r"pseudonym\.key"), lake.open_writer(home, "UTC"):
        pytest.fail("opened")
    assert versions.begun() is not None


def test_a_new_lake_takes_a_change_back(home: Home) -> None:
    """There is no hash of either key."""
    versions = KeyVersions(home, home.pseudonym_key)
    with lake.open_writer(home, "UTC") as con:
        con.execute("delete from lake.keyed_hash")
        versions.begin("2026-05-01")
        use_key(con, home)
        rows = con.execute("select count(*), count(distinct key_print) from lake.keyed_hash")
        assert rows.fetchone() == (6, 1)
        use_key(con, home)
        assert con.execute("select count(*) from lake.keyed_hash").fetchone() == (6,)
    assert versions.begun() is None


def test_texts_of_a_column_are_renewed(home: Home) -> None:
    """Each by what it is renewed to, none twice; what is null stays so."""
    with lake.open_writer(home, "UTC") as con:
        replace_hashes(con, "agent", "user_agent", str.upper)
        con.execute(
            "insert into lake.agent by name select * from"
            " (values (1, 'a'), (2, 'b'), (3, 'a'), (4, null)) as own (agent_id, user_agent)"
        )
        replace_hashes(con, "agent", "user_agent", lambda text: {"a": "b", "b": "c"}[text])
        query = "select list(user_agent order by agent_id) from lake.agent"
        assert con.execute(query).fetchone() == (["b", "c", "b", None],)
