"""Great Expectations over DuckDB: one context, one data source, one validation of each suite.

That is of all days together; a day of which a row fails is validated once more by itself.
Two things stand between the two. Great Expectations gives its connection back before it reads
the rows, and DuckDB's cursor is then empty, so every result is fetched at once. And it connects by
URL, while the lake needs its extensions and keys, so its connections are cursors of ours.
Importing it takes seconds; only `pipelines.quality.run` imports this module, when it judges.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

from pipelines.errors import MimamoriError
from pipelines.lake import identifier
from pipelines.quality.suites import Check, Suite
from pipelines.text.messages import message

# What Great Expectations says of a rule that no row breaks, and of a column whose values all pass.
_NO_ROWS: Mapping[str, Any] = {"observed_value": 0, "details": {"unexpected_rows": []}}
_NO_VALUES: Mapping[str, Any] = {
    "unexpected_count": 0,
    "unexpected_percent_total": 0.0,
    "partial_unexpected_list": [],
}

_Results = Sequence[tuple[Check, ExpectationValidationResult]]


@dataclass(frozen=True)
class Outcome:
    """What one check found in the rows of a day; `failing` holds the rows that broke it.

    `judged` counts the rows that were not null, where the expectation is about a column.
    """

    success: bool
    rows: int
    judged: int | None
    failing: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Validation:
    """A suite's outcomes for a day, in the order of its expectations, and the raw result."""

    suite: Suite
    day: dt.date
    outcomes: tuple[Outcome, ...]
    raw: ExpectationSuiteValidationResult


@dataclass(frozen=True)
class Engine:
    """Great Expectations, ready to validate tables of one DuckDB database."""

    _context: Any
    _source: Any
    _con: duckdb.DuckDBPyConnection

    def validate(self, suite: Suite, table: str, days: Sequence[dt.date]) -> list[Validation]:
        """Return a validation for each day, of the rows that `table` holds for it.

        Raises:
            MimamoriError: Great Expectations cannot take the suite, or an expectation cannot be
                evaluated. That is an outage; a failed check is no error.
        """
        expectations = gx.ExpectationSuite(**suite.for_great_expectations())
        if len(expectations.expectations) != len(suite.expectations):
            raise MimamoriError(
                message(
                    "quality.engine.not_understood",
                    at=f"expectations/{suite.name}.json",
                    version=gx.__version__,
                )
            )
        added = self._context.suites.add(expectations)
        # Most of a validation is bookkeeping, which takes as long for one day as for many.
        passed = self._passed(suite, added, table, days) if len(days) > 1 else {}
        return [
            passed.get(day) or self._validate_day(suite, added, table, day) for day in sorted(days)
        ]

    def _passed(
        self, suite: Suite, expectations: gx.ExpectationSuite, table: str, days: Sequence[dt.date]
    ) -> dict[dt.date, Validation]:
        """The validations of the days with rows of which none fails, all judged at once."""
        listed = ", ".join(f"date '{day}'" for day in days)
        query = f"select * from {table} where log_date in ({listed})"
        name = f"{suite.name} {min(days)}/{max(days)}"
        columns = sorted({str(check.kwargs["column"]) for check in suite.about_columns})
        counted = "".join(f", count({identifier(column)})" for column in columns)
        counts = self._con.execute(
            f"select log_date, count(*){counted} from ({query}) group by log_date"
        ).fetchall()
        rows = sum(of_day for _, of_day, *_ in counts)
        raw = self._run(name, query, expectations, rows, RunIdentifier(run_name=name))
        results = _in_order(suite, raw)
        _require_evaluated(suite, results)
        failing = self._failing_days(results, query)
        if None in failing:  # a check that says of no day whether it passed
            return {}
        return {
            day: _of_day(suite, day, raw, results, of_day, dict(zip(columns, judged, strict=True)))
            for day, of_day, *judged in counts
            if day not in failing
        }

    def _failing_days(self, results: _Results, query: str) -> set[dt.date | None]:
        found: set[dt.date | None] = set()
        for check, result in results:
            if "column" in check.kwargs:
                found |= {row["log_date"] for row in result.result["unexpected_index_list"]}
            elif not result.success:
                found |= {row.get("log_date") for row in self._broken_by(check, query)}
        return found

    def _validate_day(
        self, suite: Suite, expectations: gx.ExpectationSuite, table: str, day: dt.date
    ) -> Validation:
        query = f"select * from {table} where log_date = date '{day}'"
        rows = self._rows(query)
        run_id = RunIdentifier(run_name=str(day))
        raw = self._run(f"{suite.name} {day}", query, expectations, len(rows), run_id)
        results = _in_order(suite, raw)
        _require_evaluated(suite, results)
        outcomes = tuple(self._outcome(check, result, rows, query) for check, result in results)
        return Validation(suite, day, outcomes, raw)

    def _run(
        self,
        name: str,
        query: str,
        expectations: gx.ExpectationSuite,
        rows: int,
        run_id: RunIdentifier,
    ) -> ExpectationSuiteValidationResult:
        definition = gx.ValidationDefinition(
            name=name,
            data=self._source.add_query_asset(name, query).add_batch_definition_whole_table(name),
            suite=expectations,
        )
        raw: ExpectationSuiteValidationResult = self._context.validation_definitions.add(
            definition
        ).run(
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": ["log_date", "site_id"],
                "partial_unexpected_count": rows,  # else it lists 20 failing rows
                "return_unexpected_index_query": False,
            },
            run_id=run_id,
        )
        return raw

    def _outcome(
        self,
        check: Check,
        result: ExpectationValidationResult,
        rows: list[dict[str, Any]],
        query: str,
    ) -> Outcome:
        found = result.result
        if "element_count" in found:
            sites = {row["site_id"]: row for row in rows}
            judged = found["element_count"] - found["missing_count"]
            failing = [sites[item["site_id"]] for item in found["unexpected_index_list"]]
            return Outcome(bool(result.success), len(rows), judged, tuple(failing))
        failing = [] if result.success else self._broken_by(check, query)
        return Outcome(bool(result.success), len(rows), None, tuple(failing))

    def _broken_by(self, check: Check, query: str) -> list[dict[str, Any]]:
        """The rows at fault, asked again, because Great Expectations tells 200 rows at most."""
        rule = check.kwargs["unexpected_rows_query"]
        return self._rows(rule.format(batch=f"({query}) as batch"))

    def _rows(self, query: str) -> list[dict[str, Any]]:
        cursor = self._con.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


@contextmanager
def open_engine(con: duckdb.DuckDBPyConnection) -> Iterator[Engine]:
    """Yield Great Expectations over the database of `con`; nothing of it reaches the network."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    source = context.data_sources.add_sql("lake", connection_string="duckdb:///:memory:")
    engines = [source.get_engine(), source.get_execution_engine().engine]
    for engine in engines:
        engine.dispose()
        sa.event.listen(engine, "do_connect", lambda *_: ConnectionWrapper(con.cursor()))
        sa.event.listen(engine, "after_cursor_execute", _fetch_at_once)
    try:
        yield Engine(context, source, con)
    finally:
        for engine in engines:
            engine.dispose()


def _fetch_at_once(
    _connection: Any, cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool
) -> None:
    if cursor.description:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
            cursor, initial_buffer=cursor.fetchall()
        )


def _in_order(suite: Suite, raw: ExpectationSuiteValidationResult) -> _Results:
    """The checks with their results, which Great Expectations gives in an order of its own."""
    by_id = {
        result.expectation_config.meta["id"]: result
        for result in raw.results
        if result.expectation_config
    }
    return [(check, by_id[check.meta.id]) for check in suite.expectations]


def _require_evaluated(suite: Suite, results: _Results) -> None:
    for check, result in results:
        problem = _exception(result.exception_info or {})
        if problem:
            raise MimamoriError(
                message(
                    "quality.engine.cannot_be_evaluated",
                    at=f"expectations/{suite.name}.json: {check.meta.id}",
                    problem=problem,
                )
            )


def _of_day(
    suite: Suite,
    day: dt.date,
    raw: ExpectationSuiteValidationResult,
    results: _Results,
    rows: int,
    judged: Mapping[str, int],
) -> Validation:
    """The validation of a day of which no row fails, out of that of several days."""
    run_id = RunIdentifier(run_name=str(day))
    outcomes = []
    own = []
    for check, result in results:
        column = check.kwargs.get("column")
        of_column = None if column is None else judged[column]
        outcomes.append(Outcome(success=True, rows=rows, judged=of_column, failing=()))
        found = dict(_NO_ROWS)
        if of_column is not None:
            missing = rows - of_column
            found = {
                **_NO_VALUES,
                "element_count": rows,
                "missing_count": missing,
                "missing_percent": 100 * missing / rows,
                "unexpected_percent": 0.0 if of_column else None,
                "unexpected_percent_nonmissing": 0.0 if of_column else None,
            }
        own.append(
            ExpectationValidationResult(
                success=True,
                expectation_config=result.expectation_config,
                result=found,
                exception_info=result.exception_info,
            )
        )
    whole = ExpectationSuiteValidationResult(
        success=True,
        results=own,
        suite_name=raw.suite_name,
        statistics=raw.statistics
        | {
            "successful_expectations": len(own),
            "unsuccessful_expectations": 0,
            "success_percent": 100.0,
        },
        meta=raw.meta | {"run_id": run_id, "validation_time": run_id.run_time},
    )
    return Validation(suite, day, tuple(outcomes), whole)


def _exception(info: Mapping[str, Any]) -> str | None:
    """The message of an exception, which stands in `info` itself or in one entry a metric."""
    if "raised_exception" in info:
        return str(info["exception_message"]) if info["raised_exception"] else None
    messages = (_exception(item) for item in info.values() if isinstance(item, Mapping))
    return next(filter(None, messages), None)
