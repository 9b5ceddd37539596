"""Patterns of the settings that are searched in what strangers write into logs.

Python's own engine may take exponential time for a text made on purpose, so they are searched by
Polars, in time linear in the text, and must be patterns that such an engine takes. They are checked
with RE2, which loads in no time: the settings file is read also where Airflow reads DAG files.
"""

import re

import re2

from pipelines.text.messages import message

_CODE_POINT = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9A-Fa-f]{4})")  # RE2 writes it otherwise


def check_linear(pattern: str) -> str:
    """Return the pattern; ValueError when it is none, or none of linear time."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(
            message("settings.patterns.not_regular_expression", reason=error)
        ) from None
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(_CODE_POINT.sub(r"\1\\x{\2}", pattern), options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        raise ValueError(message("settings.patterns.not_linear", reason=reason)) from None
    return pattern
