"""The template environment: everything is escaped, and nothing invisible passes by accident."""

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from pipelines.report.visible import visible
from pipelines.report.words import Words

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment(words: Words, templates: Path = _TEMPLATES) -> jinja2.Environment:
    """Return an environment of the templates in a folder, whose filters speak `words`.

    Every value is escaped, and made visible even where a view forgot to; an undefined or a null
    value in a template is a mistake and raises.
    """
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["language"] = words.language
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


def _final(value: Any) -> Any:
    if value is None:
        raise jinja2.UndefinedError("a template shows a value that is null")
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
