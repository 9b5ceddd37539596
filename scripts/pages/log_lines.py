"""The table of log lines in `docs/operations.md`: what each means, and what to do.

The lines are those of the code, the explanations stand in `log_lines.yaml` beside this file.
`make docs` writes the table; a test compares it with the page.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from targets import between_markers

from pipelines.paths import PACKAGE, PROJECT_ROOT
from pipelines.text.messages import LOCALES
from pipelines.text.words import LANGUAGES, Language

FILE = PROJECT_ROOT / "docs" / "operations.md"
NAME = "log-lines"
_EXPLAINED = Path(__file__).with_suffix(".yaml")
_LEVELS = {name: name for name in ("debug", "info", "warning", "error", "critical")} | {
    "exception": "error"
}
_PLACE = re.compile(r"%[sdr]")
_NAMED = re.compile(r"\{(\w+)\}")
_HEAD = (
    "| ログ / line | レベル / level | `logger` | 意味と、すること / what it means, and what to do |"
)


@dataclass(frozen=True, order=True)
class Line:
    """A line as it stands in the code: `text` has `%s` in it, or is a message's `{key}`."""

    logger: str
    text: str
    level: str


def document() -> str:
    """Return the page (Markdown) with the table of the lines that there are.

    Raises:
        ValueError: a line is not explained, or what is explained is no line.
    """
    explained = _explained()
    lines = sorted(set(_lines()))
    for unknown in explained.keys() ^ {(one.logger, one.text) for one in lines}:
        raise ValueError(f"{_EXPLAINED.name} and the code do not agree on {unknown}")
    rows = [_row(one, explained[one.logger, one.text]) for one in lines]
    table = "\n".join([_HEAD, "| --- | --- | --- | --- |", *rows])
    return between_markers(FILE, NAME, table)


def _explained() -> dict[tuple[str, str], dict[str, Any]]:
    found = yaml.safe_load(_EXPLAINED.read_text(encoding="utf-8"))
    return {(logger, one["line"]): one for logger, lines in found.items() for one in lines}


def _lines() -> Iterator[Line]:
    for path in sorted(PACKAGE.rglob("*.py")):
        logger = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=level), args=[first, *rest]
                ) if level in _LEVELS:
                    yield Line(logger.removesuffix(".__init__"), _text(first, rest), _LEVELS[level])
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr="log"),
                    args=[level, first, *rest],
                ):
                    yield Line(logger.removesuffix(".__init__"), _text(first, rest), _any_of(level))


def _any_of(level: ast.expr) -> str:
    """The levels that an expression names, such as `logging.ERROR if … else logging.INFO`."""
    named = {one.attr.lower() for one in ast.walk(level) if isinstance(one, ast.Attribute)}
    return ", ".join(sorted(named & _LEVELS.keys()))


def _text(first: ast.expr, rest: list[ast.expr]) -> str:
    match rest:
        case [ast.Call(func=ast.Name(id="message"), args=[ast.Constant(value=str(key))])]:
            return f"{{{key}}}"
    text: str = ast.literal_eval(first)
    return text


def _row(line: Line, explained: dict[str, Any]) -> str:
    if line.text.startswith("{"):
        shown = [_NAMED.sub(lambda name: name[1].upper(), one) for one in _said(line.text[1:-1])]
    else:
        values = iter(explained.get("values", ()))
        shown = [_PLACE.sub(lambda _: next(values).upper(), line.text)]
    cells = (
        "<br>".join(f"``{one}``" if "`" in one else f"`{one}`" for one in shown),
        line.level,
        f"`{line.logger}`",
        f"{explained['ja']} / {explained['en']}",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _said(key: str) -> Iterator[str]:
    for language in LANGUAGES:
        yield _messages(language)[key]


@cache
def _messages(language: Language) -> dict[str, str]:
    path = LOCALES / f"messages.{language}.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))
