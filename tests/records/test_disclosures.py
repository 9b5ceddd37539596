"""The register of disclosures: both directions, by hand and by themselves, as a page and as CSV."""

import csv
import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.disclosure.register_page import as_csv, as_page
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.records.disclosures import (
    KEPT_DAYS,
    Direction,
    given,
    listed,
    recipient_of_franchise,
    register,
    without_values,
)
from pipelines.records.evidence import KEY_PURPOSE, keyed
from pipelines.records.verify import verify
from pipelines.settings.disclosures import Recipient
from pipelines.text.words import Words
from tests.cli import command

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
_HQ = Recipient(name="=1+1 本部", address="東京都", country="JP", ground="joint_use")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings and a landing folder of three lines."""
    return command.laid_out(tmp_path)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """A register of two entries, one of a route that settings say nothing of."""
    home = Home(tmp_path)
    home.keys.mkdir()
    made = Records(home)
    for day, recipient, whose in ((19, _HQ, "report 2026-11-19"), (20, None, "<b>")):
        on = dt.date(2026, 11, day)
        register(made, given("folder", recipient, on, whose, ["report"], ["/mnt/hq"], "ab"), AT, 3)
    return made


def test_the_register_is_chained_and_chosen_by_day(records: Records) -> None:
    """Each entry says when, to whom, on which ground, whose and which items."""
    first, second = listed(records)
    assert (first.disclosure.name, first.disclosure.ground) == ("=1+1 本部", "joint_use")
    assert (second.disclosure.name, second.disclosure.country) == (None, None)
    assert listed(records, first=dt.date(2026, 11, 20)) == [second]
    assert listed(records, last=dt.date(2026, 11, 19)) == [first]
    assert verify(records).ok


def test_as_csv_nothing_runs_as_a_formula(records: Records) -> None:
    """A row for each entry, lists as JSON."""
    rows = list(csv.DictReader(io.StringIO(as_csv(listed(records)).removeprefix("\ufeff"))))
    assert [row["name"] for row in rows] == ["'=1+1 本部", ""]
    assert json.loads(rows[0]["items"]) == ["report"]
    assert rows[0]["rows"] == "3"


@pytest.mark.parametrize(("locale", "ground"), [("ja", "共同利用"), ("en", "joint use")])
def test_the_page_says_it_in_words_and_escapes(records: Records, locale: str, ground: str) -> None:
    """What settings do not say is named as such."""
    page = as_page(listed(records), Words(locale, ZoneInfo("Asia/Tokyo")), AT)  # type: ignore[arg-type]
    assert ground in page
    assert "&lt;b&gt;" in page


def test_values_are_hashed_wherever_they_stand(records: Records) -> None:
    """Alone and beside others, however written; a longer number or word is another's."""
    told = given("folder", None, AT.date(), "abe ABE label 123 1234 a123b", ["123,abe"])
    made = without_values(records, replace(told, note="田中と123"), ["123", "abe", "田中"])
    number, name, tanaka = (f"#{records.hashed(one)}" for one in ("123", "abe", "田中"))
    assert made.whose == f"{name} {name} label {number} 1234 a{number}b"
    assert made.items == (f"{number},{name}",)
    assert made.note == f"{tanaka}と{number}"
    assert made.subjects == (number, name, tanaka)
    assert without_values(records, told, []) == told


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        ("12", "12", True),
        ("12", "a12b", True),
        ("12", "123", False),
        ("12", "312", False),
        ("1a", "1ab", False),
        ("1a", "1a2", True),
        ("1a", "21a", False),
        ("1a", "b1a", True),
        ("a1", "a12", False),
        ("a1", "ba1", False),
        ("abe", "ABE.", True),
        ("abe", "abel", False),
        ("abe1x", "abe1x2", True),
        ("山a", "x山a", True),
        ("山a", "山ab", False),
        ("a.c", "abc", False),
    ],
)
def test_a_value_ends_where_its_own_kind_of_letter_does(
    records: Records, value: str, text: str, found: bool
) -> None:
    """A number before another digit and a word before another letter are longer ones."""
    told = given("folder", _HQ, AT.date(), text, [])
    made = without_values(records, told, [value])
    assert (made.whose != text) is found
    assert (made.name, made.address, made.note) == (told.name, told.address, None)


def test_all_texts_are_without_the_values(records: Records) -> None:
    """Name and address of the other side too, where settings say them."""
    recipient = Recipient(name="abe office", address="abe street", country="JP", ground="law")
    told = given("folder", recipient, AT.date(), "x", [])
    mark = f"#{records.hashed('abe')}"
    made = without_values(records, told, ["abe"])
    assert (made.name, made.address) == (f"{mark} office", f"{mark} street")
    bare = without_values(records, given("folder", None, AT.date(), "x", []), ["abe"])
    assert (bare.name, bare.address, bare.note) == (None, None, None)


@pytest.mark.parametrize("direction", ["out", "in"])
def test_an_entry_says_what_was_registered(records: Records, direction: Direction) -> None:
    """Read again, and as values for JSON, it is the same."""
    told = given("folder", _HQ, AT.date(), "x", ["report"], ["/mnt/hq"], "ab")
    made = register(records, replace(told, direction=direction), AT, 0)
    assert listed(records)[-1] == made
    assert (made.seq, made.rows, made.disclosure.reached) == (3, 0, ("/mnt/hq",))
    entry = list(records.entries(Series.DISCLOSURES))[-1]
    assert entry.what == {"out": "disclosure", "in": "receipt"}[direction]
    values = made.as_values()
    assert json.loads(json.dumps(values)) == values
    assert values == {
        "seq": 3,
        "at": "2026-11-20T09:00:00.000000Z",
        "who": made.who,
        "direction": direction,
        "route": "folder",
        "on": "2026-11-20",
        "name": "=1+1 本部",
        "address": "東京都",
        "country": "JP",
        "ground": "joint_use",
        "whose": "x",
        "items": ["report"],
        "reached": ["/mnt/hq"],
        "sha256": keyed("ab", records.derived_key(KEY_PURPOSE)),
        "subjects": [],
        "note": None,
        "rows": 0,
    }


def test_the_register_of_a_day_is_of_that_day(records: Records) -> None:
    """Its first and its last day belong to a time; without both it is all of it."""
    first, second = listed(records)
    days = [dt.date(2026, 11, day) for day in (18, 19, 20, 21)]
    assert [listed(records, day, day) for day in days] == [[], [first], [second], []]
    assert listed(records, days[0], days[3]) == [first, second]
    assert listed(records, days[3], days[0]) == []


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_the_register_is_kept_for_three_years(year: int) -> None:
    """Leap years or not, and hardly longer."""
    day = dt.date(year, 2, 27)
    kept_until = day + dt.timedelta(days=KEPT_DAYS)
    assert day.replace(year=year + 3) <= kept_until <= dt.date(year + 3, 3, 2)


def test_a_franchise_gets_data_as_joint_use() -> None:
    """Where settings name no recipient."""
    assert recipient_of_franchise("north") == Recipient(name="franchise north", ground="joint_use")


def test_what_leaves_registers_itself(folder: Path) -> None:
    """An export by itself, a hand-over by command; a person's number is a keyed hash."""
    with (folder / "mimamori.yaml").open("a") as settings:
        settings.write("disclosures: {export: {name: SIEM, country: JP, ground: entrustment}}\n")
    command.run(folder, "ingest")
    done = command.run(
        folder,
        "export",
        "records",
        "--to",
        "csv",
        "--date",
        "2026-11-19",
        "-o",
        str(folder / "x.csv"),
    )
    assert done.returncode == 0, done.stderr
    done = command.run(
        folder, "disclosure", "add", "--name", "警察署", "--ground", "law", "--whose", "ID00100様",
        "--subject", " 00100", "--item", "00100", "--on", "2026-11-20", "--note", "00100, 001002",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(command.run(folder, "disclosure", "list", "--json").stdout)
    assert [(one["route"], one["name"], one["ground"], one["rows"]) for one in told] == [
        ("export", "SIEM", "entrustment", 3),
        ("by hand", "警察署", "law", None),
    ]
    records = Records(Home(folder / "var"))
    assert told[1]["subjects"] == [f"#{records.hashed('00100')}"]
    kept = b"".join(path.read_bytes() for path in records.folder.glob("*.jsonl"))
    assert kept.count(b"00100") == kept.count(b"001002") == 1
    assert told[1]["whose"] == f"ID#{records.hashed('00100')}様"
    wrong = command.run(
        folder, "disclosure", "add", "--name", "x", "--ground", "law", "--whose", "y", "--item",
        "z", "--country", "日本",
    )  # fmt: skip
    assert wrong.returncode == 2
    for usage in (
        ("disclosure", "list", "--from", "2026-12-01", "--until", "2026-01-01"),
        ("audit", "verify", "--head", "abc"),
        ("audit", "verify", "--head", ""),
    ):
        assert command.run(folder, *usage).returncode == 2, usage
    noted = command.run(folder, "audit", "verify", "--head", "0" * 64)
    assert noted.returncode == 0, noted.stderr
