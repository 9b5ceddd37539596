"""The audit as a page and as data: what stands on it, in both languages, and what never does."""

import json
import re
from pathlib import Path

import pytest

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.text.month import Month
from tests.audit import audit_lake
from tests.audit.audit_lake import MONTH, World, small
from tests.page_language import in_the_other_language, texts_of


def _text(page: Path) -> str:
    html = page.read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html[html.index("<body>") :]))


def test_each_measure_has_a_section_and_a_sentence_on_the_first_screen(
    pages: dict[str, Path],
) -> None:
    """Seven rows that lead to seven sections, in order, and nine sections more."""
    for page in pages.values():
        html = page.read_text(encoding="utf-8")
        rows = re.findall(r'<li>.*?href="#(measure-\d)"', html)
        sections = re.findall(r'<section class="card part" id="([^"]+)"', html)
        assert rows == [f"measure-{number}" for number in range(1, 8)]
        assert sections == [
            *rows, "cover", "blind", "outside", "disclosed", "questions", "reviews", "kept",
            "exceptions", "rules",
        ]  # fmt: skip


def test_reasons_are_told_in_words(pages: dict[str, Path]) -> None:
    """The same figures in both languages."""
    english, japanese = _text(pages["en"]), _text(pages["ja"])
    assert "Seven measures: 7 with exceptions" in english
    assert "七つの措置：例外つき 7" in japanese
    assert "1 access to personal data by nobody named" in english
    assert "だれの名もない個人データへのアクセス 1 件" in japanese
    assert "26 reports not signed" in english
    assert "未署名の報告 26 日" in japanese


def test_coverage_reads_without_colour(pages: dict[str, Path]) -> None:
    """A sign for each state: the shop's first two days, its silent day, its doubts."""
    html = pages["en"].read_text(encoding="utf-8")
    row = html[html.index('<bdi class="v">shop-001</bdi>') :].partition("<tr>")[0]
    signs = re.findall(r'<td class="mark[^"]*">([^<]*)', row)
    assert signs[:3] == ["·", "·", "○"]
    assert [day for day, sign in enumerate(signs, 1) if sign == "×"] == [audit_lake.SILENT_ON]
    assert [day for day, sign in enumerate(signs, 1) if sign == "△"] == [
        audit_lake.FAILED_CHECK_ON, audit_lake.GAP_ON,
    ]  # fmt: skip
    assert re.findall(r'<td class="number">([^<]+)', row)[:4] == ["25", "2", "1", "0"]


def test_blind_detectors_are_told_with_the_techniques_that_they_miss(
    pages: dict[str, Path],
) -> None:
    """A site that never sent a line is blind for all; the shop's log names nobody."""
    text = _text(pages["en"])
    part = text[text.rindex("Where detectors can work") :]
    part = part[: part.index("Where a detector is blind")]
    assert "3 sites (1 of them sent no line for 28 days)" in part
    assert (
        "Password guessing 1, 6 T1110.001 2 of 3 never shop-001 time, resource_kind, user_id"
        in part
    )
    assert "customers 2, 3, 5 T1078, T1213 1 of 1 shop-001 user_id" in part  # meant for shops only
    html = pages["en"].read_text(encoding="utf-8")
    assert '<bdi class="v">never</bdi>' in html[html.index('id="blind"') :]


def test_countries_of_the_eea_are_marked(pages: dict[str, Path]) -> None:
    """Germany is, the United States are not."""
    text = _text(pages["en"])
    assert re.search(r"Germany \(DE\) Within EEA 0 2 0 2 0 1", text)
    assert re.search(r"United States \(US\) – 1 0 0 1 0 1", text)


def test_requests_of_persons_are_counted(pages: dict[str, Path]) -> None:
    """Also that there were none."""
    assert "Requests of people in this month: none" in _text(pages["en"])
    assert "この月の本人からの求め：なし" in _text(pages["ja"])


def test_hostile_text_is_shown_and_obeyed_by_nobody(pages: dict[str, Path]) -> None:
    """A signer's name that is markup and turns text round; a message of a failed run."""
    for page in pages.values():
        html = page.read_text(encoding="utf-8")
        assert html.count("<script") == 1  # our own
        assert "\u202e" not in html
        assert "‹U+202E›&lt;script&gt;" in html
        assert "&lt;b&gt;disk full&lt;/b&gt;" in html


def test_data_hold_what_the_page_shows(pages: dict[str, Path]) -> None:
    """Verdicts, every site's days, every signature; requests of persons by act."""
    data = json.loads((pages["en"].parent / "audit.json").read_text(encoding="utf-8"))
    assert data["month"] == "2026-11"
    assert data["standing"] == "exceptions"
    assert [one["measure"] for one in data["verdicts"]] == list(range(1, 8))
    shop = next(one for one in data["sites"] if one["site_id"] == "shop-001")
    assert shop["days"] == "bb" + "c" * 7 + "n" + "cc" + "dd" + "c" * 16
    assert len(data["reviews"][1]["signatures"]) == 2
    assert data["requests"] == {}
    assert data["deliveries"] is None


def test_use_of_data_and_rights_is_shown_and_handed_on(pages: dict[str, Path]) -> None:
    """Tables on the page, and lists for a spreadsheet that runs nothing."""
    english, html = _text(pages["en"]), pages["en"].read_text(encoding="utf-8")
    assert "Rights granted and not used within 30 days" in english  # as far as records reach back
    assert "1 right granted and not used within 90 days" in english
    assert "&lt;b&gt;Anzen&lt;/b&gt;" in html
    assert "<b>Anzen" not in html
    folder = pages["en"].parent
    unused = (folder / "unused-rights.csv").read_text(encoding="utf-8-sig").splitlines()
    assert unused[1].startswith("st-1,Yamada,claims,,'=out,,portal,2026-01-01,")
    assert len(unused) == 2
    used = (folder / "data-use.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "2026-11,staff,claims,portal,3,name,1,30,1,0" in used
    data = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    assert [one["user_id"] for one in data["use"]["unused_rights"]] == ["st-1"]
    for name in ("unused-rights.csv", "data-use.csv"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600


def test_it_stands_beside_the_reports_for_its_owner_alone(pages: dict[str, Path]) -> None:
    """`audit/YYYY-MM/`, and the list of reports leads there."""
    for page in pages.values():
        reports = page.parents[2]
        assert page == reports / "audit" / "2026-11" / "index.html"
        assert page.stat().st_mode & 0o777 == 0o600
        assert page.parent.stat().st_mode & 0o777 == 0o700
        index = (reports / "index.html").read_text(encoding="utf-8")
        assert 'href="audit/2026-11/index.html"' in index


@pytest.mark.further
def test_equal_facts_give_an_equal_page(world: World, tmp_path: Path) -> None:
    """Made twice at the same instant, not a byte differs."""
    first = world.audit(out=tmp_path / "a")
    second = world.audit(out=tmp_path / "b")
    assert first.page.read_bytes() == second.page.read_bytes()
    assert first.data.read_bytes() == second.data.read_bytes()


@pytest.mark.further
def test_an_unfinished_month_says_so(world: World, tmp_path: Path) -> None:
    """On the 5th of the month, four days are over."""
    now = audit_lake.NOW.replace(month=11, day=5)
    made = world.audit(now=now, out=tmp_path)
    assert not made.is_over
    assert "The month is not over (4 of 30 days)" in _text(made.page)


@pytest.mark.further
def test_a_month_without_data_is_no_report(world: World, tmp_path: Path) -> None:
    """The message says so and nothing is written; the lake keeps that the run failed."""
    with pytest.raises(MimamoriError, match="nothing of that month") as told:
        world.audit(Month.written("2025-02"), out=tmp_path / "out")
    assert told.value.exit_code == 1
    assert not (tmp_path / "out").exists()
    with lake.open_reader(world.home, "Asia/Tokyo") as con:
        (status,) = con.execute(
            "select arg_max(status, rowid) from lake.stage_run where stage = 'audit'"
            " and status = 'failed'"
        ).fetchone() or ("",)
    assert status == "failed"


@pytest.mark.parametrize("name", ["2026-12", "2027-01"])
def test_a_month_of_which_no_day_is_over_is_wrong_usage(world: World, name: str) -> None:
    """Not even its first day has ended."""
    now = audit_lake.NOW.replace(day=1)
    with pytest.raises(UsageError, match="no day of that month is over"):
        world.audit(Month.written(name), now=now)


@pytest.mark.further
def test_logs_alone_prove_no_measure(tmp_path: Path) -> None:
    """Lines without checks, detection, reports and signatures: seven times not provable."""
    bare = small(tmp_path)
    made = bare.audit()
    assert set(map(str, made.standings.values())) == {"not_provable"}
    assert bare.audit().month == MONTH
    text = _text(made.page)
    assert "Seven measures: 7 not provable" in text
    assert "No daily report has been signed" in text
    assert "No list of rights is on record" in text
    assert not (made.page.parent / "unused-rights.csv").exists()


@pytest.mark.further
@pytest.mark.browser
def test_pdf_is_a_real_file(world: World, tmp_path: Path) -> None:
    """Printed by headless Chromium beside the page."""
    made = world.audit(out=tmp_path, with_pdf=True)
    assert made.pdf == made.page.parent / "audit.pdf"
    assert made.pdf.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_page_has_no_text_in_the_other_language(pages: dict[str, Path], language: str) -> None:
    """What is not marked as logged or written by people is in the language of the page."""
    texts = texts_of(pages[language].read_text(encoding="utf-8"))
    assert list(in_the_other_language(texts, language)) == []
