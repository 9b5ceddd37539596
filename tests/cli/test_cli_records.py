"""The night and the use of its results on record, as a user meets them."""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.paths import Home
from pipelines.records import Records, Series
from tests.cli import command


def _verify(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = command.run(folder, "audit", "verify", "--json", *arguments)
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after its first night."""
    folder = command.laid_out(tmp_path_factory.mktemp("night"))
    done = command.run(folder, "run", "--date", "2026-11-19")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(night: Path, tmp_path: Path) -> Path:
    """A copy of it, in which a test may change everything."""
    return shutil.copytree(night, tmp_path / "night")


@pytest.mark.further
def test_the_report_says_who_used_the_watch_and_holds_the_head(folder: Path) -> None:
    """A report that is changed later is found, one that is written anew is not."""
    command.run(folder, "findings", "list", "--date", "2026-11-19")
    records = Records(Home(folder / "var"))
    (use,) = records.entries(Series.USE)
    assert (use.what, use.about, use.role) == ("findings list", "2026-11-19", "security")
    day = str(dt.datetime.fromisoformat(use.at).astimezone(ZoneInfo("Asia/Tokyo")).date())
    page = folder / "var" / "reports" / day / "index.html"
    weeks = page.parents[1] / "weekly"
    before = {*weeks.glob("*")}
    assert command.run(folder, "report", "--date", day).returncode == 0
    evidence = list(records.entries(Series.EVIDENCE))
    (place,) = (number for number, one in enumerate(evidence) if one.prev == use.hash)
    night, *written = evidence[place:]
    assert night.what == "night"
    # The day's page; and a week's, which the last day of a week and the first report after it have.
    has_week = {*weeks.glob("*")} != before
    assert [one.what for one in written] == ["files written"] * (2 if has_week else 1)
    assert set(night.about) == {"readings", "settings", "context", "detectors"}
    assert night.hash in page.read_text(encoding="utf-8")
    assert f"<td>{use.who}" in page.read_text(encoding="utf-8")
    code, proof = _verify(folder, "--head", night.hash)
    head = written[-1].hash
    assert (code, proof["ok"], proof["head"], proof["first_bad"]) == (0, True, head, None)
    page.write_text(page.read_text(encoding="utf-8").replace(use.who, "nobody"), encoding="utf-8")
    code, proof = _verify(folder)
    assert (code, proof["ok"]) == (1, False)
    assert proof["first_bad"]["file"] == f"reports/{day}/index.html"
    assert command.run(folder, "report", "--date", day).returncode == 0
    assert _verify(folder)[0] == 0
    assert _verify(folder, "--head", "0" * 63 + "1")[0] == 1
    summary = json.loads((page.parent / "summary.json").read_text(encoding="utf-8"))
    assert summary["records_head"] in page.read_text(encoding="utf-8")


def test_older_records_put_back_do_not_fit_the_reports(folder: Path) -> None:
    """With the head of then: a report prints one that is later, or is not named at all."""
    home = Home(folder / "var")
    kept = folder / "kept"
    shutil.copytree(home.records, kept)
    head = home.records_head.read_bytes()
    command.run(folder, "findings", "list")
    assert command.run(folder, "report", "--date", "2026-11-20").returncode == 0
    shutil.rmtree(home.records)
    kept.rename(home.records)
    home.records_head.write_bytes(head)
    code, proof = _verify(folder)
    assert (code, "reports/2026-11-20/summary.json" in proof["first_bad"]["why"]) == (1, True)
    (home.reports / "2026-11-20" / "summary.json").unlink()
    code, proof = _verify(folder)
    assert (code, proof["first_bad"]["file"]) == (1, "reports/2026-11-20/index.html")
