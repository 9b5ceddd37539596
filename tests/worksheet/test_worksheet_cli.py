"""`mimamori incident N worksheet` as a user meets it: a process and its exit code."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import command_line
from tests.worksheet.worksheet_lake import INCIDENT, World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A small incident; tests only read its lake."""
    return World.at(tmp_path_factory.mktemp("cli"), INCIDENT)


def _run(world: World, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return command_line.run(
        "incident",
        *arguments,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(world.root),
            "MIMAMORI_CONFIG": str(world.root / "mimamori.yaml"),
            "MIMAMORI_HOME": str(world.home.root),
        },
    )


def test_json_says_where_the_file_is_and_how_many_people(world: World) -> None:
    """Nothing else stands on standard output."""
    done = _run(world, "1", "worksheet", "--date", "2026-11-19", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["people"]["minimum"] == 5
    assert said["logs_complete"] is False
    assert Path(said["file"]).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_ending_of_the_file_chooses_the_form(world: World, tmp_path: Path) -> None:
    """-o sheet.xlsx needs no --format."""
    out = tmp_path / "sheet.xlsx"
    done = _run(world, "1", "worksheet", "--date", "2026-11-19", "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert out.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("9", "worksheet", "--date", "2026-11-19"), "there is no incident number 9 among 1"),
        (("0", "worksheet", "--date", "2026-11-19"), "there is no incident number 0"),
        (("nobody-knows", "worksheet"), "no such incident"),
        (("1", "worksheet", "--date", "19/11/2026"), "--date"),
        (("1", "worksheet", "--format", "docx"), "docx"),
        (("1", "worksheet", "--format", "xlsx", "-o", "a.pdf"), "is not --format xlsx"),
        (("1", "worksheet", "--date", "2026-11-19", "-o", "no/such/folder.html"), "no such folder"),
        (("1", "worksheet", "--known-at", "yesterday"), "--known-at"),
        (("1", "worksheet", "--known-at", "2999-01-01T00:00"), "is in the future"),
        (("1",), "Missing command"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_why(
    world: World, arguments: tuple[str, ...], said: str
) -> None:
    """One message on standard error, nothing on standard output."""
    done = _run(world, *arguments)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr.decode()
    assert done.stdout == b""
