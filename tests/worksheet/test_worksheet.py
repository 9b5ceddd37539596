"""The breach worksheet of small worlds: what is counted, what is told, what is never claimed."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.report import pdf
from tests.worksheet import worksheet_lake
from tests.worksheet.worksheet_lake import (
    DAY,
    EXPORT,
    INCIDENT,
    TRICK,
    World,
    address_finding,
    every_hour,
    finding,
    line,
)

_NEXT = DAY + dt.timedelta(days=1)
_FULL = (*every_hour(), *every_hour(_NEXT))


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """An incident with an export, in logs without a gap; tests only read it."""
    return World.at(tmp_path_factory.mktemp("world"), [*INCIDENT, EXPORT, *_FULL])


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<body>") :]))


@pytest.mark.further
def test_people_are_counted_by_the_method_that_is_stated(world: World) -> None:
    """Five surely; nine numbers and 1,200 by the export's size; ten and 9,600 at most."""
    people = world.make().people
    assert (people.minimum, people.likely, people.maximum) == (5, 9 + 1200, 10 + 9600)
    assert not people.is_bounded
    page = _text(world.page())
    assert "9 numbers" in page
    assert "240,000 bytes at 200 bytes a person" in page
    assert "9,610 or more" in page


@pytest.mark.further
def test_without_exports_and_gaps_the_maximum_is_a_limit(tmp_path: Path) -> None:
    """What could not be counted is named only where there is such a thing."""
    made = World.at(tmp_path, [*INCIDENT, *_FULL]).make()
    assert (made.people.minimum, made.people.likely, made.people.maximum) == (5, 9, 10)
    assert made.people.is_bounded
    assert made.is_complete


@pytest.mark.further
def test_an_incident_is_named_by_place_id_and_finding(world: World) -> None:
    """Whatever the report prints leads to the same paper, ids without a date too."""
    made = world.make()
    for name in (made.incident_id, "aaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaa2"):
        assert world.make(name, date=None).incident_id == made.incident_id


@pytest.mark.further
def test_a_settled_incident_is_found_by_its_finding(tmp_path: Path) -> None:
    """Closing does not take the paper away, but an incident that is closed has no place."""
    found = [replace(finding(), status="closed")]
    closed = World.at(tmp_path, [*INCIDENT, *_FULL], found)
    assert closed.make("aaaaaaaaaaaaaaa1").people.minimum == 5
    with pytest.raises(UsageError, match="no incident number 1 among 0"):
        closed.make("1")


@pytest.mark.further
def test_clocks_stand_in_japan_time(world: World) -> None:
    """From the instant of detection, or from the instant of knowing that a person gives."""
    told = _text(world.page())
    assert "2026-11-22 (Sun) – 2026-11-24 (Tue)" in told
    assert "2026-12-19" in told
    assert "2027-01-18" in told
    assert "2026-11-23 (Mon) 02:00" in told
    known_at = dt.datetime(2026, 11, 19, 23, 30, tzinfo=worksheet_lake.ZONE)
    known = _text(world.page(known_at=known_at))
    assert "2026-11-21 (Sat) – 2026-11-23 (Mon)" in known
    assert "2026-11-22 (Sun) 23:30" in known


@pytest.mark.further
def test_triggers_never_say_that_nothing_is_to_be_reported(tmp_path: Path) -> None:
    """Cards point to property damage; what logs cannot tell is said to be so."""
    lines = [line("09:10", "GET /customers/1/bank"), *_FULL]
    small = World.at(tmp_path, lines)
    page = _text(small.page())
    assert re.search(r"Possible property damage\s+Signs of it", page)
    assert re.search(r"Special-care data\s+Logs cannot tell", page)
    assert re.search(r"More than 1,000 people\s+Logs cannot tell", page)
    assert re.search(r"Possible improper purpose\s+Cannot be ruled out", page)
    assert "does not mean that no report is due" in page


@pytest.mark.further
def test_a_number_beyond_the_threshold_is_told(tmp_path: Path) -> None:
    """1,000 people are not more than 1,000; 1,001 are."""
    for people, said in ((1000, "Logs cannot tell"), (1001, "Threshold exceeded")):
        folder = tmp_path / str(people)
        folder.mkdir()
        lines = [line(f"09:{n % 50:02}", f"GET /customers/{n}") for n in range(1, people + 1)]
        page = _text(World.at(folder, [*lines, *_FULL]).page())
        assert re.search(rf"More than 1,000 people\s+{said}", page)


@pytest.mark.further
def test_incomplete_hours_and_rejected_lines_are_told(tmp_path: Path) -> None:
    """Twenty-two empty hours and a line that cannot be read: nothing is proven."""
    broken = World.at(tmp_path, [*INCIDENT, line("09:30", "GET /") + "\x00 broken [", "garbage"])
    made = broken.make()
    assert not made.is_complete
    assert not made.people.is_bounded
    page = broken.page()
    assert "Where logs are missing, nobody can say that nothing was seen." in page
    assert page.count(" zero") == 22
    assert "none" in _text(page)


def test_complete_logs_are_no_proof_either(world: World) -> None:
    """The best verdict is that nothing speaks against the logs."""
    page = _text(world.page())
    assert "Nothing casts doubt on the logs" in page
    assert "That is not yet a proof" in page


def test_residents_of_the_eea_are_never_claimed(world: World) -> None:
    """Without countries, and with them, the page sends a person to the customers' records."""
    page = _text(world.page())
    assert "can be found as customers" in page
    assert "neither a residence nor a nationality" in page


def test_hostile_values_are_text_in_every_form(tmp_path: Path) -> None:
    """A user's name that is markup, a formula or turns text round stays what it is."""
    name = "=st-<script>alert(1)</script>"
    lines = [line("09:10", "GET /customers/1", name), *_FULL]
    findings = [
        finding(actor=name, evidence={}),
        address_finding(actor=TRICK, finding_id="aaaaaaaaaaaaaaa3"),
    ]
    hostile = World.at(tmp_path, lines, findings)
    for place in ("1", "2"):
        for language in ("ja", "en"):
            page = hostile.page(place, language=language)
            assert "<script" not in page
            assert "\u202e" not in page
    assert hostile.make("1").people.minimum == 1
    book = zipfile.ZipFile(io.BytesIO(hostile.make("1", form="xlsx").file.read_bytes()))
    assert not any(b"<f>" in book.read(one) for one in book.namelist())
    assert "=st-&lt;script&gt;" in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_workbook_has_a_sheet_for_every_section(world: World, language: str) -> None:
    """Whole, for its owner only, and named by incident and language."""
    made = world.make(form="xlsx", language=language)
    assert made.file.name == f"worksheet-{made.incident_id}.{language}.xlsx"
    assert made.file.stat().st_mode & 0o777 == 0o600
    book = zipfile.ZipFile(made.file)
    assert len([one for one in book.namelist() if one.startswith("xl/worksheets/sheet")]) == 12


@pytest.mark.further
@pytest.mark.browser
def test_pdf_is_a_real_file(world: World, tmp_path: Path) -> None:
    """Headless Chromium prints the page."""
    made = world.make(form="pdf", out=tmp_path / "sheet.pdf")
    assert made.file.read_bytes().startswith(b"%PDF-")
    assert made.file.stat().st_size > 20_000


def test_without_chromium_the_error_says_what_to_do(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written, and another form is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MimamoriError, match="install the package chromium"):
        world.make(form="pdf", out=tmp_path / "sheet.pdf")
    assert not (tmp_path / "sheet.pdf").exists()
    with pytest.raises(MimamoriError):
        pdf.print_pdf("")


@pytest.mark.further
def test_other_days_of_the_same_user_are_shown_apart(tmp_path: Path) -> None:
    """They are in no number of the incident."""
    before = DAY - dt.timedelta(days=3)
    lines = [line("10:00", f"GET /customers/{n}", day=before) for n in range(20, 24)]
    made = World.at(tmp_path, [*lines, *INCIDENT, *_FULL])
    assert made.make().people.minimum == 5
    assert re.search(r"2026-11-16 \(Mon\)\s+4\s+4", _text(made.page()))


@pytest.mark.further
def test_the_lake_is_only_read(world: World) -> None:
    """A worksheet leaves no snapshot behind."""

    def snapshots() -> int:
        with lake.open_reader(world.home, "Asia/Tokyo") as con:
            return len(con.execute("from lake.snapshots()").fetchall())

    before = snapshots()
    world.make()
    assert snapshots() == before
