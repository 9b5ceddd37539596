"""The list of watched subjects: kept without them, in force when its file is lost, and let go."""

import datetime as dt
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from pipelines import lake
from pipelines.context.load import read_all
from pipelines.context.watch import keep_watch
from pipelines.detect.aggregates import load_macros
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
_DECOY, _SISTER, _VIP = "88123456", "99200002", "99200003"
_BOTH = ["decoy-record-access", "watched-subject-access"]
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
{_SISTER},relation,st-1,sister
{_VIP},VIP,,
"""


@pytest.fixture(scope="module")
def _night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a list, and a lake of a day: a clerk opened a decoy and the record of a vip."""
    folder = tmp_path_factory.mktemp("watch")
    (folder / "watch.csv").write_text(_LIST, encoding="utf-8")
    (folder / "mimamori.yaml").write_text(yaml.safe_dump(_VALUES), encoding="utf-8")
    home = Home(folder / "var")
    (home.logs / "a").mkdir(parents=True)
    lines = [
        f"192.0.2.1 - st-1 [{_DAY:%d/%b/%Y}:{hour}:00:00 +0900]"
        f' "GET /customers/{subject} HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n'
        for hour, subject in ((11, "77000001"), (12, _DECOY), (13, _VIP))
    ]
    (home.logs / "a" / "access.log").write_text("".join(lines), encoding="utf-8")
    stages.ingest(load(folder / "mimamori.yaml"), home, clock=lambda: _NOW)
    return folder


@pytest.fixture
def folder(_night: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(_night, tmp_path / "copy")


@pytest.fixture
def settings(folder: Path) -> Settings:
    """Those of the folder."""
    return load(folder / "mimamori.yaml")


@pytest.fixture
def home(folder: Path) -> Home:
    """The working folder in it."""
    return Home(folder / "var")


def _found(settings: Settings, home: Home) -> list[str]:
    """What is found of the day."""
    with only({"decoy-record-access", "watched-subject-access"}):
        found = stages.detect(settings, home, [_DAY], clock=lambda: _NOW)
    return sorted(one.detector for one in found if one.actor == "st-1")


def _kept(home: Home) -> list[tuple[object, ...]]:
    with lake.open_reader(home, "Asia/Tokyo") as con:
        return con.execute(
            "select kind, user_id, reason, removed_at is null from lake.watch order by 1"
        ).fetchall()


def test_watched_subjects_stand_nowhere_but_in_their_list(
    settings: Settings, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Only records that somebody opened name them, not findings, reasons, hashes or messages."""
    assert _found(settings, home) == _BOTH
    assert _kept(home) == [
        ("decoy", None, "planted as [subject]", True),
        ("relation", "st-1", "sister", True),
        ("vip", None, None, True),
    ]
    placed = places_of(home, [_DECOY, _VIP, _SISTER], but=[home.logs])
    assert placed.keys() == {_DECOY, _VIP}
    assert all("/request_fact/" in place for place in placed.values())
    with lake.open_reader(home, "Asia/Tokyo") as con:
        texts = con.execute("select evidence::varchar || summary from lake.findings").fetchall()
    told = [caplog.text, *(text for (text,) in texts)]
    assert [one for one in told if _DECOY in one or _VIP in one or _SISTER in one] == []


@pytest.mark.parametrize(
    ("subject", "reason", "kept"),
    [
        ("99900001", "099900001, c99900001 or 1999000012", "[subject], c[subject] or 1[subject]2"),
        ("099900001", "her no. 99900001", "her no. [subject]"),
        ("99900001", "\uff19\uff19\uff19\uff10\uff10\uff10\uff10\uff11", "[subject]"),
        ("Taro@example.com", "of taro@example.com.", "of [subject]."),
        ("7", "007 of 2027, c7", "[subject] of 2027, c7"),
        ("00007", "7 of 2027", "[subject] of 2027"),
    ],
)  # fmt: skip
def test_a_reason_is_kept_without_the_subject_in_whatever_spelling(
    settings: Settings, home: Home, folder: Path, subject: str, reason: str, kept: str
) -> None:
    """Zeros before it, letters and digits around it, other capitals, full-width digits."""
    (folder / "watch.csv").write_text(
        f'subject,kind,reason\n{subject},decoy,"{reason}"\n', encoding="utf-8"
    )
    with lake.open_writer(home, "Asia/Tokyo") as con:
        load_macros(con)
        keep_watch(con, read_all(con, settings), Pseudonyms.of(home), _NOW)
    assert _kept(home) == [("decoy", None, kept, True)]


@pytest.mark.further
def test_a_list_that_is_lost_stays_in_force_and_one_that_is_no_more_ends(
    settings: Settings, home: Home, folder: Path
) -> None:
    """An entry that is taken out keeps its row with the instant, and is watched no more."""
    assert _found(settings, home) == _BOTH
    (folder / "watch.csv").unlink()
    assert _found(settings, home) == _BOTH
    (folder / "watch.csv").write_text(f"subject,kind\n{_VIP},vip\n", encoding="utf-8")
    assert _found(settings, home) == ["watched-subject-access"]
    assert [(kind, is_in_force) for kind, _, _, is_in_force in _kept(home)] == [
        ("decoy", False),
        ("relation", False),
        ("vip", True),
    ]
    context = settings.context.model_copy(update={"watch": None})
    assert _found(settings.model_copy(update={"context": context}), home) == []
    assert _kept(home) == []


def test_an_entry_that_watches_nobody_is_told_by_line_and_column_without_the_subject(
    settings: Settings, folder: Path
) -> None:
    """A kind that is none, a relation of nobody, no subject: the others count."""
    path = folder / "watch.csv"
    path.write_text(
        f"subject,kind,user,site\n{_VIP},star,,\n{_SISTER},relation,,\n,decoy,,\n7,decoy,,b\n",
        encoding="utf-8",
    )
    read = read_all(None, settings)["watch"]
    assert read.errors == (
        f"{path}:2: kind: is none of decoy, vip, staff, relation",
        f"{path}:3: user: is empty; name the user whose relation it is",
        f"{path}:4: subject: must name one",
    )
    assert [entry["subject"] for entry in read.entries] == ["7"]
    told = check_context(None, settings, _NOW)
    assert told.status == "warning"
    assert not {one for one in (_VIP, _SISTER) if one in told.message}


@pytest.mark.further
def test_a_list_outlives_a_change_of_the_key_that_can_read_it(
    settings: Settings, home: Home, folder: Path
) -> None:
    """No hash is made of a hash, so without the list the key stays as it was."""
    path, act = folder / "watch.csv", Act("keys rotate", {"key": "pseudonym", "reason": "yearly"})
    path.rename(folder / "elsewhere.csv")
    before = Pseudonyms.of(home)
    with pytest.raises(MimamoriError, match=r"watch\.csv: cannot be read"):
        change_pseudonym_key(home, settings, act, _NOW)
    assert Pseudonyms.of(home) == before
    (folder / "elsewhere.csv").rename(path)
    change_pseudonym_key(home, settings, act, _NOW)
    path.unlink()
    assert _found(settings, home) == _BOTH


@pytest.mark.further
def test_who_is_erased_is_off_the_list(settings: Settings, home: Home) -> None:
    """The hash of a person goes with what they are erased from."""
    with lake.open_writer(home, "Asia/Tokyo") as con:
        load_macros(con)
        keep_watch(con, read_all(con, settings), Pseudonyms.of(home), _NOW)
        person = person_of(con, user=None, ip=None, subject=_VIP)
        done = erase(con, home, person, Asked("by letter", "tester"), _NOW)
    assert "lake.watch" in {one.place for one in done.places}
    assert [kind for kind, *_ in _kept(home)] == ["decoy", "relation"]
