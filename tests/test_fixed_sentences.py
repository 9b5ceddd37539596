"""Sentences without values stand in compiled templates; those with values are said by each page."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2
import pytest

from pipelines.report.render import environment
from pipelines.text.words import LANGUAGES, Language, Words


def _environment(folder: Path, language: Language, text: str) -> jinja2.Environment:
    (folder / "page.j2").write_text(text)
    environment.cache_clear()
    return environment(Words(language, ZoneInfo("UTC")), folder)


class _Silent:
    """Stands for the words of a page that should not need them."""

    def __call__(self, key: str) -> str:
        raise AssertionError(f"{key} was looked up")


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence_is_part_of_the_template(tmp_path: Path, language: Language) -> None:
    """It is not looked up when a page is rendered, in a macro and in an expression either."""
    macro = "{% macro m(x) %}{{ x }}{% endmacro %}"
    text = macro + '{{ t("product") }} {{ m(t("none")) ~ t("product") }}'
    words = Words(language, ZoneInfo("UTC"))
    found = _environment(tmp_path, language, text).get_template("page.j2")
    assert found.render(t=_Silent()) == f"{words('product')} {words('none')}{words('product')}"


def test_sentence_with_values_is_said_by_the_page(tmp_path: Path) -> None:
    """And one whose key is made of values."""
    text = '{{ t("finding.count", n=n) }} {{ t("severity." ~ one) }}'
    words = Words("en", ZoneInfo("UTC"))
    found = _environment(tmp_path, "en", text).get_template("page.j2")
    said = f"{words('finding.count', n=2)} {words('severity.high')}"
    assert found.render(t=words, n=2, one="high") == said


def test_sentence_is_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As every other text is."""
    monkeypatch.setattr(Words, "__call__", lambda *_: "a < b")
    found = _environment(tmp_path, "en", '{{ t("x") }}').get_template("page.j2")
    assert found.render() == "a &lt; b"


def test_other_names_are_called_as_they_are(tmp_path: Path) -> None:
    """Only `t` has the words."""
    found = _environment(tmp_path, "en", '{{ s("product") }}{{ t }}').get_template("page.j2")
    assert found.render(s=str.upper, t="x") == "PRODUCTx"


def test_languages_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compiled for one is not taken for the other, nor after a sentence has changed."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for language in (*LANGUAGES, *LANGUAGES):
        page = _environment(tmp_path, language, '{{ t("none") }}').get_template("page.j2")
        assert page.render() == Words(language, ZoneInfo("UTC"))("none")
    assert len([*(tmp_path / "__pycache__").iterdir()]) == len(LANGUAGES)
    monkeypatch.setattr("pipelines.report.render.state_of_sentences", lambda _: "another")
    monkeypatch.setattr(Words, "__call__", lambda *_: "changed")
    page = _environment(tmp_path, "ja", '{{ t("none") }}').get_template("page.j2")
    assert page.render() == "changed"


def test_unknown_sentence_is_a_mistake_of_the_template(tmp_path: Path) -> None:
    """It shows when the template is compiled."""
    with pytest.raises(KeyError):
        _environment(tmp_path, "en", '{{ t("no.such") }}').get_template("page.j2")
