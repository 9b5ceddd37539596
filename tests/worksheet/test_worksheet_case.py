"""Papers about a whole case: its people counted over all its days, none of them twice."""

import csv
import datetime as dt
import json
import os
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.findings import Finding, Severity
from tests import command_line
from tests.worksheet.test_worksheet import _text
from tests.worksheet.worksheet_lake import DAY, World, address_finding, every_hour, finding, line

_DAYS = (DAY - dt.timedelta(days=2), DAY)
_LATER = DAY + dt.timedelta(days=1)


def _lines() -> list[str]:
    """Numbers 1 to 5 on the first day, 4 to 10 on the last, 77 on a day between that was `low`."""
    numbers = {_DAYS[0]: range(1, 6), _DAYS[1]: range(4, 11)}
    opened = [
        line(f"09:{10 + n}", f"GET /customers/{n}", day=day)
        for day, some in numbers.items()
        for n in some
    ]
    between = _DAYS[0] + dt.timedelta(days=1)
    opened.append(line("09:10", "GET /customers/77", day=between))
    days = [_DAYS[0], between, DAY, _LATER]
    return sorted([*opened, *(one for day in days for one in every_hour(day))], key=_when)


def _when(text: str) -> dt.datetime:
    return dt.datetime.strptime(text[text.index("[") + 1 : text.index("]")], "%d/%b/%Y:%H:%M:%S %z")


def _found() -> list[Finding]:
    apart = _DAYS[0] - DAY
    last = finding()
    first = finding(
        finding_id="aaaaaaaaaaaaaaa3",
        date=_DAYS[0],
        first_seen=last.first_seen + apart,
        last_seen=last.last_seen + apart,
    )
    between = _DAYS[0] + dt.timedelta(days=1)
    slight = replace(
        first, finding_id="aaaaaaaaaaaaaaa4", date=between, severity=Severity.LOW, score=20.0
    )
    return [first, slight, last, address_finding()]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A case of two days; tests only read its lake."""
    return World.at(tmp_path_factory.mktemp("case"), _lines(), _found())


@pytest.fixture(scope="session")
def case_id(world: World) -> str:
    """The id of the case of st-1."""
    return _case_of(world)


def _case_of(world: World) -> str:
    done = _run(world, "cases", "list", "--date", str(DAY), "--json")
    (case,) = json.loads(done.stdout)
    return str(case["case_id"])


def _run(world: World, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return command_line.run(
        *arguments,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(world.root),
            "MIMAMORI_CONFIG": str(world.root / "mimamori.yaml"),
            "MIMAMORI_HOME": str(world.home.root),
        },
    )


def test_people_of_a_case_are_those_of_all_its_days_once(world: World, case_id: str) -> None:
    """Five, then seven of whom two were seen before: ten, where each day alone has fewer."""
    alone = world.make("aaaaaaaaaaaaaaa1", date=None).people
    assert (alone.minimum, alone.likely, alone.maximum) == (7, 7, 7)
    made = world.make(case_id, date=None, is_case=True)
    assert (made.people.minimum, made.people.likely, made.people.maximum) == (10, 10, 10)
    assert made.is_complete
    assert made.people.is_bounded
    page = _text(made.file.read_text(encoding="utf-8"))
    assert f"Case {case_id}" in page
    assert "2026-11-17 (Tue) to 2026-11-19 (Thu) (2 days)" in page
    assert "2026-11-17 (Tue) 5 5 5 2026-11-19 (Thu) 7 7 5" in page
    assert f"mimamori case {case_id} worksheet" in page


def test_a_gap_on_any_day_of_a_case_is_told(tmp_path: Path) -> None:
    """The logs are complete only where those of all days are."""
    lines = [one for one in _lines() if "17/Nov/2026:13:" not in one]
    world = World.at(tmp_path, lines, _found())
    made = world.make(_case_of(world), date=None, is_case=True)
    assert not made.is_complete
    assert not made.people.is_bounded
    assert world.make("aaaaaaaaaaaaaaa1", date=None).is_complete


def test_people_of_a_case_stand_in_a_file_one_a_line(
    world: World, case_id: str, tmp_path: Path
) -> None:
    """For those who must tell them: since when, how often, which data; readable by its owner."""
    out = tmp_path / "people.csv"
    done = _run(world, "case", case_id, "people", "-o", str(out), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["people"] == 10
    assert out.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert sorted(int(row["subject_id"]) for row in rows) == list(range(1, 11))
    (fourth,) = (row for row in rows if row["subject_id"] == "4")
    assert fourth["days"] == "2"
    assert fourth["first_at"] == "2026-11-17T09:14:00+09:00"
    assert fourth["last_at"] == "2026-11-19T09:14:00+09:00"
    assert json.loads(fourth["categories"]) == ["name"]


def test_evidence_of_a_case_has_the_lines_of_all_its_days(
    world: World, case_id: str, tmp_path: Path
) -> None:
    """And verifies like that of an incident."""
    out = tmp_path / "case.zip"
    done = _run(
        world, "case", case_id, "evidence", "-o", str(out), "--by", "auditor", "--no-hold", "--json"
    )
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(out) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        lines = [json.loads(one) for one in bundle.read("lines.ndjson").splitlines()]
        findings = json.loads(bundle.read("findings.json"))
    assert manifest["case_id"] == case_id
    assert manifest["days"] == [str(day) for day in _DAYS]
    assert {one["log_date"] for one in lines} >= {str(day) for day in _DAYS}
    assert {one["date"] for one in findings} == {str(day) for day in _DAYS}
    verified = _run(world, "evidence", "verify", str(out))
    assert verified.returncode == 0, verified.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody-knows", "worksheet"), "no such case"),
        (("nobody-knows", "people", "-o", "people.csv"), "no such case"),
        (("any", "worksheet", "--date", "2026-11-19"), "a case has all its days"),
        (("any",), "Missing command"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(
    world: World, arguments: tuple[str, ...], said: str
) -> None:
    """One message on standard error, nothing on standard output."""
    done = _run(world, "case", *arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr.decode()
    assert done.stdout == b""
