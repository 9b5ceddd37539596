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
from pipelines.records import Records
from pipelines.records.disclosures import given, listed, register, without_values
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
