"""The list of watched subjects: kept without them, in force when its file is lost, and let go."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from pipelines import lake
from pipelines.context.load import read_all
from pipelines.doctor.context import check_context
from pipelines.errors import MimamoriError
from pipelines.keyring.change import change_pseudonym_key
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Act
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import erase
from tests.byte_search import places_of
from tests.detect.replayed import only

_ZONE = ZoneInfo("Asia/Tokyo")
_DAY = dt.date(2026, 11, 19)
_NOW = dt.datetime(2026, 11, 20, 2, tzinfo=_ZONE)
_DECOY = "88123456"
_VALUES = {
    "user_types": [{"pattern": "^st-", "type": "staff"}],
    "resources": {
        "all": [{"id": "customer", "kind": "record", "path": "/customers/{subject}", "level": 3}]
    },
    "sites": [
        {"id": "a", "group": "main", "domains": ["a.example"], "logs": ["a/*"],
         "format": "combined", "resources": "all"}
    ],
    "context": {"watch": "watch.csv"},
}  # fmt: skip
_LIST = f"""subject,kind,user,reason
{_DECOY},decoy,,planted as {_DECOY}
99200002,relation,st-1,sister
99200003,VIP,,
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Those of a site with a list of watched subjects."""
    (tmp_path / "watch.csv").write_text(_LIST, encoding="utf-8")
    path = tmp_path / "mimamori.yaml"
    path.write_text(yaml.safe_dump(_VALUES), encoding="utf-8")
    return load(path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A lake into which one clerk's day was read, who opened the decoy at noon."""
    return Home(tmp_path / "var")


def _night(settings: Settings, home: Home, subject: str = _DECOY, hour: int = 12) -> list[str]:
    """The actors of what is found of a day on which a clerk opens another record or two."""
    folder = home.logs / "a"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"192.0.2.1 - st-1 [{_DAY:%d/%b/%Y}:{at:02}:00:0{hour % 10} +0900]"
        f' "GET /customers/{who} HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n'
        for at, who in ((9, "77000001"), (hour, subject))
    ]
    (folder / f"{hour}.log").write_text("".join(lines), encoding="utf-8")
    stages.ingest(settings, home, clock=lambda: _NOW)
    with only({"decoy-record-access", "watched-subject-access"}):
        found = stages.detect(settings, home, [_DAY], clock=lambda: _NOW)
    return [f"{one.detector} {one.actor}" for one in found]


def _kept(home: Home) -> list[tuple[object, ...]]:
    with lake.open_reader(home, "Asia/Tokyo") as con:
        return con.execute(
            "select kind, user_id, reason, removed_at is null from lake.watch order by 1"
        ).fetchall()


def test_watched_subjects_stand_nowhere_but_in_their_list(
    settings: Settings, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Only records that somebody opened name them, not findings, reasons, hashes or messages."""
    assert _night(settings, home) == ["decoy-record-access st-1"]
    assert _kept(home) == [
        ("decoy", None, "planted as [subject]", True),
        ("relation", "st-1", "sister", True),
        ("vip", None, None, True),
    ]
    assert places_of(home, ["99200002", "99200003"], but=[home.logs]) == {}
    assert "/request_fact/" in places_of(home, [_DECOY], but=[home.logs])[_DECOY]
    with lake.open_reader(home, "Asia/Tokyo") as con:
        texts = con.execute("select evidence::varchar || summary from lake.findings").fetchall()
    assert [_DECOY in text for (text,) in texts] == [False]
    assert not any(number in caplog.text for number in (_DECOY, "99200002", "99200003"))


def test_a_list_that_is_lost_stays_in_force_and_one_that_is_no_more_ends(
    settings: Settings, home: Home, tmp_path: Path
) -> None:
    """An entry that is taken out keeps its row with the instant, and is watched no more."""
    path = tmp_path / "watch.csv"
    assert _night(settings, home) == ["decoy-record-access st-1"]
    path.unlink()
    assert _night(settings, home, hour=13) == ["decoy-record-access st-1"]
    path.write_text("subject,kind\n99200003,vip\n", encoding="utf-8")
    assert _night(settings, home, hour=14) == []
    assert [(kind, is_in_force) for kind, _, _, is_in_force in _kept(home)] == [
        ("decoy", False),
        ("relation", False),
        ("vip", True),
    ]
    unnamed = settings.model_copy(
        update={"context": settings.context.model_copy(update={"watch": None})}
    )
    assert _night(unnamed, home, "99200003", hour=15) == []
    assert _kept(home) == []


def test_an_entry_that_watches_nobody_is_told_by_line_and_column_without_the_subject(
    settings: Settings, tmp_path: Path
) -> None:
    """A kind that is none, a relation of nobody, no subject: the others count."""
    (tmp_path / "watch.csv").write_text(
        "subject,kind,user,site\n99200003,star,,\n99200004,relation,,\n,decoy,,\n7,decoy,,b\n",
        encoding="utf-8",
    )
    path = tmp_path / "watch.csv"
    read = read_all(None, settings)["watch"]
    assert read.errors == (
        f"{path}:2: kind: is none of decoy, vip, staff, relation",
        f"{path}:3: user: is empty; name the user whose relation it is",
        f"{path}:4: subject: must name one",
    )
    assert [entry["subject"] for entry in read.entries] == ["7"]
    told = check_context(None, settings, _NOW)
    assert (told.status, "9920000" in told.message) == ("warning", False)


def test_a_list_outlives_a_change_of_the_key_that_can_read_it(
    settings: Settings, home: Home, tmp_path: Path
) -> None:
    """No hash is made of a hash, so without the list the key stays as it was."""
    assert _night(settings, home) == ["decoy-record-access st-1"]
    path = tmp_path / "watch.csv"
    act = Act("keys rotate", {"key": "pseudonym", "reason": "yearly"})
    path.rename(tmp_path / "elsewhere.csv")
    before = Pseudonyms.of(home)
    with pytest.raises(MimamoriError, match=r"watch\.csv: cannot be read"):
        change_pseudonym_key(home, settings, act, _NOW)
    assert Pseudonyms.of(home) == before
    (tmp_path / "elsewhere.csv").rename(path)
    change_pseudonym_key(home, settings, act, _NOW)
    path.unlink()
    assert _night(settings, home, hour=13) == ["decoy-record-access st-1"]


def test_who_is_erased_is_off_the_list(settings: Settings, home: Home) -> None:
    """The hash of a person goes with what they are erased from."""
    _night(settings, home, "99200003")
    with lake.open_writer(home, "Asia/Tokyo") as con:
        person = person_of(con, user=None, ip=None, subject="99200003")
        done = erase(con, home, person, Asked("by letter", "tester"), _NOW)
    assert "lake.watch" in {one.place for one in done.places}
    assert [kind for kind, *_ in _kept(home)] == ["decoy", "relation"]
