"""A correction is a note: what was logged stays, and whoever sees a finding sees the note."""

import datetime as dt
import json
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.night import stages
from pipelines.records import Records, Series
from pipelines.subject.correct import correct
from pipelines.subject.extract import extract
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import erase
from pipelines.triage.store import read_day
from tests import command_line
from tests.byte_search import places_of
from tests.retention.conftest import NEW, NIGHT, NOW, World, canaries, copied, night_world

_ONE, _OTHER = canaries(NEW, "main"), canaries(NEW, "shop")
_NOTE = 'CANARY-NOTE on that day the account was "lent" & it\'s <b>not</b> mine, 違います'
_ASKED = Asked("letter", "Taro", "Hanako")
_FINDING = """
    insert into lake.findings by name
    select md5($name) as finding_id, $day::date as date, 'bulk-record-access' as detector,
        'personal_data' as category, 'high' as severity, 50.0 as score, 'main' as site_id,
        'user' as actor_kind, $actor as actor, $at::timestamptz as first_seen,
        $at::timestamptz as last_seen, 3 as event_count, 1 as subject_count, $name as summary,
        json_object('subjects', [$subject]) as evidence, [5]::utinyint[] as measures,
        'new' as status
"""


@pytest.fixture(scope="module")
def _night(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = copied(night_world(tmp_path_factory), tmp_path_factory.mktemp("correct"))
    with lake.open_writer(made.home, made.settings.timezone) as con:
        for name, actor, subject in (
            ("own", _ONE["user"], "1"),
            ("named", _OTHER["user"], _ONE["subject"]),
            ("neither", _OTHER["user"], f"{_ONE['subject']}1"),
        ):
            given = {"name": name, "day": NEW, "actor": actor, "at": NOW, "subject": subject}
            con.execute(_FINDING, given)
    return made


@pytest.fixture
def world(_night: World, tmp_path: Path) -> World:
    """A folder with three findings: of the person, with them as data subject, and of neither."""
    return copied(_night, tmp_path)


@pytest.mark.further
def test_a_note_stands_wherever_the_persons_findings_do_and_goes_with_the_person(
    world: World,
) -> None:
    """In `findings`, the report and its JSON, the extract; the register has neither of both."""
    env = {"MIMAMORI_CONFIG": str(world.config), "MIMAMORI_HOME": str(world.home.root)}

    def run(*arguments: str) -> str:
        done = command_line.run(*arguments, env=env)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    made = json.loads(
        run(
            *("subject", "correct", "--user", _ONE["user"].upper(), "--from", str(NEW)),
            *("--note", _NOTE, "--reason", f"letter of {_ONE['user']}", "--json"),
        )
    )
    assert (made["requests"], made["findings"], made["days"]) == (12, 1, [str(NEW)])
    finding = {name: one for one in _found(world) for name in [one.summary]}
    noted = finding["own"].assessment.corrections
    assert [one.note for one in noted] == [_NOTE]
    assert not finding["named"].assessment.corrections
    assert _NOTE in run("findings", "list", "--date", str(NEW))
    assert _NOTE in run("findings", "show", finding["own"].finding_id)
    stages.report(world.settings, world.home, [NEW], clock=lambda: NOW)
    folder = world.home.reports / str(NEW)
    told = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    noted_ids = [one["finding_id"] for one in told if json.dumps(_NOTE) in json.dumps(one)]
    assert noted_ids == [finding["own"].finding_id]
    assert "CANARY-NOTE" in (folder / "index.html").read_text(encoding="utf-8")
    with lake.open_writer(world.home, world.settings.timezone) as con:
        person = person_of(con, user=_ONE["user"], ip=None, subject=None)
        held = extract(con, world.home, world.settings, person, NOW)
        assert [one["note"] for one in held.corrections] == [_NOTE]
        assert [one["corrections"] for one in held.findings] == [[_NOTE]]
        assert {str(one["corrections"]) for one in held.requests} == {str([_NOTE])}
        other = person_of(con, user=_OTHER["user"], ip=None, subject=None)
        assert "CANARY-NOTE" not in str(extract(con, world.home, world.settings, other, NOW))
        registered = con.execute("from lake.subject_request").fetchall()
        assert (registered[0][2], "CANARY-NOTE" in str(registered)) == ("correct", False)
        assert _ONE["user"] not in str(registered)
        assert "subject correct" in [one.what for one in Records(world.home).entries(Series.USE)]
        erase(con, world.home, person, _ASKED, NOW)
    assert places_of(world.home, ["CANARY-NOTE"], but=[world.home.logs]) == {}
    stages.report(world.settings, world.home, [NEW], clock=lambda: NOW)
    assert places_of(world.home, ["CANARY-NOTE"], but=[world.home.logs]) == {}


def test_a_note_of_a_data_subject_stands_beside_findings_that_name_them(world: World) -> None:
    """By the whole value in the evidence, on its days; not on days to come nor of nobody."""
    with lake.open_writer(world.home, world.settings.timezone) as con:
        person = person_of(con, user=None, ip=None, subject=_ONE["subject"])
        before = NEW - dt.timedelta(days=1)
        done = correct(con, world.home, person, (before, before, _NOTE), _ASKED, NOW)
        assert (done.requests, done.findings) == (0, 0)
        today = NIGHT + dt.timedelta(days=1)  # by the time of the lake
        done = correct(con, world.home, person, (before, today, _NOTE), _ASKED, NOW)
        assert (done.requests, done.findings) == (12, 1)
        with pytest.raises(UsageError, match="first day"):
            correct(con, world.home, person, (NEW, before, _NOTE), _ASKED, NOW)
        after = today + dt.timedelta(days=1)
        for first, option in ((NEW, "--to"), (after, "--from")):
            with pytest.raises(UsageError, match=f"{option}: .*not come yet"):
                correct(con, world.home, person, (first, after, _NOTE), _ASKED, NOW)
        nobody = person_of(con, user="nobody-9", ip=None, subject=None)
        with pytest.raises(UsageError, match="nothing is held"):
            correct(con, world.home, nobody, (NEW, NEW, _NOTE), _ASKED, NOW)
        assert con.execute("select count(*) from lake.correction").fetchall() == [(2,)]
    noted = [one.summary for one in _found(world) if one.assessment.corrections]
    assert noted == ["named"]


@pytest.mark.further
def test_an_erasure_of_nobody_says_so(world: World) -> None:
    """Such as of a name that was mistyped; it is on record all the same."""
    done = command_line.run(
        *("subject", "erase", "--user", "nobody-9", "--reason", "letter", "--second", "Hanako"),
        "--yes",
        env={"MIMAMORI_CONFIG": str(world.config), "MIMAMORI_HOME": str(world.home.root)},
    )
    assert (done.returncode, "nothing is held" in done.stdout.decode()) == (0, True)
    assert world.rows("select act, outcome from lake.subject_request") == [("erase", "done")]


@pytest.mark.further
def test_a_pseudonym_is_looked_up_for_a_case_that_is_there(world: World) -> None:
    """Anything else is refused, and is no act."""
    done = command_line.run(
        *("subject", "reidentify", f"pn-{'a' * 20}", "--case", "0123456789abcdef"),
        *("--reason", "letter", "--second", "Hanako"),
        env={"MIMAMORI_CONFIG": str(world.config), "MIMAMORI_HOME": str(world.home.root)},
    )
    assert done.returncode == 2
    assert "no case '0123456789abcdef'" in done.stderr.decode()
    assert world.rows("select act from lake.subject_request") == []


def _found(world: World):
    with lake.open_reader(world.home, world.settings.timezone) as con:
        return read_day(con, NEW)[0]
