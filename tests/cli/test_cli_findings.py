"""`mimamori findings`: what was examined is told from what was not, and decisions are kept."""

import datetime as dt
import json
import re
import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from pipelines.findings import COLUMNS
from tests.cli import command

_YESTERDAY = dt.datetime.now(ZoneInfo("Asia/Tokyo")).date() - dt.timedelta(days=1)
_UNTIL = str(_YESTERDAY + dt.timedelta(days=30))
_HOSTILE = "%27%20union%20select%20%e2%80%ae"
_ATTACK = (
    '192.0.2.{} - - [{:%d/%b/%Y}:09:15:{:02} +0900] "GET /?q=1'
    + _HOSTILE
    + ' HTTP/1.1" 200 512 "-" "Mozilla/5.0\u202e"\n'
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose yesterday has two findings above low."""
    folder = command.laid_out(tmp_path_factory.mktemp("examined"))
    lines = [_ATTACK.format(ip, _YESTERDAY, n) for ip in (7, 8) for n in range(9)]
    (folder / "var" / "logs" / "main" / "access.log").write_text("".join(lines), encoding="utf-8")
    for arguments in (["ingest"], ["detect", "--date", str(_YESTERDAY)]):
        done = command.run(folder, *arguments)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def examined(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, in which a test may decide."""
    return shutil.copytree(kept, tmp_path / "examined")


def _listed(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    done = command.run(folder, "findings", "list", "--date", str(_YESTERDAY), "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.mark.further
def test_day_that_was_never_examined_is_not_called_clean(own_ingested: Path) -> None:
    """No finding and no look are told apart; a finding's status can be set."""
    folder = own_ingested
    done = command.run(folder, "findings", "list", "--date", "2026-11-18")
    assert b"has not been examined" in done.stdout
    command.run(folder, "detect", "--date", "2026-11-18")
    assert b"no findings" in command.run(folder, "findings", "list", "--date", "2026-11-18").stdout
    assert command.run(folder, "findings", "ack", "none").returncode == 2


def test_findings_are_listed_decided_and_shown_with_their_history(examined: Path) -> None:
    """JSON has the contract's keys alone; the text shows notes, and no character that deceives."""
    found = [one for one in _listed(examined) if one["detector"] == "sql-injection"]
    assert [list(one) for one in found] == [list(COLUMNS)] * 2
    assert {"incident_id", "risk", "score_parts"} <= found[0]["evidence"].keys()
    first, second = (one["finding_id"] for one in found)
    done = command.run(
        examined, "findings", "close", first, second, "--as", "false-alarm", "--note",
        "drill\x1b[2J", "--author", "analyst", "--json",
    )  # fmt: skip
    assert [one["status"] for one in json.loads(done.stdout)] == ["closed", "closed"]
    text = command.run(examined, "findings", "show", first).stdout.decode()
    assert "完了 (誤検出) drill‹U+001B›[2J" in text
    assert "SQL" in text
    assert "{" not in text.split("行を見るための検索")[0]  # no JSON
    assert "analyst (" in text  # the account stands beside the name that it gave
    assert "\u202e" not in text
    assert re.search(r"時刻 +\d{4}-\d\d-\d\d（.） 09:15:00 – ", text)
    assert not re.search(r"^[a-z_]+ ", text, re.MULTILINE)
    as_json = command.run(examined, "findings", "show", first, "--json").stdout.decode()
    assert "\u202e" not in as_json  # nor does JSON turn a terminal's text around
    shown = json.loads(as_json)
    assert any("\u202e" in agent for agent in shown["evidence"]["browsers"])
    again = command.run(examined, "detect", "--date", str(_YESTERDAY), "--json")
    of_attacks = [one for one in json.loads(again.stdout) if one["detector"] == "sql-injection"]
    assert [one["status"] for one in of_attacks] == ["closed", "closed"]
    rules = json.loads(command.run(examined, "rules", "list", "--json").stdout)
    (sqli,) = (one for one in rules if one["id"] == "sql-injection")
    assert sqli["closed"] == {
        "confirmed": 0, "false_alarms": 2, "explained": 0, "precision": 0.0,
    }  # fmt: skip


@pytest.mark.further
def test_terminal_gets_colour_and_eighty_columns_a_pipe_one_line_each(examined: Path) -> None:
    """Summaries wrap below their finding; NO_COLOR and --color decide about colour."""
    wanted = ("findings", "list", "--date", str(_YESTERDAY))
    plain = command.run(examined, *wanted).stdout.decode().splitlines()
    shown = command.run_at_terminal(examined, *wanted)
    assert "\x1b[" in shown
    uncoloured = command.run_at_terminal(examined, *wanted, NO_COLOR="1")
    assert "\x1b[" not in uncoloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == uncoloured
    assert max(cell_len(line) for line in uncoloured.splitlines()) <= 80
    assert len(uncoloured.splitlines()) > len(plain)
    forced = command.run(examined, *wanted, "--color", "always").stdout.decode()
    assert re.sub(r"\x1b\[[0-9;]*m", "", forced).splitlines() == plain
    report = command.run_at_terminal(
        examined, "report", "--text", "--date", str(_YESTERDAY), NO_COLOR="1"
    )
    assert max(cell_len(line) for line in report.splitlines()) <= 80
    assert not (examined / "var" / "reports").exists()
    for option in ("--json", "--pdf"):
        assert command.run(examined, "report", "--text", option).returncode == 2


@pytest.mark.further
def test_findings_are_suppressed_listed_and_released(examined: Path) -> None:
    """By id, at once and over a re-run; `unsuppress` opens them again and keeps the rule."""
    first = _listed(examined)[0]["finding_id"]
    done = command.run(
        examined, "findings", "suppress", first, "--reason", "drill", "--until", _UNTIL, "--json"
    )
    assert done.returncode == 0, done.stderr
    rule = json.loads(done.stdout)
    assert (rule["findings"], rule["reason"], rule["valid_until"]) == (1, "drill", _UNTIL)
    command.run(examined, "detect", "--date", str(_YESTERDAY))
    statuses = {one["finding_id"]: one["status"] for one in _listed(examined)}
    assert statuses[first] == "suppressed"
    listed = command.run(examined, "findings", "suppressions").stdout.decode()
    assert "drill" in listed
    done = command.run(examined, "findings", "unsuppress", rule["suppression_id"])
    assert done.returncode == 0, done.stderr
    assert {one["status"] for one in _listed(examined)} == {"new"}
    assert b"[]" in command.run(examined, "findings", "suppressions", "--json").stdout
    everything = command.run(examined, "findings", "suppressions", "--all", "--json")
    assert json.loads(everything.stdout)[0]["ended_at"] is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--reason", "x", "--until", _UNTIL],
        ["--detector", "no-such", "--site", "main", "--reason", "x", "--until", _UNTIL],
        ["--site", "main", "--reason", "x", "--until", _UNTIL],
        ["--detector", "sql-injection", "--site", "main", "--until", _UNTIL],
        ["id", "--site", "main", "--reason", "x", "--until", _UNTIL],
    ],
)
def test_suppression_without_limits_is_wrong_usage(folder: Path, arguments: list[str]) -> None:
    """No criteria, a detector that is none, no reason, two ways at once: exit 2."""
    done = command.run(folder, "findings", "suppress", *arguments)
    assert done.returncode == 2, done.stdout
    assert done.stderr


@pytest.mark.further
def test_words_that_nobody_can_read_are_wrong_usage(examined: Path) -> None:
    """Bytes that are no UTF-8, nothing to see, or without end: a message, and nothing decided."""
    before = _listed(examined)
    found = before[0]["finding_id"]
    quiet = ["suppress", "--detector", "sql-injection", "--reason", "x", "--until", _UNTIL]
    for arguments in (
        ["ack", found, "--note", "\udcff"],
        ["close", found, "--author", "\udcff x"],
        ["reopen", found, "--author", "\u3164"],
        ["ack", "\udcff"],
        ["show", "\udcff"],
        ["suppress", found, "--reason", "x\udcff", "--until", _UNTIL],
        ["suppress", found, "--reason", "\u200b", "--until", _UNTIL],
        ["suppress", found, "--reason", "x" * 2001, "--until", _UNTIL],
        [*quiet, "--actor", "\udcff"],
    ):
        done = command.run(examined, "findings", *arguments)
        assert done.returncode == 2, (arguments, done.stdout)
        assert b"Traceback" not in done.stderr
    assert _listed(examined) == before


@pytest.mark.further
def test_rules_are_listed_in_both_languages_and_sound(folder: Path) -> None:
    """Before there is a lake; each with its mode and what was measured."""
    text = command.run(folder, "rules", "list").stdout.decode()
    for said in ("bulk-record-access", "active", "個人データの大量閲覧", "Bulk access"):
        assert said in text
    done = command.run(folder, "rules", "check", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stdout


@pytest.mark.further
def test_cases_are_listed_assigned_shown_and_closed(examined: Path) -> None:
    """As JSON and as text; closing closes the findings; all of it is on record."""

    def cases(*arguments: str) -> Any:
        done = command.run(examined, "cases", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    on = ("--date", str(_YESTERDAY))
    found = cases("list", *on)
    assert {one["actor"] for one in found} >= {"192.0.2.7", "192.0.2.8"}
    assert {one["case_id"] for one in found} == {one["case_id"] for one in _listed(examined)}
    case = next(one for one in found if one["actor"] == "192.0.2.7")
    (day,) = case["days"]
    assert (case["state"], case["rise"], case["risk"]) == ("new", "opened", day["alone"])
    given = cases("assign", case["case_id"], "--to", "tanaka", "--due", _UNTIL)
    assert (given["owner"], given["due_on"], given["state"]) == ("tanaka", _UNTIL, "assigned")
    assert [one["case_id"] for one in cases("list", *on, "--owner", "tanaka")] == [case["case_id"]]
    noted = cases("comment", case["case_id"], "--note", "the owner is away")
    assert (noted["owner"], noted["state"]) == ("tanaka", "assigned")
    closed = cases("close", case["case_id"], "--as", "false-alarm", "--reason", "drill\u202e")
    assert (closed["state"], closed["findings"]) == ("closed", 0)
    statuses = {one["actor"]: one["status"] for one in _listed(examined)}
    assert statuses["192.0.2.7"] == "closed"
    shown = cases("show", case["case_id"])
    assert [one["act"] for one in shown["decisions"]] == ["assigned", "commented", "closed"]
    assert shown["open_findings"] == []
    text = command.run(examined, "cases", "show", case["case_id"]).stdout.decode()
    assert "drill‹U+202E›" in text
    listed = command.run(examined, "cases", "list", *on).stdout.decode()
    assert "192.0.2.8" in listed
    assert "192.0.2.7" not in listed
    assert "192.0.2.7" in command.run(examined, "cases", "list", *on, "--all").stdout.decode()
    for arguments in (
        ["show", "none"],
        ["close", "none"],
        ["assign", "none"],
        ["assign", "x", "--to", " "],
        ["comment", "none", "--note", "text"],
        ["comment", case["case_id"], "--note", " "],
    ):
        assert command.run(examined, "cases", *arguments).returncode == 2
    used = [
        json.loads(line)["what"]
        for path in (examined / "var" / "records").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert {f"cases {one}" for one in ("list", "show", "assign", "comment", "close")} <= set(used)
