"""`mimamori rules backtest`: what would have changed, with not a byte written."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli import command

_SETTINGS = """
rules: [rules]
context: {watch: watch.csv}
resources:
  all:
    - {id: login, kind: login, path: /login, methods: [POST]}
    - {id: customer, kind: record, path: "/customers/{subject}", level: 2}
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*"], resources: all}
  - {id: shop, group: main, domains: [shop.example], logs: ["shop/*"], resources: all}
"""
_RULE = "11111111-1111-4111-8111-111111111111"
_SIGMA = """title: Log-ins
id: {}
logsource: {{category: webserver}}
detection: {{s: {{cs-uri-stem: /login}}, condition: s}}
level: {}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night is over in which two addresses guessed passwords, one of them more often."""
    folder = command.laid_out(tmp_path_factory.mktemp("backtest"))
    (folder / "mimamori.yaml").write_text(_SETTINGS)
    (folder / "watch.csv").write_text("subject,kind,reason\n990077,decoy,nobody has it\n")
    (folder / "rules").mkdir()
    (folder / "rules" / "login.yml").write_text(_SIGMA.format(_RULE, "low"))
    for site, count in (("main", 60), ("shop", 240)):
        log = folder / "var" / "logs" / site / "access.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(
            "".join(
                f"198.51.100.{len(site)} - - [19/Nov/2026:{3 + number // 60:02}:{number % 60:02}:30"
                ' +0900] "POST /login HTTP/1.1" 401 90 "-" "curl/8.5"\n'
                for number in range(count)
            )
        )
    with (folder / "var" / "logs" / "main" / "access.log").open("a") as log_of_main:
        log_of_main.write(
            '203.0.113.9 - - [19/Nov/2026:12:00:00 +0900] "GET /customers/990077 HTTP/1.1" 200 900'
            ' "-" "curl/8.5"\n'
        )
    for stage in (("ingest",), ("detect", "--date", "2026-11-19")):
        done = command.run(folder, *stage)
        assert done.returncode == 0, done.stderr
    return folder


def _bytes(folder: Path) -> dict[str, str]:
    """Every file below the working folder but the records of use, which tell who tried.

    Whoever reads SQLite leaves an empty journal and its index of no consequence.
    """
    files = [path for path in sorted((folder / "var").rglob("*")) if path.is_file()]
    assert all(path.stat().st_size == 0 for path in files if path.name.endswith("-wal"))
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.parent.name != "records"
        and not path.name.startswith(("records.", "catalog.sqlite-"))
    }


def _tried(folder: Path, *arguments: str, days: int = 1) -> dict[str, Any]:
    before = _bytes(folder)
    done = command.run(
        folder, "rules", "backtest", *arguments, "--days", str(days), "--date", "2026-11-19",
        "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert _bytes(folder) == before
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.further
def test_other_values_lose_gain_and_change_findings(folder: Path) -> None:
    """By day, against the values in force; on record as a use, and nothing else is written."""
    quiet = [f"--set={name}=1000" for name in ("strange_failures", "home_failures")]
    lost = _tried(folder, "brute-force", *quiet, days=2)
    assert (lost["gained"], lost["lost"], lost["changed"]) == (0, 2, 0)
    first, last = lost["days"]
    assert (first["before"], first["after"], last["before"], last["after"]) == (0, 0, 2, 0)
    assert {one["site_id"] for one in last["lost"]} == {"main", "shop"}
    graver = _tried(folder, "brute-force", "--set", "persistent_failures=50")
    (one,) = graver["days"][0]["changed"]
    assert (one["site_id"], one["severity_before"]) == ("main", "medium")
    assert graver["compared_with"] == "settings"
    used = sorted((folder / "var" / "records").glob("use-*.jsonl"))
    said = [json.loads(line) for path in used for line in path.read_text().splitlines()]
    assert said[-1]["what"] == "rules backtest"


@pytest.mark.further
def test_without_values_what_is_on_file_is_compared(folder: Path) -> None:
    """The same code finds the same; a Sigma rule that was changed since does not."""
    same = _tried(folder, "brute-force")
    assert (same["compared_with"], same["days"][0]["before"]) == ("findings", 2)
    assert (same["gained"], same["lost"], same["changed"]) == (0, 0, 0)
    decoy = _tried(folder, "decoy-record-access")  # by hashes with the lake's own key
    assert (decoy["days"][0]["before"], decoy["gained"], decoy["lost"]) == (1, 0, 0)
    rule = folder / "rules" / "login.yml"
    rule.write_text(_SIGMA.format(_RULE, "high"))
    graver = _tried(folder, f"sigma:{_RULE}")
    assert [one["severity_before"] for one in graver["days"][0]["changed"]] == ["low", "low"]


def test_who_reads_a_mart_may_not_try(folder: Path) -> None:
    """It reads the whole lake: refused before it looks at anything."""
    settings = folder / "mimamori.yaml"
    before = settings.read_text()
    settings.write_text(
        "access: {security: {members: [nobody-else]}, auditor: {members: []}}\n" + before
    )
    done = command.run(folder, "rules", "backtest", "brute-force", "--date", "2026-11-19")
    settings.write_text(before)
    assert (done.returncode, done.stdout) == (1, b"")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("brute-forc",), "did you mean brute-force?"),
        (("brute-force", "--set", "habit_days"), "NAME=VALUE"),
        (("brute-force", "--set", "habit_day=2"), "did you mean habit_days"),
        (("brute-force", "--set", "habit_days=soon"), "whole number"),
        (("brute-force", "--set", "failure_share=2"), "from 0 to 1"),
        (("brute-force", "--set", "habit_days=["), "whole number"),
        ((f"sigma:{_RULE}", "--set", "level=2"), "no parameters"),
        (("sigma:nothing",), "rules list"),
    ],
)
def test_wrong_usage_is_named(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and what is wrong with what."""
    done = command.run(folder, "rules", "backtest", *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
