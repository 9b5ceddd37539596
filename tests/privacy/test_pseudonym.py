"""Keyed hashes in place of values: by the key of the day, of all keys in turn, or of an epoch."""

import datetime as dt
import hashlib
import hmac
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.privacy.epochs import (
    KINDS,
    PATTERN,
    EpochKey,
    EpochKeys,
    epoch_of,
    last_day_of,
    pseudonym_sql,
)
from pipelines.privacy.key_versions import KeyVersions, Version
from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.privacy.names import Meaning
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor
from pipelines.privacy.user_values import in_place_of, kinds_in_users, with_stand_ins
from pipelines.settings.model import Redaction

_OLD, _MIDDLE, _NEW = (KeyedHashes(letter * 32) for letter in (b"a", b"b", b"c"))
_FIRST, _SECOND = dt.date(2026, 3, 31), dt.date(2026, 6, 30)
_CHANGED = Pseudonyms(_NEW.key, ((_FIRST, _OLD), (_SECOND, _MIDDLE)))
_DAY = dt.timedelta(days=1)


def test_a_hash_is_of_its_key_its_kind_and_its_value() -> None:
    """Twenty hexadecimal digits; any of the three makes another."""
    made = _OLD("user", "sato")
    expected = hashlib.blake2b(b"sato", digest_size=10, key=_OLD.key, person=b"user")
    assert made == expected.hexdigest()
    assert len(made) == 20
    assert len({made, _NEW("user", "sato"), _OLD("client", "sato"), _OLD("user", "abe")}) == 4
    assert _OLD("user", "\udc81") != _OLD("user", "\udc82")


def test_a_derived_key_is_for_one_purpose() -> None:
    """Without a key there is none, and what it makes could be made by anyone."""
    derived = _OLD.derived("records chain")
    assert len(derived) == 32
    assert len({derived, _NEW.derived("records chain"), _OLD.derived("mart"), _OLD.key}) == 4
    assert KeyedHashes().derived("mart") == b""
    assert (
        _OLD.keyed_sha256("mart", "ab") == hmac.digest(_OLD.derived("mart"), b"ab", "sha256").hex()
    )


@pytest.mark.parametrize(
    ("day", "hashes"),
    [
        (None, _NEW),
        (dt.date(2020, 1, 1), _OLD),
        (_FIRST, _OLD),
        (_FIRST + _DAY, _MIDDLE),
        (_SECOND, _MIDDLE),
        (_SECOND + _DAY, _NEW),
    ],
)
def test_a_line_is_hashed_with_the_key_of_its_day(day: dt.date | None, hashes: KeyedHashes) -> None:
    """One by one, and as a column."""
    assert _CHANGED.on(day) == hashes
    column = _CHANGED.of_days("user", pl.Series(["sato"]), pl.Series([day], dtype=pl.Date))
    assert column.to_list() == [hashes("user", "sato")]


@pytest.mark.parametrize(
    "days",
    [
        [_FIRST - _DAY, _FIRST, _FIRST + _DAY, _SECOND, _SECOND + _DAY],
        [_SECOND + _DAY, _FIRST + _DAY, _FIRST],
        [_FIRST + _DAY, _SECOND],
        [_SECOND + _DAY, _SECOND + 2 * _DAY],
        [_SECOND, _SECOND + _DAY],
        [_FIRST, None, _SECOND + _DAY],
        [None],
        [],
    ],
)
def test_a_column_of_several_days_is_hashed_row_by_row(days: list[dt.date | None]) -> None:
    """Null stays null, and rows keep their order."""
    values = [f"st-{number}" for number in range(len(days))]
    column = pl.Series([*values, None], dtype=pl.String)
    made = _CHANGED.of_days("user", column, pl.Series([*days, _FIRST], dtype=pl.Date))
    expected = [_CHANGED.on(day)("user", one) for day, one in zip(days, values, strict=True)]
    assert made.to_list() == [*expected, None]
    unchanged = Pseudonyms(_NEW.key)
    made = unchanged.of_days("user", column, pl.Series([*days, _FIRST], dtype=pl.Date))
    assert made.to_list() == [*(_NEW("user", one) for one in values), None]


def test_a_lasting_hash_is_of_all_keys_in_turn() -> None:
    """So that a value is found again after each change of the key."""
    assert _CHANGED.lasting("file", "x") == _NEW("file", _MIDDLE("file", _OLD("file", "x")))
    of_old = _OLD.keyed_sha256("file", "ab")
    assert _CHANGED.lasting_sha256("file", "ab") == _NEW.keyed_sha256(
        "file", _MIDDLE.keyed_sha256("file", of_old)
    )
    assert Pseudonyms(_NEW.key).lasting("file", "x") == _NEW("file", "x")
    assert (_CHANGED.first, _CHANGED.newest) == (_OLD, _NEW)
    assert Pseudonyms(_NEW.key).first == _NEW
    assert (_CHANGED.is_secret, Pseudonyms().is_secret) == (True, False)


def test_a_change_puts_the_key_behind_the_former_ones() -> None:
    """The one that was in force is for the days until then."""
    new = Version(Path("x"), "2026-09-30", b"d" * 32)
    changed = _CHANGED.changed_to(new)
    assert changed.newest == KeyedHashes(b"d" * 32)
    assert changed.former == (*_CHANGED.former, (dt.date(2026, 9, 30), _NEW))


def test_the_hashes_of_a_home_are_those_of_its_keys(tmp_path: Path) -> None:
    """Where there was never a key there is none; where there is a lake it is missed."""
    home = Home(tmp_path)
    assert Pseudonyms.of(home) == Pseudonyms()
    home.keys.mkdir()
    made = Pseudonyms.made(home)
    assert Pseudonyms.of(home) == made == Pseudonyms.made(home)
    versions = KeyVersions(home, home.pseudonym_key)
    versions.begin("2026-03-31")
    versions.complete()
    changed = Pseudonyms.of(home)
    assert changed.former == ((_FIRST, made.newest),)
    assert changed.newest != made.newest


@pytest.mark.parametrize("left", ["lake_id", "catalog"])
def test_a_lost_key_is_missed_where_there_is_a_lake(tmp_path: Path, left: str) -> None:
    """By its name or by its catalog; a key that lies beside the data still is found."""
    home = Home(tmp_path)
    path: Path = getattr(home, left)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with pytest.raises(MimamoriError, match=r"pseudonym\.key.*is missing"):
        Pseudonyms.of(home)
    home.lake.mkdir(exist_ok=True)
    (home.lake / "pseudonym.key").write_bytes(_OLD.key)
    assert Pseudonyms.of(home).newest == _OLD


@pytest.mark.parametrize("months", [1, 2, 3, 4, 6, 12])
def test_an_epoch_holds_whole_months_of_one_year(months: int) -> None:
    """Each day is in the epoch that begins not after it, and ends not before it."""
    for number in range(365):
        day = dt.date(2026, 1, 1) + number * _DAY
        label = epoch_of(day, months)
        first = dt.date(2026, (day.month - 1) // months * months + 1, 1)
        assert label == f"2026-{first.month:02}.{months}"
        last = last_day_of(label)
        assert first <= day <= last
        assert (last + _DAY).day == 1
        assert epoch_of(last, months) == label != epoch_of(last + _DAY, months)


def test_the_last_day_of_an_epoch_is_that_of_its_last_month() -> None:
    """Also of the last months of a year, and of February."""
    for label, day in (
        ("2026-12.1", dt.date(2026, 12, 31)),
        ("2026-10.3", dt.date(2026, 12, 31)),
        ("2026-01.12", dt.date(2026, 12, 31)),
        ("2028-02.1", dt.date(2028, 2, 29)),
        ("2026-11.1", dt.date(2026, 11, 30)),
        ("0001-01.1", dt.date(1, 1, 31)),
    ):
        assert last_day_of(label) == day
    assert epoch_of(dt.date(7, 1, 1), 1) == "0007-01.1"
    for label in ("2026-12", "x", "2026-1.3", "2026-01.3.key"):
        with pytest.raises(ValueError, match=label):
            last_day_of(label)


def test_a_pseudonym_is_the_same_in_python_and_in_sql() -> None:
    """Of its epoch, its kind and its value."""
    key, other = EpochKey(b"a" * 32), EpochKey(b"b" * 32)
    made = [one.pseudonym(kind, "sato") for one in (key, other) for kind in KINDS]
    assert len(set(made)) == 2 * len(KINDS)
    assert all(PATTERN.fullmatch(one) for one in made)
    assert len(key.of_kind("user")) == 64
    found = duckdb.execute(
        f"select {pseudonym_sql('user', '$value')}",
        {"user_key": key.of_kind("user"), "value": "sato"},
    ).fetchone()
    assert found == (key.pseudonym("user", "sato"),)


def test_keys_of_epochs_are_made_kept_and_destroyed(tmp_path: Path) -> None:
    """Each its own; what is no epoch's is left alone."""
    home = Home(tmp_path)
    home.keys.mkdir()
    keys = EpochKeys(home)
    assert keys.epochs() == []
    assert keys.of("2026-07.3") is None
    later, earlier = keys.made("2026-07.3"), keys.made("2026-04.3")
    assert later == keys.made("2026-07.3") == keys.of("2026-07.3") != earlier
    (home.keys / "epochs" / "other.key").touch()
    assert keys.epochs() == ["2026-04.3", "2026-07.3"]
    assert (home.keys / "epochs").stat().st_mode & 0o777 == 0o700
    keys.destroy("2026-07.3")
    assert keys.epochs() == ["2026-04.3"]
    assert keys.of("2026-07.3") is None


_USERS = pl.Series(["sato", "sato@example.jp", "4111-1111-1111-1111", None, "tel 03-1234-5678"])


def test_a_user_may_be_an_address_and_no_card() -> None:
    """What a person is known by stays; the kinds of all else are told by user."""
    redactor = Redactor(Redaction())
    assert kinds_in_users(_USERS, redactor) == {"4111-1111-1111-1111": {"card"}}
    assert kinds_in_users(_USERS.clear(), redactor) == {}
    both = pl.Series(["sato@example.jp 4111-1111-1111-1111"])
    assert kinds_in_users(both, redactor) == {both[0]: {"email", "card"}}


def test_a_hidden_value_becomes_the_pseudonym_of_its_day() -> None:
    """The others stay; without a key it is said that it was masked."""
    values = pl.Series(["a", "b", "a", None])
    days = pl.Series([_FIRST, _FIRST, _SECOND, _SECOND])
    made = with_stand_ins(values, days, {"a"}, "user", _CHANGED)
    assert made.to_list() == [f"[{_OLD('user', 'a')}]", "b", f"[{_MIDDLE('user', 'a')}]", None]
    assert with_stand_ins(values, days, {"x"}, "user", _CHANGED).to_list() == values.to_list()
    masked = with_stand_ins(values, days, {"a"}, "user", Pseudonyms())
    assert masked.to_list() == ["[masked]", "b", "[masked]", None]
    assert values.to_list() == ["a", "b", "a", None]
    assert in_place_of("a", "user", _OLD) == f"[{_OLD('user', 'a')}]"
    assert in_place_of("a", "user", KeyedHashes()) == "[masked]"


@pytest.mark.parametrize(
    "made",
    [_OLD, _CHANGED, EpochKey(b"a" * 32), Version(Path("x"), None, b"a" * 32), Meaning()],
)
def test_a_key_stays_the_key_that_was_read_and_shows_itself_to_nobody(made: Any) -> None:
    """Nobody changes it in passing, and no message or traceback holds it."""
    name = fields(made)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(made, name, None)
    assert not any(letter * 4 in repr(made) for letter in ("a", "b", "c"))
