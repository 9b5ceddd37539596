"""Expectations that a site's owner adds: a file beside the settings, without Python or SQL.

A file is a suite in Great Expectations' own form that bounds the figures of a day of the owner's
sites (`lake.site_day` and the shares that `expectations/site_day.sql` makes of it). It can read no
line and no other site, so that whoever may write such a file need not be let into the lake. A
wrong file stops nothing: it is a check that failed, and the others are made.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from pipelines.errors import MimamoriError
from pipelines.quality.result import CheckSeverity
from pipelines.quality.suites import Part, Suite
from pipelines.settings.validation_errors import first_validation_error
from pipelines.text.bilingual import Text
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NOTE

PREFIX: Final = "own-"
MOST_FILES: Final = 200
"""Files of one folder that are read; each costs Great Expectations a validation a day."""
MOST_EXPECTATIONS: Final = 20
_MOST_BYTES: Final = 64 * 1024

Days = Literal["every", "working", "off"]


def _both(text: Any) -> Any:
    return {"ja": text, "en": text} if isinstance(text, str) else text


OwnText = Annotated[Text, BeforeValidator(_both)]


class _Bounds(Part):
    column: str = Field(pattern=r"^[a-z][a-z_]{0,62}$")
    min_value: float | None = None
    max_value: float | None = None
    strict_min: bool = False
    strict_max: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.min_value is None and self.max_value is None:
            raise ValueError(message("quality.owners.no_bound"))
        return self


class _OwnMeta(Part):
    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")
    title: OwnText
    reason: OwnText | None = None


class _OwnCheck(Part):
    type: Literal["expect_column_values_to_be_between"]
    kwargs: _Bounds
    severity: CheckSeverity
    meta: _OwnMeta


class _Scope(Part):
    """Whose days are judged: `sites` are ids, or begin like `benry-*`."""

    sites: tuple[str, ...] = Field(min_length=1, max_length=100)
    days: Days = "every"
    title: OwnText


class _OwnSuite(Part):
    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")
    expectations: tuple[_OwnCheck, ...] = Field(min_length=1, max_length=MOST_EXPECTATIONS)
    meta: _Scope


@dataclass(frozen=True)
class OwnSuite:
    """An owner's suite in the shape of ours; `sites` and `days` say which rows it judges."""

    suite: Suite
    path: Path
    sites: tuple[str, ...]
    days: Days

    @property
    def columns(self) -> tuple[str, ...]:
        """The figures that it bounds."""
        return tuple(dict.fromkeys(check.kwargs["column"] for check in self.suite.expectations))


@dataclass(frozen=True)
class Fault:
    """A file of an owner that cannot be used; `problem` says why in both languages."""

    suite: str
    problem: MimamoriError

    def in_language(self, language: Literal["ja", "en"]) -> str:
        """Return what is wrong, with the file's name and the key."""
        told = self.problem.args[0]
        return str(getattr(told, "texts", {}).get(language, told))


def read_own_suites(
    folders: Iterable[Path], columns: Sequence[str]
) -> tuple[list[OwnSuite], list[Fault]]:
    """Return the suites of owners, in order of file name, and the files that are wrong.

    `columns` are the figures that may be bounded.
    """
    suites: list[OwnSuite] = []
    faults: list[Fault] = []
    names: set[str] = set()
    for path in _files(folders):
        try:
            own = _read(path, columns)
        except MimamoriError as error:
            faults.append(Fault(f"{PREFIX}{path.stem}", error))
            continue
        if own.suite.name in names:
            taken = MimamoriError(message("quality.owners.name_taken", at=path))
            faults.append(Fault(own.suite.name, taken))
            continue
        names.add(own.suite.name)
        suites.append(own)
    return suites, faults


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from sorted(folder.glob("*.json"))[:MOST_FILES]


def _read(path: Path, columns: Sequence[str]) -> OwnSuite:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise MimamoriError(message("quality.owners.too_long", at=path, bytes=_MOST_BYTES))
        found = _OwnSuite.model_validate(_without_notes(json.loads(content)))
    except OSError as error:
        raise MimamoriError(
            message("quality.owners.cannot_be_read", at=path, reason=error.strerror)
        ) from None
    except (UnicodeDecodeError, RecursionError):
        raise MimamoriError(message("quality.suites.not_json", at=path, reason="-")) from None
    except json.JSONDecodeError as error:
        raise MimamoriError(
            message("quality.suites.not_json", at=f"{path}:{error.lineno}", reason=error.msg)
        ) from None
    except ValidationError as error:
        raise MimamoriError(f"{path}: {first_validation_error(error)}") from None
    if found.name != path.stem:
        raise MimamoriError(
            message("quality.suites.another_name", at=f"{path}: name", name=path.stem)
        )
    for number, check in enumerate(found.expectations):
        if check.kwargs.column not in columns:
            raise MimamoriError(
                message(
                    "quality.owners.no_such_figure",
                    at=f"{path}: expectations.{number}.kwargs.column",
                    name=check.kwargs.column,
                    names=", ".join(sorted(columns)),
                )
            )
    return OwnSuite(_as_suite(found), path, found.meta.sites, found.meta.days)


def _without_notes(data: Any) -> Any:
    """Without the keys that Great Expectations writes and an owner leaves empty."""
    if not isinstance(data, dict):
        return data
    return {
        key: value
        for key, value in data.items()
        if key not in {"id", "notes", "suite_parameters"} or value
    }


def _as_suite(found: _OwnSuite) -> Suite:
    """The same with all that ours say: what failed is the title and the figure."""
    return Suite.model_validate(
        {
            "name": f"{PREFIX}{found.name}",
            "id": None,
            "expectations": [_as_check(one) for one in found.expectations],
            "suite_parameters": {},
            "meta": {"great_expectations_version": "", "title": found.meta.title.model_dump()},
            "notes": None,
            "sql": "",
        }
    )


def _as_check(one: _OwnCheck) -> dict[str, Any]:
    title = _plain(one.meta.title)
    kwargs = one.kwargs.model_dump(exclude_none=True)
    found = {language: f"{text} ({{{one.kwargs.column}:g}})" for language, text in title.items()}
    reason = one.meta.reason or one.meta.title
    return {
        "type": one.type,
        "kwargs": kwargs,
        "severity": one.severity,
        "meta": {
            "id": one.meta.id,
            "title": title,
            "failed": found,
            "shows": (),
            "catches": one.meta.title.model_dump(),
            "reason": reason.model_dump(),
        },
    }


def _plain(text: Text) -> dict[str, str]:
    """A text as a format string that fills nothing in, cut to what a report has room for."""
    return {
        language: getattr(text, language)[:LONGEST_NOTE].replace("{", "{{").replace("}", "}}")
        for language in ("ja", "en")
    }
