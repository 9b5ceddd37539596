"""Evidence of any shape becomes typed values, and figures in words."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.codes import label
from pipelines.detect.emitted_codes import emitted
from pipelines.detect.evidence_types import shared
from pipelines.findings import COLUMNS, Finding
from pipelines.paths import PROJECT_ROOT
from pipelines.report.evidence import KEYS_WITH_A_PLACE, Typed, parse
from pipelines.report.figures import DECIDED, saw_people, subjects_in_order
from pipelines.report.finding_view import FindingView, RenderContext, finding_view
from pipelines.text.words import Words, sentences
from tests.detect.given_findings import make
from tests.report import report_lake
from tests.report.report_facts import make_facts

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
_KEYS = st.sampled_from(
    [
        "observed",
        "expected",
        "upper",
        "p_value",
        "ratio",
        "unit",
        "baseline",
        "baseline_days",
        "series",
        "statuses",
        "reason",
        "query",
        "subjects",
        "paths",
        "addresses",
        "users",
        "countries",
        "known_countries",
        "browsers",
        "user_type",
        "days",
    ]
)


def _view(finding: Finding, locale: str = "ja") -> FindingView:
    words = Words("ja" if locale == "ja" else "en", ZoneInfo("Asia/Tokyo"))
    return finding_view(RenderContext(words, load_catalogue(), make_facts()), finding, 1)


def _figures(finding: Finding, locale: str = "ja") -> dict[str, str]:
    view = _view(finding, locale)
    figures = (*view.figures, *view.more_figures)
    return {one.label: one.text or "|".join(one.values) for one in figures}


def _of(detector: str) -> Finding:
    return next(one for one in report_lake.findings_of_day() if one.detector == detector)


@settings(deadline=None)  # no test depends on the machine's speed
@given(st.dictionaries(_KEYS | st.text(max_size=9), _JSON, max_size=8))
def test_no_evidence_breaks_a_report(evidence: dict[str, object]) -> None:
    """Values of the wrong shape are left out, unknown keys are shown, nothing raises."""
    view = _view(report_lake.make_finding(evidence=evidence))
    assert view.title == "個人データの大量閲覧"


def test_unknown_keys_are_kept_and_known_ones_of_a_wrong_shape_are_not() -> None:
    """A detector of tomorrow may say more; what it says stands under its own name."""
    given = {"observed": "many", "new_figure": 7, "days": [1], "subjects": "x", "exports": "many"}
    evidence = parse(given, None)
    assert evidence.observed is None
    assert evidence.lists["subjects"] == ()
    assert evidence.others == (Typed("new_figure", None, "7"), Typed("days", None, "[1]"))


def test_values_are_shown_by_their_types() -> None:
    """Amounts with separators, numbers of records without, codes in words, flags as yes or no."""
    evidence = {
        "exports": 12345,
        "from_number": 12345,
        "pattern": "shuffled",
        "is_worker": False,
        "resource_id": "shuffled",
        "spellings": ["ST-1", "st-1"],
        "log10_chance": -6.25,
    }
    figures = _figures(report_lake.make_finding(detector="record-enumeration", evidence=evidence))
    assert figures["書き出しの回数"] == "12,345"
    assert figures["最初の番号"] == "12345"
    assert (figures["たどり方"], figures["リソース"]) == ("順を混ぜて", "shuffled")
    assert figures["職員・加盟店・委託先の利用者"] == "いいえ"
    assert figures["ほかの書き方の ID"] == "ST-1|st-1"
    assert figures["偶然の確率（10 の何乗か）"] == "-6.25"


def test_figures_are_told_in_words() -> None:
    """Observed, expected, ratio and chance read as a person would say them."""
    figures = _figures(_of("bulk-record-access"))
    assert figures["当日"] == "閲覧 342 件"
    assert figures["通常"] == "約 22.1、上限 61.4、通常の 15.5 倍"
    assert figures["偶然の確率"] == "100 万回に 1 回未満"
    assert _figures(_of("bulk-record-access"), "en")["Usual"] == (
        "about 22.1, at most 61.4, 15.5 times the usual"
    )


def test_a_gap_in_minutes_is_not_compared_with_records() -> None:
    """A gap's expected value counts records in that time; no ratio mixes the two."""
    figures = _figures(_of("log-gap"))
    assert figures["当日"] == "3 時間 29 分"
    assert figures["通常"] == "その間に通常 388 件の記録"


def test_countries_and_answers_have_names() -> None:
    """Codes are told by name, answers with their counts."""
    assert _figures(_of("new-location-access"))["国"] == "ブラジル（BR）"
    assert _figures(_of("new-location-access"))["これまでの国"] == "日本（JP）"
    assert _figures(_of("sql-injection"))["全試行の状態コード"] == "403 が 61 件、200 が 3 件"


def test_the_baseline_says_whose_past_it_is_or_that_there_is_too_little() -> None:
    """Own past with its days, no past, or a detector that needs none."""
    assert _view(_of("bulk-record-access")).baseline == "本人の過去 24 日の実績"
    without = _view(_of("off-hours-access"))
    assert without.baseline == "履歴が足りないため、比較なし"
    assert not without.enough_history
    assert _view(_of("brute-force")).baseline == "実績との比較を用いない検出"
    uncounted = report_lake.make_finding(evidence={"baseline": "none"})
    assert _view(uncounted).baseline == "実績との比較を用いない検出"


def test_a_chart_has_its_content_in_words_beside_it() -> None:
    """Past days, the examined day and the expected range are told as text."""
    chart = _view(_of("bulk-record-access")).chart
    assert chart is not None
    assert "当日" not in chart.alternative
    assert "11/20（金）は 342。" in chart.alternative
    assert "想定は 61.4 以下" in chart.alternative
    assert chart.alternative in chart.svg


def test_a_gap_chart_names_the_silent_hours() -> None:
    """The hours without a record are hatched and named."""
    chart = _view(_of("log-gap")).chart
    assert chart is not None
    assert "14、15 時台" in chart.alternative
    assert 'fill="url(#c1-h)"' in chart.svg


def test_a_detector_without_a_header_is_shown_by_its_id() -> None:
    """Sigma rules and retired detectors still make a readable finding."""
    view = _view(report_lake.make_finding(detector="sigma:1234"))
    assert view.title == "sigma:1234"
    assert view.playbook == ()
    assert view.description == "説明の登録がない検出器です。"


@pytest.mark.parametrize("detector", load_catalogue().values(), ids=lambda one: one.id)
def test_a_finding_brings_the_steps_of_its_detector(detector: Detector) -> None:
    """What to do stands with each finding, in the language of its page."""
    finding = report_lake.make_finding(detector=detector.id, category=detector.category)
    assert _view(finding).playbook == tuple(step.ja for step in detector.playbook)
    assert _view(finding, "en").playbook == tuple(step.en for step in detector.playbook)


def test_the_page_on_findings_lists_every_field_and_key_that_the_report_knows() -> None:
    """The table of facts has all fields of a finding, and all keys with words of their own."""
    table = (PROJECT_ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    fields_known = set(COLUMNS)
    keys_known = {
        key.removeprefix("figure.") for key in sentences("ja") if key.startswith("figure.")
    }
    worded = {"p_one_in", "p_under", "status_count"}
    shown = {key for key in keys_known if not key.endswith(("_value", "_zero"))} | {"p_value"}
    for name in fields_known | (shown - worded):
        assert f"`{name}`" in table, name


def test_every_key_of_evidence_has_a_label() -> None:
    """No reader meets the name of a column."""
    words = [Words(language, ZoneInfo("Asia/Tokyo")) for language in ("ja", "en")]
    for detector in load_catalogue().values():
        keys = {*emitted(detector.query), *shared().program}
        others = keys - KEYS_WITH_A_PLACE
        assert len(keys) > len(others) > 0
        for one in words:
            assert [key for key in others if label(one, detector, key) is None] == []


def test_a_finding_says_why_it_is_unusual() -> None:
    """Against what, how far and how often by chance; else its reason, or what is looked for."""
    by_id = {one.detector: one for one in report_lake.findings_of_day()}
    compared = _view(by_id["bulk-record-access"]).why
    assert compared == (
        "閲覧 342 件（本人の過去からは：約 22.1、上限 61.4、通常の 15.5 倍）。"
        "偶然に起こるのは100 万回に 1 回未満です。"
    )
    assert len(_view(by_id["bulk-record-access"]).figures) == DECIDED
    attack = _view(by_id["sql-injection"])
    assert attack.why == load_catalogue()["sql-injection"].description.in_locale("ja")
    hostile = report_lake.hostile_findings()[0]
    assert report_lake.BIDI not in _view(hostile).why


def test_ids_of_people_stand_in_one_order() -> None:
    """By letters, and numbers by their size, however long they are."""
    huge = "9" * 6_000
    ids = ["c10", "c9", "100", "C9", huge, "20", "c09", "", "\u0663"]
    assert subjects_in_order(ids) == ("", "20", "100", huge, "C9", "c09", "c9", "c10", "\u0663")
    assert subjects_in_order(reversed(ids)) == subjects_in_order(ids)


def test_what_was_refused_showed_nobody() -> None:
    """Neither did an attack without success; a finding of a custom rule may have."""
    assert saw_people(make("bulk-record-access"))
    assert not saw_people(make("forbidden-probing"))
    assert not saw_people(make("sql-injection", category="web_attack"))
    assert saw_people(make("sql-injection", category="web_attack", evidence={"successes": 2}))
    assert saw_people(make("sigma:a-rule"))
