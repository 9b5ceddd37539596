"""Compiled templates are kept where they may be, and never taken for others."""

import sys
from pathlib import Path

import jinja2
import pytest

from pipelines.text.compiled_templates import CompiledTemplates


@pytest.fixture(autouse=True)
def _may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def _rendered(folder: Path) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        bytecode_cache=CompiledTemplates(folder),
        autoescape=True,
    )
    return environment.get_template("page.j2").render()


def _kept(folder: Path) -> list[Path]:
    return sorted((folder / "__pycache__").glob("*"))


def test_a_template_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process takes what the first has kept."""
    (tmp_path / "page.j2").write_text("one")
    assert _rendered(tmp_path) == "one"
    assert len(_kept(tmp_path)) == 1
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_: pytest.fail("compiled again"))
    assert _rendered(tmp_path) == "one"


def test_another_text_is_another_template(tmp_path: Path) -> None:
    """What is kept of the text before is replaced, however it is damaged."""
    page = tmp_path / "page.j2"
    for text in ("one", "two"):
        page.write_text(text)
        assert _rendered(tmp_path) == text
    (kept,) = _kept(tmp_path)
    kept.write_bytes(b"j2")
    assert _rendered(tmp_path) == "two"


def test_nothing_is_kept_where_python_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PYTHONDONTWRITEBYTECODE says."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "page.j2").write_text("one")
    assert _rendered(tmp_path) == "one"
    assert not (tmp_path / "__pycache__").exists()


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    """The page is rendered all the same."""
    (tmp_path / "page.j2").write_text("one")
    (tmp_path / "__pycache__").write_text("in the way")
    assert _rendered(tmp_path) == "one"
