"""Expectations that a site's owner adds: a file beside the settings, without Python or SQL.

A file is a suite in Great Expectations' own form that bounds the figures of a day of the owner's
sites (`lake.site_day` and the shares that `expectations/site_day.sql` makes of it). It can read no
line, and what it expects only ever warns: it sets no day aside, whatever sites it names. So whoever
may write such a file need not be let into the lake. A wrong file stops nothing: it is a check that
failed, and the others are made.
"""

import json
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from pipelines.errors import MimamoriError
from pipelines.quality.suites import Part, Suite, named_as
from pipelines.text.bilingual import Text
from pipelines.text.display import visible
from pipelines.text.messages import message
from pipelines.text.validate import LONGEST_NOTE

PREFIX: Final = "own-"
FILES: Final = "owner-files"
"""The suite of the results that say whether owners' files can be used; no file of theirs."""
MOST_FILES: Final = 200
"""Files of one folder that are read; each costs Great Expectations a validation a day."""
MOST_EXPECTATIONS: Final = 20
_MOST_BYTES: Final = 64 * 1024
# Without O_NONBLOCK a pipe would be waited for; a link leads out of the owners' folder.
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Days = Literal["every", "working", "off"]


def _both(text: Any) -> Any:
    return {"ja": text, "en": text} if isinstance(text, str) else text


OwnText = Annotated[Text, BeforeValidator(_both)]


def _only_warns(severity: Any) -> Any:
    if severity == "critical":
        raise ValueError(message("quality.owners.only_warns"))
    return severity


class _Bounds(Part):
    model_config = ConfigDict(allow_inf_nan=False)

    column: str = Field(pattern=r"^[a-z][a-z_]{0,62}$")
    min_value: float | None = None
    max_value: float | None = None
    strict_min: bool = False
    strict_max: bool = False

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        bounds = [one for one in (self.min_value, self.max_value) if one is not None]
        if not bounds:
            raise ValueError(message("quality.owners.no_bound"))
        if bounds != sorted(bounds):
            raise ValueError(message("quality.owners.bounds_crossed"))
        return self


class _OwnMeta(Part):
    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")
    title: OwnText
    reason: OwnText | None = None


class _OwnCheck(Part):
    type: Literal["expect_column_values_to_be_between"]
    kwargs: _Bounds
    severity: Annotated[Literal["warning"], BeforeValidator(_only_warns)]
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

    problem: MimamoriError

    @classmethod
    def of(cls, own: OwnSuite, error: Exception) -> "Fault":
        """Return the fault of a suite that can be read and not be judged."""
        reason = error.args[0] if isinstance(error, MimamoriError) else type(error).__name__
        return cls(MimamoriError(message("quality.owners.not_judged", at=own.path, reason=reason)))

    def in_language(self, language: Literal["ja", "en"]) -> str:
        """Return what is wrong, with the file's name and the key, without deceiving characters."""
        (told,) = self.problem.args
        return visible(str(getattr(told, "texts", {}).get(language, told)), LONGEST_NOTE)


def read_own_suites(
    folders: Iterable[Path], columns: Sequence[str]
) -> tuple[list[OwnSuite], list[Fault]]:
    """Return the suites of owners, in order of file name, and the files that are wrong.

    `columns` are the figures that may be bounded. Of a folder the first `MOST_FILES` are read; a
    fault names the first that is left out.
    """
    suites: dict[str, OwnSuite] = {}
    faults: list[Fault] = []
    for folder in folders:
        paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
        for path in paths[:MOST_FILES]:
            try:
                own = _read(path, columns)
            except MimamoriError as error:
                faults.append(Fault(error))
                continue
            if suites.setdefault(own.suite.name, own) is not own:
                taken = message("quality.owners.name_taken", at=path)
                faults.append(Fault(MimamoriError(taken)))
        if len(paths) > MOST_FILES:
            left = message(
                "quality.owners.too_many",
                at=folder,
                files=len(paths),
                most=MOST_FILES,
                first=paths[MOST_FILES].name,
            )
            faults.append(Fault(MimamoriError(left)))
    return [*suites.values()], faults


def _content(path: Path) -> bytes:
    handle = os.open(path, _OPEN)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise MimamoriError(message("quality.owners.no_file", at=path))
        content = os.read(handle, _MOST_BYTES + 1)
    finally:
        os.close(handle)
    if len(content) > _MOST_BYTES:
        raise MimamoriError(message("quality.owners.too_long", at=path, bytes=_MOST_BYTES))
    return content


class _Parsed(NamedTuple):
    name: str
    found: _OwnSuite
    suite: Suite


def _parsed(path: Path) -> _Parsed:
    found = _OwnSuite.model_validate(_without_notes(json.loads(_content(path))))
    return _Parsed(found.name, found, _as_suite(found))


def _read(path: Path, columns: Sequence[str]) -> OwnSuite:
    try:
        _, found, suite = named_as(path, partial(_parsed, path))
    except OSError as error:
        raise MimamoriError(
            message("quality.owners.cannot_be_read", at=path, reason=error.strerror)
        ) from None
    except (ValueError, RecursionError):  # no UTF-8, numbers of thousands of digits, too deep
        raise MimamoriError(message("quality.suites.not_json", at=path, reason="-")) from None
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
    return OwnSuite(suite, path, found.meta.sites, found.meta.days)


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
