"""`mimamori rules` with Sigma rules: added, listed, tried and removed, the bad ones named."""

import json
from pathlib import Path

import pytest

from tests.cli import command

_RULE = """title: Page one
id: 11111111-1111-4111-8111-111111111111
logsource: {category: webserver}
detection: {s: {cs-uri-query|endswith: '/1'}, condition: s}
level: low
"""
_RULE_ID = "sigma:11111111-1111-4111-8111-111111111111"


def test_good_rules_of_a_folder_with_ten_bad_ones_are_added_listed_tried_and_removed(
    folder: Path,
) -> None:
    """Exit code 1 tells of the bad ones; a dry run writes nothing; nothing is added twice."""
    source = folder / "new"
    source.mkdir()
    (source / "good.yml").write_text(_RULE)
    for number in range(10):
        (source / f"bad{number}.yml").write_text(_RULE.replace("cs-uri-query", f"field{number}"))
    dry = command.run(folder, "rules", "add", str(source), "--dry-run")
    assert dry.returncode == 1
    assert not (folder / "rules").exists()
    done = command.run(folder, "rules", "add", str(source), "--json")
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert [Path(one["path"]).name for one in result["added"]] == ["good.yml"]
    assert len(result["refused"]) == 10
    assert all(one["line"] == 4 and "no field" in one["reason"] for one in result["refused"])
    assert (folder / "rules" / "sigma" / "good.yml").read_text() == _RULE
    again = command.run(folder, "rules", "add", str(source / "good.yml"), "--json")
    assert (again.returncode, len(json.loads(again.stdout)["unchanged"])) == (0, 1)
    listed = json.loads(command.run(folder, "rules", "list", "--json").stdout)
    assert [one["severity"] for one in listed if one["id"] == _RULE_ID] == ["low"]
    checked = command.run(folder, "rules", "check")
    assert (checked.returncode, "1 件の Sigma" in checked.stdout.decode()) == (0, True)
    log = folder / "var" / "logs" / "main" / "access.log"
    tried = command.run(folder, "rules", "test", _RULE_ID, "--log", str(log), "--json")
    assert [one["actor"] for one in json.loads(tried.stdout)["findings"]] == ["192.0.2.1"]
    assert not (folder / "var" / "lake").exists()  # a trial writes nothing
    settings = folder / "mimamori.yaml"
    text = settings.read_text()
    settings.write_text(f"{text}detectors: {{'{_RULE_ID}': {{mode: shadow}}}}\n")
    assert command.run(folder, "rules", "remove", _RULE_ID).returncode == 2  # settings name it
    settings.write_text(text)
    assert command.run(folder, "rules", "remove", _RULE_ID).returncode == 0
    assert list((folder / "rules" / "sigma").iterdir()) == []
    assert command.run(folder, "rules", "remove", _RULE_ID).returncode == 2


@pytest.mark.further
def test_a_rule_that_would_match_too_much_is_held_back(folder: Path) -> None:
    """It says how much of the past it matches; --force adds it anyway."""
    log = folder / "var" / "logs" / "main" / "access.log"
    log.write_text("".join(command.LINE.format(n % 60, n) for n in range(200)))
    assert command.run(folder, "ingest").returncode == 0
    rule = folder / "all.yml"
    rule.write_text(_RULE.replace("cs-uri-query|endswith: '/1'", "cs-method: GET"))
    held = command.run(folder, "rules", "add", str(rule))
    assert held.returncode == 1
    assert "100.0% of the records of the last 1 days (200 of 200)" in held.stderr.decode()
    assert not (folder / "rules" / "sigma" / "all.yml").exists()
    forced = command.run(folder, "rules", "add", str(rule), "--force")
    assert forced.returncode == 0, forced.stderr
    assert (folder / "rules" / "sigma" / "all.yml").exists()
