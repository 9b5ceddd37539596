"""`mimamori audit` and `mimamori review` as a user meets them: a process and its exit code."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests import command_line
from tests.audit.audit_lake import OFFICER, World


def _run(world: World, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return command_line.run(
        *arguments,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(world.root),
            "MIMAMORI_CONFIG": str(world.config),
            "MIMAMORI_HOME": str(world.home.root),
        },
    )


def test_json_says_where_it_is_and_what_the_verdicts_are(world: World, tmp_path: Path) -> None:
    """Nothing else stands on standard output."""
    done = _run(world, "audit", "report", "--month", "2026-11", "--out", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["month"] == "2026-11"
    assert set(said["verdicts"]) == {str(measure) for measure in range(1, 8)}
    assert Path(said["page"]) == tmp_path / "audit" / "2026-11" / "index.html"
    assert json.loads(Path(said["data"]).read_text(encoding="utf-8"))["month"] == "2026-11"


@pytest.mark.further
def test_a_month_without_data_ends_with_1(world: World) -> None:
    """One message, which says where to look."""
    done = _run(world, "audit", "report", "--month", "2024-02")
    assert done.returncode == 1
    assert "2024-02" in done.stderr.decode()
    assert "--saved retention" in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.further
def test_list_shows_every_day_of_the_month(world: World) -> None:
    """With its state and its last signature, deceiving names made visible."""
    done = _run(world, "review", "list", "--month", "2026-11")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    assert "署名済み / signed" in lines[0]
    assert "‹U+202E›" in lines[0]
    assert "監査 次郎" in lines[1]
    assert "changed since signed" in lines[2]
    told = json.loads(_run(world, "review", "list", "--month", "2026-11", "--json").stdout)
    assert told[0]["signatures"][0]["author"] == OFFICER
    assert [day["state"] for day in told[:4]] == ["signed", "signed", "changed", "unsigned"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("audit", "report", "--month", "11/2026"), "write it as 2026-11"),
        (("audit", "report", "--month", "2026-13"), "write it as 2026-11"),
        (("audit", "report", "--month", "9998-01"), "no day of that month is over"),
        (("review", "list", "--month", "november"), "write it as 2026-11"),
        (("review", "sign", "--date", "2026-11-04"), "--by"),
        (("review", "sign", "--by", "a"), "give either --date, or --from and --to"),
        (("review", "sign", "--by", "a", "--from", "2026-11-01"), "give either --date"),
        (
            ("review", "sign", "--by", "a", "--date", "2026-11-01", "--to", "2026-11-02"),
            "give either --date",
        ),
        (("review", "sign", "--by", "a", "--date", "2026-11-25"), "no report"),
        (("review", "sign", "--by", "a", "--date", "2030-01-01"), "no report"),
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
