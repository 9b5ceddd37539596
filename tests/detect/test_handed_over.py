"""What a part of detection hands over: read as it was written, by whoever has the key alone."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.detect.explain import Explained
from pipelines.detect.run import DayDetection, DetectorRun, Measured
from pipelines.findings import Finding, Severity
from pipelines.night.detection import Examined
from pipelines.night.handed_over import forget, hand_over, taken_over
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms

_AT = dt.datetime(2026, 11, 19, 3, 0, 0, 5, tzinfo=dt.timezone(dt.timedelta(hours=9)))
_FINDING = Finding(
    finding_id="0123456789abcdef",
    date=dt.date(2026, 11, 19),
    detector="bulk-record-access",
    category="personal_data",
    severity=Severity.HIGH,
    score=61.3,
    site_id="main",
    franchise=None,
    actor_kind="user",
    actor="st-\udcff佐藤",
    first_seen=_AT,
    last_seen=_AT,
    event_count=400,
    subject_count=399,
    summary="…",
    evidence={"p_value": 1.1105054542603915e-08, "statuses": [{"status": 200, "count": 4}]},
    measures=(2, 5),
)
_EXAMINED = Examined(
    (
        Measured(
            "bulk-record-access", "active", 557, 557, 0.002, 12.5, None,
            ((1.1105054542603915e-08, _FINDING),), (),
        ),
    ),
    DayDetection((), (DetectorRun("sigma:a", "active", None, 0, 0, 1.5),), (_FINDING,)),
    Explained(
        pl.DataFrame(
            [{"site_id": "main", "user_id": "st-1", "reason": "r", "source": "team",
              "accesses": 4, "subjects": 3}]
        )
    ),
    frozenset({"a", "b"}),
    ({"name": "trips", "source": None, "sha256": None, "entries": None},),
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A working folder with a key."""
    made = Home(tmp_path)
    made.keys.mkdir()
    Pseudonyms.made(made)
    return made


def test_it_is_read_as_it_was_written(home: Home) -> None:
    """Figures to the last digit, instants, names of any letters; nobody else can read the file."""
    path = hand_over(home, "one", _EXAMINED)
    found = taken_over(home, "one")
    assert found is not None
    assert found.explained.accesses.equals(_EXAMINED.explained.accesses)
    assert (found.measured, found.rules) == (_EXAMINED.measured, _EXAMINED.rules)
    assert (found.pseudonyms, found.sources) == (_EXAMINED.pseudonyms, _EXAMINED.sources)
    assert path.stat().st_mode & 0o077 == 0
    assert "佐藤".encode() not in path.read_bytes()


def test_what_is_not_whole_or_not_its_own_is_not_taken(home: Home) -> None:
    """Cut short, under another's name, with another key, or gone."""
    path = hand_over(home, "one", _EXAMINED)
    content = path.read_bytes()
    path.with_name("two").write_bytes(content)
    assert taken_over(home, "two") is None
    path.write_bytes(content[:-1])
    assert taken_over(home, "one") is None
    path.write_bytes(content[:5])
    assert taken_over(home, "one") is None
    path.write_bytes(content)
    home.pseudonym_key.write_bytes(bytes(32))
    assert taken_over(home, "one") is None
    forget(home)
    assert taken_over(home, "one") is None
