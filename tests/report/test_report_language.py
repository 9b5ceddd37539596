"""No page says in the other language what is ours to say: pages as they are, and every finding."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.emitted_codes import Emitted, emitted
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding
from pipelines.report.finding_view import RenderContext, finding_view
from pipelines.text.words import Language, Words
from tests.page_language import in_the_other_language, texts_of
from tests.report import report_lake
from tests.report.report_facts import make_facts

_ZONE = ZoneInfo("Asia/Tokyo")
_LANGUAGES: tuple[Language, ...] = ("ja", "en")


@pytest.mark.parametrize("language", _LANGUAGES)
def test_pages_have_no_text_in_the_other_language(
    reports: dict[str, Path], language: Language
) -> None:
    """Days, index and shops: what is not marked as logged is in the language of the page."""
    pages = sorted(reports[language].rglob("*.html"))
    assert len(pages) > len(report_lake.DAYS)
    for page in pages:
        written = page.stem.rpartition(".")[2]
        said = written if written in _LANGUAGES else language
        text = page.read_text(encoding="utf-8")
        assert f'<html lang="{said}">' in text
        assert list(in_the_other_language(texts_of(text), said)) == [], page.name


def test_every_page_leads_to_itself_in_the_other_language(reports: dict[str, Path]) -> None:
    """By a link, without scripts; and on from there in that language: list, day, shops."""
    day = Path(report_lake.DAY.isoformat())
    for name in ("index.html", day / "index.html", day / "franchise" / "by-people.html"):
        page = reports["ja"] / name
        (other,) = re.findall(
            r'<a href="([^"]+)" lang="en" hreflang="en">', page.read_text("utf-8")
        )
        english = (page.parent / other).read_text("utf-8")
        assert '<html lang="en">' in english
        back = re.findall(r'<a href="([^"]+)" lang="ja" hreflang="ja">', english)
        assert back == [page.name]
    index = (reports["ja"] / "en.html").read_text("utf-8")
    assert f'href="{day}/en.html"' in index
    english = (reports["ja"] / day / "en.html").read_text("utf-8")
    assert 'href="../en.html"' in english
    assert 'href="franchise/en.html"' in english
    japanese, of_english = (
        {*re.findall(r'id="(f-[^"]+)"', one)}
        for one in ((reports["ja"] / day / "index.html").read_text("utf-8"), english)
    )
    assert japanese == of_english != set()


@pytest.mark.parametrize("detector", load_catalogue().values(), ids=lambda one: one.id)
@pytest.mark.parametrize("language", _LANGUAGES)
def test_findings_have_no_text_in_the_other_language(
    detector: Detector, language: Language
) -> None:
    """With each code that the detector's query can give, in sentence, title, figures and steps."""
    context = RenderContext(Words(language, _ZONE), load_catalogue(), make_facts())
    for finding in _findings(detector):
        view = finding_view(context, finding, 1)
        texts = [
            summary_in(finding, language, _ZONE),
            *(view.title, view.description, view.actor_kind, view.events, view.subjects),
            *(view.baseline, view.false_positives, view.status, view.category),
            *view.playbook,
            *view.measures,
            *(text for figure in view.figures for text in (figure.label, figure.text)),
        ]
        assert list(in_the_other_language(texts, language)) == []
        codes = {code for one in finding.evidence.values() for code in _texts(one)}
        shown = {text for figure in view.figures for text in (figure.text, *figure.values)}
        for code in codes - {"none", "own", "peers", "site"}:
            if language == "ja":
                assert code not in shown, code


def _findings(detector: Detector) -> Iterator[Finding]:
    """Findings with every value of evidence that is a code, one after the other."""
    given = emitted(detector.query)
    plain: dict[str, Any] = {key: 7 for key, one in given.items() if not one.codes}
    choices = {key: sorted(_codes(detector, key, one)) for key, one in given.items() if one.codes}
    for number in range(max(map(len, choices.values()), default=1)):
        chosen = {key: codes[number % len(codes)] for key, codes in choices.items() if codes}
        yield report_lake.make_finding(
            detector=detector.id, category=detector.category, evidence={**plain, **chosen}
        )


def _codes(detector: Detector, key: str, one: Emitted) -> set[str]:
    given = {code for code in one.codes if re.fullmatch("[a-z][a-z0-9_]*", code)}
    return given | detector.codes.get(key, {}).keys()


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else []
