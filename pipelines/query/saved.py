"""The saved queries, `sql/analysis/NAME.sql`: a title, parameters with defaults, one statement.

The header of a file is its first comment lines:

    -- title: 日本語 / English
    -- param NAME TYPE DEFAULT 日本語 / English

`TYPE` is `date`, `text` or `integer`; the default `none` is null. A date is `YYYY-MM-DD`,
`YYYY-MM` (its first day), `today`, `yesterday` or `month` (first day of yesterday's month), the
words also with `-N` behind them for N days earlier. Values are bound, never part of the statement.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.paths import SQL_DIR
from pipelines.text.messages import message

Value = dt.date | str | int | None

FOLDER = SQL_DIR / "analysis"
TYPES = ("date", "text", "integer")
_NO_VALUE = "none"
_TITLE = re.compile(r"-- title: (.+?) / (.+)")
_PARAMETER = re.compile(r"-- param (\w+) (\w+) (\S+) (.+?) / (.+)")
_WORD = re.compile(r"(today|yesterday|month)(?:-(\d{1,4}))?")
_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a saved query; `default` as it is written, `none` for null."""

    name: str
    type: str
    default: str
    ja: str
    en: str


@dataclass(frozen=True)
class SavedQuery:
    """One statement with its name, its title in both languages and its parameters."""

    name: str
    ja: str
    en: str
    parameters: tuple[Parameter, ...]
    sql: str

    def bound(self, given: Mapping[str, str], today: dt.date) -> dict[str, Value]:
        """Return the value of every parameter: as given, otherwise its default.

        `today` is the day in the configured time zone that words such as `yesterday` refer to.

        Raises:
            UsageError: there is no such parameter, or a value is not of its type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise UsageError(
                    message(
                        "query.saved.no_such_parameter",
                        at=f"--param {name}",
                        name=self.name,
                        known=", ".join(known) or "—",
                    )
                )
        return {
            name: _value(parameter, given.get(name, parameter.default), today)
            for name, parameter in known.items()
        }


def saved_queries() -> dict[str, SavedQuery]:
    """Return the saved queries by name, in order of name."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.sql"))}


def saved_query(name: str) -> SavedQuery:
    """Return one saved query; UsageError when there is none of that name."""
    path = FOLDER / f"{name}.sql"
    names = [each.stem for each in FOLDER.glob("*.sql")]
    if name not in names:
        near = get_close_matches(name, names)
        hint = message("text.validate.did_you_mean", near=", ".join(near)) if near else ""
        raise UsageError(message("query.saved.no_such_saved_query", at=name, hint=hint))
    return _read(path)


def assignments(texts: tuple[str, ...]) -> dict[str, str]:
    """Return `NAME=VALUE` texts as a mapping; UsageError for one without `=`."""
    given = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError(message("query.saved.write_name_value", at=text))
        given[name] = value
    return given


def _read(path: Path) -> SavedQuery:
    header: list[str] = []
    sql: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        (header if line.startswith("-- ") and not sql else sql).append(line)
    title = _TITLE.fullmatch(header[0]) if header else None
    if title is None:
        raise UsageError(message("query.saved.no_title", at=f"{path}:1"))
    return SavedQuery(
        path.stem,
        title[1],
        title[2],
        tuple(_parameter(path, number, line) for number, line in enumerate(header[1:], 2)),
        "\n".join(sql).strip().rstrip(";"),
    )


def _parameter(path: Path, number: int, line: str) -> Parameter:
    found = _PARAMETER.fullmatch(line)
    if found is None or found[2] not in TYPES:
        raise UsageError(
            message("query.saved.not_a_parameter", at=f"{path}:{number}", types="|".join(TYPES))
        )
    return Parameter(*found.groups())


def _value(parameter: Parameter, text: str, today: dt.date) -> Value:
    if text == _NO_VALUE:
        return None
    if parameter.type == "text":
        return text
    try:
        return int(text) if parameter.type == "integer" else _date(text, today)
    except ValueError:
        place = f"--param {parameter.name}={text}"
        raise UsageError(
            message("query.saved.whole_number", at=place)
            if parameter.type == "integer"
            else message("query.saved.date", at=place)
        ) from None


def _date(text: str, today: dt.date) -> dt.date:
    if _MONTH.fullmatch(text):
        return dt.date.fromisoformat(f"{text}-01")
    found = _WORD.fullmatch(text)
    if found is None:
        return dt.date.fromisoformat(text)
    yesterday = today - dt.timedelta(days=1)
    days = {"today": today, "yesterday": yesterday, "month": yesterday.replace(day=1)}
    return days[found[1]] - dt.timedelta(days=int(found[2] or 0))
