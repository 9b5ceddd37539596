"""Why a line is no record: a code with arguments, and its words in the reader's language.

Formats give a reason as one text of code and arguments, which is what their frames carry. Where
rejects are kept it becomes the English sentence that `parse --rejects` gives, beside code and
arguments, from which a report makes the sentence in its own language.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.text.yaml_text import read_yaml

_WORDS = Path(__file__).with_suffix(".yaml")
_TEXTS = dict.fromkeys(("reason", "reason_code", "reason_arguments"), pl.String)


@cache
def reject_words() -> Mapping[str, Mapping[str, str]]:
    """Return the words of every reason by code and language (`ja`, `en`)."""
    words: dict[str, dict[str, str]] = read_yaml(_WORDS.read_text(encoding="utf-8"))
    return words


def spelled_out(reasons: pl.Series) -> pl.DataFrame:
    """Return `reason` (the English sentence), `reason_code` and `reason_arguments` (JSON).

    One row for each of the reasons, as `because` gives them; the arguments are null where a reason
    has none. A text that is no such reason stands as it is, without code.
    """
    # Rejects may be many, their reasons are few.
    rows = [(text, *_spelled_out(text)) for text in reasons.unique()]
    words = pl.DataFrame(rows, schema={"text": pl.String, **_TEXTS}, orient="row")
    found = (
        reasons.alias("text").to_frame().join(words, on="text", how="left", maintain_order="left")
    )
    return found.drop("text")


def in_words(language: str, code: str | None, arguments: str | None, reason: str) -> str:
    """Return a kept reject's reason in `ja` or `en`; the sentence kept where the code has none."""
    words = reject_words().get(code or "")
    if words is None:
        return reason
    try:
        return words[language].format_map(json.loads(arguments or "{}"))
    except (KeyError, TypeError, ValueError):  # of another release
        return reason


def _spelled_out(text: str) -> tuple[str, str | None, str | None]:
    code, arguments = _parts(text)
    if code not in reject_words():
        return text, None, None
    shown = json.dumps(arguments, ensure_ascii=False) if arguments else None
    return in_words("en", code, shown, text), code, shown


def _parts(text: str) -> tuple[str, dict[str, Any]]:
    try:
        code, arguments = json.loads(text)
    except (TypeError, ValueError):
        return "", {}
    return str(code), arguments
