"""What is held on a person, for the person: complete, and nobody else in it."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import lake
from pipelines.subject.extract import extract
from pipelines.subject.page import as_page
from pipelines.subject.person import Kind, person_of
from pipelines.subject.register import Asked, register
from pipelines.text.words import Language, Words
from tests.retention.conftest import GONE, NEW, NOW, OLD, World, canaries, copied, night_world

_LANGUAGES: tuple[Language, ...] = ("ja", "en")
_OTHERS: dict[Kind, tuple[str, ...]] = {
    "user": ("subject", "query", "referrer", "rejected"),
    "ip": ("subject", "user", "query", "referrer", "rejected"),
    "subject": ("user", "ip", "query", "referrer", "agent", "rejected"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A folder after its night; extracts change nothing but the register."""
    made = copied(night_world(tmp_path_factory), tmp_path_factory.mktemp("extract"))
    made.write("update lake.client set country = 'JP'")
    return made


def _texts(world: World, kind: Kind, value: str) -> tuple[dict[str, Any], dict[str, str]]:
    with lake.open_writer(world.home, world.settings.timezone) as con:
        person = person_of(con, **{"user": None, "ip": None, "subject": None} | {kind: value})
        register(con, world.home, "list", person, Asked("why", "Taro"), 1, NOW)
        found = extract(con, world.home, world.settings, person, NOW)
    pages: dict[str, str] = {
        language: as_page(found, Words(language, world.settings.zone)) for language in _LANGUAGES
    }
    return found.as_json(), {"json": json.dumps(found.as_json(), ensure_ascii=False), **pages}


@pytest.mark.parametrize(
    "kind",
    ["user", *(pytest.param(kind, marks=pytest.mark.further) for kind in ("ip", "subject"))],
)
def test_an_extract_is_whole_and_names_nobody_else(world: World, kind: Kind) -> None:
    """As JSON and as a page in both languages."""
    one = canaries(NEW, "main")
    values, texts = _texts(world, kind, one[kind])
    assert values["requests_total"] == len(values["requests"]) == 12
    countries = {one["country"] for one in values["requests"]}
    assert countries == ({None} if kind == "subject" else {"JP"})
    assert [source["file"] for source in values["sources"]] == [f"main/{NEW}.log"]
    assert "subject list" in [look["what"] for look in values["looked"]]
    strangers = {
        value
        for day in (GONE, OLD, NEW)
        for site in ("main", "shop")
        for name, value in canaries(day, site).items()
        if (day, site) != (NEW, "main") or name in _OTHERS[kind]
    }
    for text in texts.values():
        assert one[kind] in text
        assert [value for value in strangers if value in text] == []


@pytest.mark.further
def test_a_data_subject_learns_how_many_looked(world: World) -> None:
    """By day and kind of user, not who."""
    values, texts = _texts(world, "subject", canaries(NEW, "main")["subject"])
    assert values["viewers"] == [
        {
            "log_date": str(NEW), "site_id": "main", "user_type": "staff", "users": 1,
            "accesses": 12,
        }
    ]  # fmt: skip
    assert "あなたのデータを見た人" in texts["ja"]
    assert "Who looked at your data" in texts["en"]


def test_the_directory_is_asked_of_users_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address or a customer number that reads like a user is none."""
    entry = [{"user_id": "st-1"}]
    monkeypatch.setattr("pipelines.subject.extract._directory", lambda _con, _person: entry)
    one = canaries(NEW, "main")
    found = {kind: _texts(world, kind, one[kind])[0]["directory"] for kind in _OTHERS}
    assert found == {"user": entry, "ip": [], "subject": []}


@pytest.mark.parametrize("kind", ["user", pytest.param("ip", marks=pytest.mark.further)])
def test_nobody_learns_from_an_extract_what_is_watched(
    world: World, tmp_path: Path, kind: Kind
) -> None:
    """Neither that a record they opened is a decoy, nor whose data is looked after."""
    own = copied(world, tmp_path)
    value = canaries(NEW, "main")[kind]
    before, _ = _texts(own, kind, value)
    day, other = dt.date.fromisoformat(str(NEW)), dt.date(2026, 1, 5)
    for number, detector in enumerate(
        ("decoy-record-access", "watched-subject-access", "off-hours-access")
    ):
        own.write(
            "insert into lake.findings by name"
            f" select 'f{number}' as finding_id, date '{NEW}' as date, '{detector}' as detector,"
            " 'medium' as severity, 'main' as site_id, 'user' as actor_kind, 'new' as status,"
            f" '{value}' as actor, 1 as event_count, '{{}}'::json as evidence"
        )
    own.write(
        "insert into lake.findings by name select 'f9' as finding_id, 'c9' as case_id,"
        f" date '{other}' as date, 'decoy-record-access' as detector, 'user' as actor_kind,"
        f" 'new' as status, '{value}' as actor, '{{}}'::json as evidence"
    )
    own.write(
        f"insert into lake.incident by name select date '{other}' as date, 'i' as incident_id,"
        f" ['f9'] as finding_ids, 'user' as actor_kind, '{value}' as actor"
    )
    own.write(
        f"insert into lake.triage by name select 'f9' as finding_id, date '{other}' as date,"
        f" 'decoy-record-access' as detector, '{value}' as actor, 'closed' as status,"
        " now() as decided_at"
    )
    own.write(
        "insert into lake.case_decision by name select 'c9' as case_id, 'user' as actor_kind,"
        f" '{value}' as actor, 'assigned' as act, now() as decided_at"
    )
    for on in (day, other):
        page = own.home.reports / f"{on}" / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"<p>{value}</p>", encoding="utf-8")
    values, texts = _texts(own, kind, value)
    then, now = (
        {one["place"]: one["rows"] for one in found["places"]} for found in (before, values)
    )
    then.setdefault("lake.findings", 0)
    assert now == {
        **then,
        "lake.findings": then["lake.findings"] + 1,
        f"reports/{day}/index.html": 1,
    }
    added = {"decoy-record-access", "watched-subject-access", "off-hours-access"}
    assert added & {one["detector"] for one in values["findings"]} == {"off-hours-access"}
    assert "おとり" not in texts["ja"]
    assert "Decoy" not in texts["en"]
