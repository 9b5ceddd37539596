"""Two working folders on one lake: one reports, and the chain of records of each is whole."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT, Home
from pipelines.records import Records, Series
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import erase
from tests.cluster import attacked_day
from tests.cluster.conftest import SECRETS, Servers, placed

pytestmark = [
    *(pytest.mark.servers, pytest.mark.slow, pytest.mark.further),
    pytest.mark.usefixtures("secrets"),
]

_DAY = "2026-11-19"
_NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)


class Two:
    """Two working folders, one folder of keys and one place on servers."""

    def __init__(self, folder: Path, servers: Servers, *, own_keys: bool) -> None:
        """Name them; the second has the same log too."""
        place = servers.new_place()
        self.homes, self.configs = [], []
        for name in ("first", "second"):
            config = folder / f"{name}.yaml"
            keys = "" if own_keys else f"  keys: {folder}/keys\n"
            target = f"deliver: {{folder: {{path: {folder}/sent-{name}}}}}\n"
            config.write_text(attacked_day.SETTINGS + target + place + keys)
            home = placed(Home(folder / name), config)
            log = home.logs / "main" / "access.log"
            log.parent.mkdir(parents=True)
            (folder / f"sent-{name}").mkdir()
            log.write_text(attacked_day.lines(dt.date.fromisoformat(_DAY), "st-Kanariya"))
            self.homes.append(home)
            self.configs.append(config)

    def run(self, number: int, *command: str) -> tuple[int, str, str]:
        """Run a command in one of them; return its code and what it said."""
        own = [sys.executable, "-m", "pipelines", "--config", str(self.configs[number])]
        done = subprocess.run(
            [*own, "--home", str(self.homes[number].root), *command],
            cwd=PROJECT_ROOT,
            env={**os.environ, **SECRETS},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def ask(self, number: int) -> None:
        """Ask a question in one of them, which is put on record."""
        code, _, said = self.run(number, "sql", "select count(*) from lake.access_log")
        assert code == 0, said

    def reports(self, number: int) -> bool:
        """Whether one of them has a report of the day."""
        return (self.homes[number].reports / _DAY / "index.html").exists()

    def require_whole(self) -> None:
        """`audit verify` is content with both."""
        for number in (0, 1):
            code, said, told = self.run(number, "audit", "verify", "--json")
            assert (code, json.loads(said)["ok"]) == (0, True), said + told


@pytest.fixture
def two(servers: Servers, tmp_path: Path) -> Two:
    """Two that have one folder of keys."""
    return Two(tmp_path, servers, own_keys=False)


def test_one_reports_and_the_other_says_why_it_does_not(two: Two) -> None:
    """It still ingests, and answers questions; each has its records, whole."""
    code, _, said = two.run(0, "run", "--date", _DAY)
    assert code == 0, said
    first = str(two.homes[0].root)
    for command in (
        ("run", "--date", _DAY),
        ("report", "--date", _DAY),
        ("deliver", "--date", _DAY),
        ("retention", "--date", _DAY),
        ("audit", "report", "--month", "2026-11"),
    ):
        code, _, said = two.run(1, *command)
        assert code == 1, (command, said)
        assert first in said
        assert "take-over" in said
        assert "Traceback" not in said
    with lake.open_writer(two.homes[1], "UTC") as con:
        person = person_of(con, user="st-Kanariya", ip=None, subject=None)
        with pytest.raises(MimamoriError, match="take-over"):  # whose reports are elsewhere
            erase(con, two.homes[1], person, Asked("asked for", "Taro", "Hanako"), _NOW)
    assert (two.reports(0), two.reports(1)) == (True, False)
    code, said, told = two.run(1, "ingest", "--json")
    assert code == 0, told
    assert json.loads(said)["files"] == 0  # the first has read it
    for number in (1, 0):
        two.ask(number)
    assert two.run(0, "deliver", "--date", _DAY)[0] == 0
    two.require_whole()
    for home in two.homes:
        asked = [one for one in Records(home).entries(Series.USE) if one.what == "sql"]
        assert len(asked) == 1
    code, said, _ = two.run(1, "doctor", "--json")
    assert first in said


def test_another_takes_over_deliberately(two: Two) -> None:
    """With a reason that is on record; from then on the former one says why it does not report."""
    assert two.run(0, "run", "--date", _DAY)[0] == 0
    code, _, said = two.run(1, "lake", "take-over")
    assert code == 2, said
    code, told, said = two.run(1, "lake", "take-over", "--reason", "new machine", "--json")
    assert code == 0, said
    assert json.loads(told)["from"].endswith(str(two.homes[0].root))
    (entry,) = [
        one for one in Records(two.homes[1]).entries(Series.DECISIONS) if "take-over" in one.what
    ]
    assert isinstance(entry.about, dict)
    assert entry.about["reason"] == "new machine"
    code, _, said = two.run(0, "report", "--date", _DAY)
    assert code == 1
    assert str(two.homes[1].root) in said
    code, _, said = two.run(1, "report", "--date", _DAY)
    assert code == 0, said
    assert two.reports(1)
    code, told, said = two.run(1, "lake", "take-over", "--reason", "again", "--json")
    assert (code, json.loads(told)["from"]) == (0, None), said
    two.require_whole()


def test_a_change_of_the_records_key_is_of_one_chain(two: Two) -> None:
    """Neither is cut by what the other does with its own key."""
    for number in (0, 1):
        assert two.run(number, "ingest")[0] == 0
        for _ in range(number + 1):
            two.ask(number)
    code, _, said = two.run(0, "keys", "rotate", "records", "--reason", "routine")
    assert code == 0, said
    two.require_whole()
    for number in (0, 1):
        two.ask(number)
    two.require_whole()


def test_whose_records_were_taken_away_does_not_pass_for_the_one_that_reports(two: Two) -> None:
    """Nor does its name help: without it, it is another one."""
    assert two.run(0, "run", "--date", _DAY)[0] == 0
    shutil.rmtree(two.homes[0].records)
    assert two.run(0, "audit", "verify")[0] == 1
    two.homes[0].id_file.unlink()
    code, _, said = two.run(0, "report", "--date", _DAY)
    assert code == 1
    assert "take-over" in said


def test_two_that_have_keys_of_their_own(servers: Servers, tmp_path: Path) -> None:
    """A copy of the folder of keys, as machines without a shared volume have it."""
    two = Two(tmp_path, servers, own_keys=True)
    assert two.run(0, "run", "--date", _DAY)[0] == 0
    two.homes[1].root.mkdir(exist_ok=True)
    two.homes[1].keys.mkdir(mode=0o700)
    for name in ("lake.id", "pseudonym.key"):
        shutil.copy(two.homes[0].keys / name, two.homes[1].keys / name)
    code, _, said = two.run(1, "run", "--date", _DAY)
    assert code == 1
    assert str(two.homes[0].root) in said
    two.ask(1)
    two.require_whole()
