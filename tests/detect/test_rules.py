"""`rules check`: a detector's mistakes are told by file before a night meets them."""

import shutil
from pathlib import Path

import duckdb
import pytest
import yaml

from pipelines.detect import evidence_types, rules
from pipelines.detect.catalogue import DETECTORS_DIR, load_catalogue
from pipelines.detect.rules import Fault, faults
from pipelines.text.messages import message
from tests.detect.given_findings import settings_in


def _copy(folder: Path, **changes: object) -> Path:
    """A folder with one detector, its header changed."""
    shutil.copytree(DETECTORS_DIR / "duplicate-delivery", folder / "duplicate-delivery")
    header = folder / "duplicate-delivery" / "detector.yaml"
    values = yaml.safe_load(header.read_text(encoding="utf-8"))
    header.write_text(yaml.safe_dump({**values, **changes}), encoding="utf-8")
    return folder / "duplicate-delivery"


def _says(fault: Fault, said: str) -> bool:
    """Whether a fault has these words; `…` stands for what it says in Japanese before them."""
    return all(part in fault.message for part in said.split("… "))


def test_shipped_detectors_are_sound(tmp_path: Path) -> None:
    """Headers, queries, parameters and examples of all."""
    assert faults(settings_in(tmp_path)) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("selec 1", "syntax error"),
        ("select 1; select 2", "one select statement"),
        ("delete from lake.findings", "one select statement"),
        ("select $no_such", "$no_such is no parameter"),
        ("select 1", "no query of duplicate-delivery binds it"),
        ("select 1\nwhere 40 > 1", "line 2: … 40 has no name"),
    ],
)
def test_faults_of_a_query_are_told(tmp_path: Path, query: str, said: str) -> None:
    """What cannot be parsed, is no single query, or binds and declares different names."""
    detector = _copy(tmp_path / "detectors", severities=[{"severity": "low"}])
    (detector / "query.sql").write_text(query, encoding="utf-8")
    found = faults(settings_in(tmp_path), detector.parent)
    assert any(_says(fault, said) for fault in found)


@pytest.mark.parametrize(
    ("rests_on", "said"),
    [
        ({"requires": ["user"]}, "rests_on: … user is no column"),
        ({"better_with": [["user_id", "reports"]]}, "rests_on: … reports is no column"),
        ({"history_days": "month_days"}, "rests_on.history_days: … $month_days is no parameter"),
        ({"columns": ["user_id"]}, "rests_on.columns"),
    ],
)
def test_a_detector_rests_on_what_sites_can_have(
    tmp_path: Path, rests_on: dict[str, object], said: str
) -> None:
    """A misspelt column would make a detector look able to work everywhere, or nowhere."""
    detector = _copy(tmp_path / "detectors", rests_on=rests_on)
    found = faults(settings_in(tmp_path), detector.parent)
    assert any(_says(fault, said) for fault in found), found


_SOME = {"ja": "理由", "en": "a reason"}
_REASON = {"fits": {"ja": "合う（{observed} 分）", "en": "fits ({observed} min)"}}


@pytest.mark.parametrize(
    ("evidence", "reason", "said"),
    [
        ("'reason': 'other', 'observed': 1", {}, "'other' has no words in codes.reason"),
        ("'reason': case when 1 > 0 then 'fits' else 'or' end, 'observed': 1", {}, "'or' has no"),
        (
            "'mood': 'good', 'reason': 'fits', 'observed': 1",
            {},
            "'good' has no words in codes.mood",
        ),
        ("'reason': name, 'observed': 1", {}, "a text that is no code can come"),
        ("'reason': coalesce(name, 'fits'), 'observed': 1", {}, "a text that is no code can come"),
        ("'observed': 1", {}, "codes.reason.fits: … the query gives no such code"),
        ("'reason': 'fits'", {}, "no evidence has 'observed'"),
        ("'reason': 'fits', 'observed': 1", {"en": "fits"}, "name different values"),
        ("'reason': 'fits', 'observed': 1", {"en": ""}, "codes.reason.fits.en"),
        ("'reason': 'fits', 'observed': 1", {"ja": None}, "codes.reason.fits.ja"),
    ],
)
def test_codes_without_words_and_words_without_codes_are_told(
    tmp_path: Path, evidence: str, reason: dict[str, str], said: str
) -> None:
    """What a query can give and a header says agree, in both languages."""
    codes = {"reason": {"fits": {**_REASON["fits"], **reason}}}
    detector = _copy(tmp_path / "detectors", codes=codes, parameters={})
    query = f"select 'a' as site_id, {{{evidence}}} as evidence from lake.site as site"
    (detector / "query.sql").write_text(query.replace("name", "site.site_id"), encoding="utf-8")
    found = faults(settings_in(tmp_path), detector.parent)
    assert [fault for fault in found if _says(fault, said)], found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"severities": [{"severity": "low", "when": "kept > 0"}]}, "the last is for all"),
        ({"severities": [{"severity": "high"}]}, "no rule of severities gives"),
        (
            {"severities": [{"severity": "high", "when": "keptt > 0"}, {"severity": "low"}]},
            "severities.0.when: … the query gives no column keptt",
        ),
        (
            {"strength": [{"points": 1, "times": "log10(lines)", "reason": _SOME}]},
            "strength.0.times: … the query gives no column lines",
        ),
        ({"strength": [{"points": 1, "when": "kept >", "reason": _SOME}]}, "strength.0.when: "),
        ({"strength": [{"points": 1, "times": "$some", "reason": _SOME}]}, "$some is no parameter"),
        ({"strength": [{"points": 1, "reason": {"en": "a reason"}}]}, "strength.0.reason.ja"),
        (
            {"severities": [{"severity": "high", "reason": {"ja": "理由"}}]},
            "severities.0.reason.en",
        ),
        ({"actors": ["site", "user"]}, "actors: … user is either declared or given"),
        (
            {"severities": [{"severity": "high", "when": "kept > 9"}, {"severity": "low"}]},
            "severities.0.when: … 9 has no name",
        ),
        ({"actors": ["ip"]}, "actors: … site is either declared or given"),
    ],
)
def test_faults_of_rules_of_severity_and_strength_are_told(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    """Columns and parameters that are not there, actors that the query does not name."""
    detector = _copy(tmp_path / "detectors", **changes)
    found = faults(settings_in(tmp_path), detector.parent)
    assert [fault for fault in found if _says(fault, said)], found


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({}, "evidence 'novelty' is not declared"),
        (
            {"mood": {"type": "count", "ja": "気分", "en": "Mood"}},
            "evidence.mood: … the query gives no such key",
        ),
        (
            {"exports": {"type": "count", "ja": "書き出し", "en": "Exports"}},
            "exports: … the key is one of all",
        ),
        ({"novelty": {"type": "count", "ja": "新しさ"}}, "evidence.novelty.en"),
        ({"novelty": {"ja": "新しさ", "en": "Novelty"}}, "evidence.novelty.type"),
        ({"novelty": {"type": "news", "ja": "新しさ", "en": "Novelty"}}, "evidence.novelty.type"),
    ],
)
def test_keys_that_are_not_declared_and_declared_ones_that_never_come_are_told(
    tmp_path: Path, evidence: dict[str, dict[str, str]], said: str
) -> None:
    """A key of one detector is declared in its header, with its type and what it is called."""
    detector = _copy(tmp_path / "detectors", evidence=evidence, codes={}, parameters={})
    query = "select {'novelty': 1, 'exports': 2} as evidence from lake.site"
    (detector / "query.sql").write_text(query, encoding="utf-8")
    found = faults(settings_in(tmp_path), detector.parent)
    assert [fault for fault in found if _says(fault, said)], found


def test_codes_are_of_keys_that_hold_codes(tmp_path: Path) -> None:
    """Words for the values of a count would never be shown."""
    codes = {"exports": {"many": {"ja": "多数", "en": "many"}}}
    detector = _copy(tmp_path / "detectors", evidence={}, codes=codes, parameters={})
    query = "select {'exports': 'many'} as evidence from lake.site"
    (detector / "query.sql").write_text(query, encoding="utf-8")
    found = faults(settings_in(tmp_path), detector.parent)
    assert [one for one in found if _says(one, "codes.exports: … neither code nor codes")], found


@pytest.mark.further
def test_shared_keys_that_no_detector_gives_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told of all shipped detectors together: a part of them gives a part of the keys."""
    keys = evidence_types.shared().model_dump(mode="json")
    keys["detectors"]["moods"] = "codes"
    path = tmp_path / "evidence.yaml"
    path.write_text(yaml.safe_dump(keys), encoding="utf-8")
    monkeypatch.setattr(evidence_types, "SHARED", path)
    evidence_types.shared.cache_clear()
    try:
        (fault,) = faults(settings_in(tmp_path))
    finally:
        evidence_types.shared.cache_clear()
    assert _says(fault, "detectors.moods: … the query gives no such key")


@pytest.mark.further
def test_figures_of_the_tables_of_the_day_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All detectors rest on these tables: a figure there is a macro with its reason."""
    (tmp_path / "web").mkdir()
    path = tmp_path / "web" / "visitor.sql"
    path.write_text("create table busy as\nselect * from day_log limit 20;\n", encoding="utf-8")
    monkeypatch.setattr(rules, "DAY_TABLES", tmp_path)
    (fault,) = faults(settings_in(tmp_path))
    assert fault.path == path
    assert _says(fault, "line 2: … 20 has no name: make it a macro")


def test_steps_are_tables_that_the_query_reads(tmp_path: Path) -> None:
    """Each a file of its own; a later one and the query read it by name."""
    detector = _copy(tmp_path / "detectors", steps=["kept", "doubled"])
    (detector / "kept.sql").write_text(
        "-- One row.\nwith one as (select 1 as n)\nselect n from one\n"
    )
    (detector / "doubled.sql").write_text("select n + n as n from kept")
    (detector / "query.sql").write_text(
        "-- All.\nwith every as (from doubled)\nselect n from every"
    )
    query = load_catalogue(detector.parent)["duplicate-delivery"].query
    assert duckdb.execute(query).fetchall() == [(2,)]
    (detector / "query.sql").write_text("select n from doubled")
    load_catalogue.cache_clear()
    query = load_catalogue(detector.parent)["duplicate-delivery"].query
    assert duckdb.execute(query).fetchall() == [(2,)]


def test_step_without_a_name_in_the_header_or_without_a_file_is_told(tmp_path: Path) -> None:
    """A file that nothing reads, and a name that nothing stands behind."""
    detector = _copy(tmp_path / "detectors")
    (detector / "kept.sql").write_text("select 12 as n")
    said = {
        fault.path.name: fault.message for fault in faults(settings_in(tmp_path), detector.parent)
    }
    assert said == {"kept.sql": message("detect.rules.no_step")}
    detector = _copy(tmp_path / "others", steps=["kept"])
    (fault,) = faults(settings_in(tmp_path), detector.parent)
    assert "kept.sql" in fault.message


def test_missing_examples_and_a_bad_header_are_told(tmp_path: Path) -> None:
    """Both kinds of examples are required; a header names its key."""
    detector = _copy(tmp_path / "detectors")
    for path in detector.glob("silent*"):
        path.unlink()
    (fault,) = faults(settings_in(tmp_path), detector.parent)
    assert fault.path == detector
    assert "silent" in fault.message
    broken = _copy(tmp_path / "others", severity="dire")
    (fault,) = faults(settings_in(tmp_path), broken.parent)
    assert isinstance(fault, Fault)
    assert fault.path == broken / "detector.yaml"
    assert fault.message.startswith("severity: ")
