"""What repeated-subject-access makes of what was told before, and how it tells a subject."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.detect.aggregates import load_macros
from pipelines.detect.catalogue import DETECTORS_DIR
from pipelines.paths import Home
from pipelines.settings.model import Settings
from tests.detect import scenario
from tests.detect.replayed import found_in, only, read

_FIRES = DETECTORS_DIR / "repeated-subject-access" / "fires.yaml"


@pytest.fixture(scope="module")
def example(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[scenario.Scenario, Settings, Home]:
    """The detector's own example, and a lake that has read its lines, to be copied."""
    world = scenario.load(_FIRES)
    return world, *read(tmp_path_factory.mktemp("example"), world)


@pytest.mark.further
@pytest.mark.parametrize(
    ("site", "subject", "severity"),
    [
        ("site", "0990077.json", "low"),
        ("site", "990078", "medium"),
        ("other", "990077", "medium"),
    ],
)
def test_only_an_open_case_about_the_same_person_goes_on(
    example: tuple[scenario.Scenario, Settings, Home],
    tmp_path: Path,
    site: str,
    subject: str,
    severity: str,
) -> None:
    """Whoever was found with somebody else, or at another site, is told of anew."""
    evidence = json.dumps({"subjects": [subject]})
    earlier = (
        "insert into lake.findings (finding_id, date, detector, category, severity, status,"
        " site_id, actor_kind, actor, evidence) values ('f1', '2026-11-12',"
        " 'repeated-subject-access', 'personal_data', 'medium', 'new',"
        f" '{site}', 'user', 'st-1', '{evidence}')"
    )
    world, settings, kept = example
    home = Home(shutil.copytree(kept.root, tmp_path / "var"))
    with only({"repeated-subject-access"}):
        (found,) = found_in(home, settings, world, [earlier])
    assert found.severity == severity


@pytest.mark.parametrize(
    ("subject", "spelling"),
    [
        ("0990077", "990077"),
        ("990077.json", "990077"),
        ("990077;v=1", "990077"),
        (" 0990077.", "990077"),
        ("C00123", "c00123"),
        ("00123.x", "00123.x"),
        ("taro.sato@example.jp", "taro.sato@example.jp"),
        ("[a1B2]", "[a1b2]"),
        ("0", ""),
    ],
)
def test_a_subject_is_one_however_it_is_written(subject: str, spelling: str) -> None:
    """What tells people apart stays: check letters, addresses, pseudonyms."""
    con = duckdb.connect()
    load_macros(con)
    assert con.execute("select subject_spelling(?)", [subject]).fetchone() == (spelling,)
