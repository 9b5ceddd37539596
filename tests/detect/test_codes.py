"""Codes in evidence: where a query makes them, and their words in both languages."""

import json
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.codes import code_in_words, has_words, shared_codes, without_words
from pipelines.detect.emitted_codes import Emitted, emitted
from pipelines.paths import SQL_DIR
from pipelines.report.figures import figures_of
from pipelines.settings.redaction_kinds import KINDS
from pipelines.text.words import Words
from tests.detect.given_findings import make

_JA, _EN = (Words(language, ZoneInfo("Asia/Tokyo")) for language in ("ja", "en"))
_CATALOGUE = load_catalogue()


@cache
def _emitted() -> dict[str, dict[str, Emitted]]:
    """What each shipped detector may give; to find that takes a second, in one worker only."""
    return {one.id: emitted(one.query) for one in _CATALOGUE.values()}


def _of(query: str) -> Emitted:
    return emitted(query)["reason"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("select {'reason': 'a'} as evidence", "a"),
        ("select {'reason': case when $x then 'a' when $y then null else 'b' end} evidence", "ab"),
        ("select {'reason': coalesce(null, 'a')} as evidence", "a"),
        ("with t as (select 'a' as r) select {'reason': t.r} as evidence from t", "a"),
        ("with t as (select 'a' r union select 'b') select {'reason': r} evidence from t", "ab"),
        (
            """with t as (select 'x' k, 'a' r union all by name select 'b' r, 'y' k)
            select {'reason': t.r} evidence from t""",
            "ab",
        ),
        (
            """with t as (select 'a' as reason), u as (select t.*, 1 as n from t)
            select {'reason': u.reason} as evidence from u""",
            "a",
        ),
        (
            """with t as (select unnest([{'kind': 'a'}, {'kind': 'b'}]) as o)
            select {'reason': list_sort(list(distinct t.o.kind))[1:10]} as evidence from t""",
            "ab",
        ),
        ("select {'reason': (select max(r) from (select 'a' as r) as s)} as evidence", "a"),
        ("select {'reason': 'a'} as evidence union all select {'reason': 'b'} as evidence", "ab"),
    ],
)  # fmt: skip
def test_codes_are_found_wherever_a_query_makes_them(query: str, codes: str) -> None:
    """Branches, columns of the query's own tables, unions by place and name, lists, subqueries."""
    assert _of(query) == Emitted(frozenset(codes))


@pytest.mark.parametrize(
    "value",
    [
        *("site.reason", "reason", "$reason", "lower('a')", "'a' || 'b'", "1"),
        *("coalesce(site.reason, null)", "(select max(reason) from lake.reject)"),
    ],
)
def test_what_a_query_does_not_spell_out_is_open(value: str) -> None:
    """Text of tables, parameters and functions may be anything."""
    query = f"select {{'reason': {value}}} as evidence from lake.site as site"
    assert _of(query) == Emitted(is_open=True)


def test_reasons_of_shipped_detectors_are_closed_and_have_words() -> None:
    """No query can give a reason that a header or the locales do not put into words."""
    given = {
        (detector, code)
        for detector, keys in _emitted().items()
        for code in keys.get("reason", Emitted()).codes
    }
    assert len(given) > 40
    for detector, code in given:
        for words in (_JA, _EN):
            said = code_in_words(words, _CATALOGUE[detector], "reason", code, {})
            assert said, (detector, code)
            assert said.isascii() == (words is _EN), (detector, code)
    assert not any(keys.get("reason", Emitted()).is_open for keys in _emitted().values())


def test_shared_words_are_of_codes_that_come() -> None:
    """Sigma's `declared_scanner` is no query's; each other code some query gives."""
    for key in ("reason", "unit"):
        given = {code for keys in _emitted().values() for code in keys.get(key, Emitted()).codes}
        others = {"declared_scanner"} if key == "reason" else set()
        assert shared_codes(key) - others <= given, key
    kinds = load_catalogue()["personal-data-in-url"].codes["kinds"]
    assert kinds.keys() == KINDS.keys() - {"value"}  # which is no leak


def test_words_name_figures_in_the_readers_language() -> None:
    """Values of the same evidence stand in their places, numbers with separators."""
    detector = _CATALOGUE["unauthenticated-access"]
    evidence = {"address_count": 12345}
    english = code_in_words(_EN, detector, "reason", "few_each_of_many", evidence)
    japanese = code_in_words(_JA, detector, "reason", "few_each_of_many", evidence)
    assert english == "a few records to each of 12,345 addresses"
    assert japanese == "12,345 のアドレスがそれぞれ数件ずつ"
    assert code_in_words(_EN, detector, "reason", "few_each_of_many", {}) == (
        "a few records to each of ? addresses"
    )


def test_a_code_without_words_is_told_and_shown() -> None:
    """The finding stands; the page shows the code, and the night's log names the key."""
    detector = _CATALOGUE["log-gap"]
    evidence = {"reason": "of_tomorrow", "unit": "minutes", "observed": 61}
    assert list(without_words(detector, evidence)) == ["reason"]
    assert list(without_words(detector, {"unit": ["minutes", "parsecs"]})) == ["unit"]
    assert list(without_words(detector, {"reason": "no_line"})) == []
    assert not has_words(detector, "reason", "as_on_call")
    figures = {one.label: one.text for one in figures_of(_JA, detector, make(evidence=evidence))}
    assert figures["理由"] == "of_tomorrow"


def test_a_text_on_record_is_never_taken_for_a_code() -> None:
    """What people wrote into the context stands as they wrote it, beside the code."""
    detector = _CATALOGUE["off-hours-access"]
    evidence = {"reason": "on_roster", "reason_on_record": "as_on_call"}
    figures = figures_of(_JA, detector, make(evidence=evidence))
    assert [(one.label, one.text, one.values) for one in figures] == [
        ("理由", "勤務表による", ()),
        ("理由の記録", "", ("as_on_call",)),
    ]


def test_findings_of_an_older_lake_get_the_codes_they_have_now() -> None:
    """The migration knows the sentences of then; what people wrote stays what it was."""
    script = (SQL_DIR / "schema" / "014_reasons.sql").read_text(encoding="utf-8")
    on_record = {"reason": "declared_scanner", "reason_on_record": "our scan"}
    older: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("off-hours-access", {"n": 3, "reason": "colleagues too"}, {"reason": "colleagues_too"}),
        ("off-hours-access", {"reason": "night shift"}, {"reason": "night shift"}),
        ("shared-account", {"reason": "used so before"}, {"reason": "used_so_before"}),
        ("clock-skew", {"signs": ["file edges", "rhythm"]}, {"signs": ["file_edges", "rhythm"]}),
        ("sigma:x", {"reason": "our scan"}, on_record),
        ("bulk-record-access", {"reason": "colleagues too"}, {"reason": "colleagues too"}),
        ("log-gap", {}, {}),
    ]
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as lake")
        con.execute("create table lake.reject (reason varchar)")
        con.execute("create table lake.findings (detector varchar, evidence json)")
        for detector, evidence, _ in older:
            con.execute("insert into lake.findings values (?, ?)", [detector, json.dumps(evidence)])
        con.execute(script)
        rows = con.execute("select detector, evidence from lake.findings").fetchall()
    for (detector, evidence, changed), (_, found) in zip(older, rows, strict=True):
        assert json.loads(found) == {**evidence, **changed}, detector


def test_reasons_of_rejected_lines_are_shown_by_their_codes() -> None:
    """Those of earlier versions, which are sentences alone, stay as they are."""
    evidence = {
        "reject_reasons": [
            {"reason": "x", "code": "space_after", "arguments": {"before": "host"}},
            {"reason": "kept", "code": "of_tomorrow", "arguments": None},
            {"reason": "odd", "code": "space_after", "arguments": "host"},
            "a sentence of yesterday",
            {"code": "space_after"},
        ]
    }
    (figure,) = figures_of(_JA, _CATALOGUE["parse-failure-spike"], make(evidence=evidence))
    assert figure.label == "拒否の理由"
    assert figure.text == "「host」の後に空白がない、kept、odd、a sentence of yesterday"
