"""The suites in `expectations/`: what must hold of a day, and the rows that are judged.

A suite is a pair of files. `NAME.json` is a suite in Great Expectations' own form, whose `meta`
says for every expectation what it asks, what goes wrong without it and why its threshold is what
it is. `NAME.sql` is one SELECT with `log_date`: the rows to judge, of each site of a day, or of the
lake as it is. All mistakes are found here, because Great Expectations silently drops an expectation
that it does not understand.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.errors import MimamoriError
from pipelines.quality.result import CheckSeverity
from pipelines.settings.validation_errors import first_validation_error
from pipelines.text.bilingual import Text
from pipelines.text.messages import message

_BETWEEN: Final = "expect_column_values_to_be_between"
_ROWS: Final = "unexpected_rows_expectation"
_BOUND = re.compile(r"\$([a-z_]+)")


class Part(BaseModel):
    """Base of what a suite holds: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(Part):
    """A number that a suite's SQL binds, with the reason for its value."""

    value: int | float
    reason: str = Field(min_length=1)


class CheckMeta(Part):
    """What an expectation means to people.

    `title` says what is asked, `failed` what was found at a site; both are format strings over
    the expectation's arguments, `failed` also over the columns that it `shows`. `expected` must
    be given where the arguments do not tell it. `rows` is the query that shows what is behind a
    failure at `$site` on `$day`, as it can be typed in `mimamori sql`.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: Text
    failed: Text
    expected: str | None = None
    shows: tuple[str, ...]
    catches: Text
    reason: Text
    rows: str | None = None


class Check(Part):
    """One expectation of a suite: limits of a column, or SQL that finds the rows at fault."""

    type: Literal["expect_column_values_to_be_between", "unexpected_rows_expectation"]
    kwargs: dict[str, Any]
    severity: CheckSeverity
    meta: CheckMeta

    @model_validator(mode="after")
    def _require_expected(self) -> Self:
        if self.type == _ROWS and self.meta.expected is None:
            raise ValueError(
                message("quality.suites.expected_missing", at=self.meta.id, type=self.type)
            )
        return self

    @property
    def expected(self) -> str:
        """What is expected, as `name>=value`."""
        if self.meta.expected is not None:
            return self.meta.expected
        column = self.kwargs["column"]
        limits = ((">=", self.kwargs.get("min_value")), ("<=", self.kwargs.get("max_value")))
        return " ".join(f"{column}{sign}{limit}" for sign, limit in limits if limit is not None)

    def title(self, language: Literal["ja", "en"]) -> str:
        """What is asked."""
        return str(getattr(self.meta.title, language)).format_map(self.kwargs)

    def failure(self, language: Literal["ja", "en"], row: Mapping[str, Any]) -> str:
        """What was found at a site; `row` holds the columns that the check shows."""
        return str(getattr(self.meta.failed, language)).format_map({**self.kwargs, **row})

    def observed(self, row: Mapping[str, Any]) -> str:
        """The figures of a site that failed, as `name=value`, the judged one first."""
        judged = (self.kwargs["column"],) if self.type == _BETWEEN else ()
        names = dict.fromkeys((*judged, *self.meta.shows))
        return " ".join(f"{name}={_figure(row[name])}" for name in names)


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class SuiteMeta(Part):
    """What a suite means to people, what it judges, and what its SQL binds.

    A suite that `skips_empty` says nothing of a day of which there are no rows to judge. One that
    judges the lake as it is names the tables that it `reads`, or reads the marts: its
    results stand while these stay as they are.
    """

    great_expectations_version: str
    title: Text
    judges: Literal["day", "lake"] = "day"
    reads: tuple[str, ...] = ()
    reads_marts: bool = False
    skips_empty: bool = False
    parameters: dict[str, Parameter] = {}


class Suite(Part):
    """A suite: `sql` gives the rows, `expectations` are the checks on them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    id: None
    expectations: tuple[Check, ...] = Field(min_length=1)
    suite_parameters: dict[str, Any]
    meta: SuiteMeta
    notes: None
    sql: str

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        ids = [check.meta.id for check in self.expectations]
        twice = {check_id for check_id in ids if ids.count(check_id) > 1}
        if twice:
            raise ValueError(message("quality.suites.id_given_twice", name=min(twice)))
        return self

    @property
    def about_columns(self) -> tuple[Check, ...]:
        """The checks that bound a column."""
        return tuple(check for check in self.expectations if check.type == _BETWEEN)

    def bindings(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `sql` binds: the suite's own parameters, `upper_limits`, `values` by name.

        Raises:
            MimamoriError: the SQL names a parameter that nobody gives.
        """
        given = {
            **values,
            "upper_limits": self.upper_limits,
            **{name: item.value for name, item in self.meta.parameters.items()},
        }
        named = set(_BOUND.findall(self.sql_without_comments))
        missing = named - given.keys()
        if missing:
            raise MimamoriError(
                message(
                    "quality.suites.parameter_without_value",
                    at=f"expectations/{self.name}.sql",
                    name=min(missing),
                    suite=self.name,
                    values=", ".join("$" + name for name in sorted(values)),
                )
            )
        return {name: given[name] for name in named}

    @property
    def upper_limits(self) -> dict[str, float]:
        """The largest value that a check allows, by column."""
        return {
            check.kwargs["column"]: check.kwargs["max_value"]
            for check in self.about_columns
            if "max_value" in check.kwargs
        }

    @property
    def sql_without_comments(self) -> str:
        """The SELECT without `--` comments, which may name parameters too."""
        return re.sub(r"--[^\n]*", "", self.sql)

    def for_great_expectations(self) -> dict[str, Any]:
        """Return the suite in Great Expectations' form, with our meta as notes for the Data Docs.

        Of the meta only the id is left: Great Expectations serialises it anew a hundred times for
        every expectation that it validates.
        """
        suite = self.model_dump(exclude={"sql"})
        for item, check in zip(suite["expectations"], self.expectations, strict=True):
            item["meta"] = {"id": check.meta.id}
            item["description"] = check.title("ja")
            item["notes"] = [
                f"**{check.title('ja')}** / {check.title('en')}",
                f"**{message('quality.suites.unnoticed')}** {check.meta.catches.both}",
                f"**{message('quality.suites.reason')}** {check.meta.reason.both}",
            ]
        return suite


def load_suites(folder: Path) -> list[Suite]:
    """Return the suites in `folder`, in order of name.

    Raises:
        MimamoriError: a file is missing or wrong; the message names the file and the key.
    """
    suites = [named_as(path, partial(_read, path)) for path in sorted(folder.glob("*.json"))]
    if not suites:
        raise MimamoriError(message("quality.suites.no_suite", at=folder))
    return suites


def _read(path: Path) -> Suite:
    query = path.with_suffix(".sql")
    try:
        sql = query.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MimamoriError(
            message("quality.suites.query_missing", at=query, name=path.name)
        ) from None
    return Suite.model_validate({**json.loads(path.read_bytes()), "sql": sql})


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def named_as(path: Path, read: Callable[[], Named]) -> Named:
    """Return the suite that `read` reads from a file.

    Raises:
        MimamoriError: it is no JSON, wrong, or not named as its file; the message names the place.
    """
    try:
        suite = read()
    except json.JSONDecodeError as error:
        raise MimamoriError(
            message("quality.suites.not_json", at=f"{path}:{error.lineno}", reason=error.msg)
        ) from None
    except ValidationError as error:
        raise MimamoriError(f"{path}: {first_validation_error(error)}") from None
    if suite.name != path.stem:
        raise MimamoriError(
            message("quality.suites.another_name", at=f"{path}: name", name=path.stem)
        )
    return suite
