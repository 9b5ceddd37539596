"""The template environment: everything is escaped, and nothing invisible passes by accident."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup

from pipelines.text.compiled_templates import CompiledTemplates
from pipelines.text.display import visible
from pipelines.text.fixed_sentences import fixed_sentences, state_of_sentences
from pipelines.text.words import LANGUAGES, Words

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Script:
    """The one script of the pages, and the digest by which their policy allows it alone."""

    text: Markup
    digest: str


@cache
def table_script() -> Script:
    """Return the script that sorts and filters tables; it is our own file and needs no escape."""
    text = (_TEMPLATES / "tables.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(Markup(text), f"sha256-{digest}")  # noqa: S704 - no text from outside


@cache
def environment(words: Words, templates: Path = _TEMPLATES) -> jinja2.Environment:
    """Return an environment of the templates in a folder, whose filters speak `words`.

    Those of the report are in it too, so that other pages can be built on its parts. What a page is
    given as `t` must be `words`, by which fixed sentences are part of the templates.
    Every value is escaped, and made visible even where a view forgot to; an undefined or a null
    value in a template is a mistake and raises.
    """
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader([templates, _TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_final,
        auto_reload=False,  # to look whether they changed takes a tenth of a page
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=CompiledTemplates(
            templates, words.language, state_of_sentences(words.language)
        ),
        extensions=[fixed_sentences(words)],
    )
    found.globals["language"] = words.language
    found.globals["script"] = table_script()
    found.filters.update(
        number=words.number,
        long_day=words.long_day,
        iso_day=words.iso_day,
        moment=words.moment,
        clock=words.clock,
        shown=visible,
        percent=words.percent,
    )
    return found


def compile_templates() -> None:
    """Compile all templates for later processes, where Python may not write bytecode."""
    for language in LANGUAGES:
        found = environment(Words(language, ZoneInfo("UTC")))
        for name in found.list_templates(["j2"]):
            found.get_template(name)


def _final(value: Any) -> Any:
    if value is None:
        raise jinja2.UndefinedError("a template shows a value that is null")
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
