"""Tries rules on log files or past days: what they would have found, with nothing written."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines import lake
from pipelines.context.load import make_context_tables
from pipelines.detect.aggregates import load_macros
from pipelines.detect.sigma.engine import match_rules
from pipelines.detect.sigma.raise_findings import raise_findings
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.sigma.tables import (
    add_records,
    forget_scanners,
    make_lake_tables,
    make_record_tables,
)
from pipelines.findings import Finding
from pipelines.ingest.convert import NOWHERE, ParseOptions, by_file, parse_files
from pipelines.lake import quoted
from pipelines.paths import SQL_DIR, Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings


@dataclass(frozen=True)
class Trial:
    """What rules would have found in so many records, and the files that could not be read."""

    records: int
    rejects: int
    findings: tuple[Finding, ...]
    failures: tuple[str, ...] = ()


def try_on_files(
    home: Home,
    settings: Settings,
    rules: Sequence[Rule],
    logs: Sequence[str],
    options: ParseOptions,
) -> Trial:
    """Return what the rules find in log files; each day of theirs is looked at by itself.

    Findings have no site. Personal values are masked as they would be in the lake.
    """
    with _scratch(settings) as con:
        load_macros(con)
        make_record_tables(con)
        forget_scanners(con)
        days: set[dt.date] = set()

        def keep(_name: str, records: pl.DataFrame) -> None:
            days.update(records.get_column("log_date").drop_nulls().unique())
            add_records(con, records)

        result = parse_files(
            list(logs), settings, options, Pseudonyms.of(home), by_file(keep), NOWHERE
        )
        con.execute("alter table sigma_fact rename to sigma_all")
        findings: list[Finding] = []
        for day in sorted(days):
            con.execute(
                "create or replace temp view sigma_fact as select * from sigma_all"
                f" where time::date = date '{day.isoformat()}'"
            )
            match_rules(con, rules)
            findings += raise_findings(con, settings, day, rules, {})
    return Trial(result.records, result.rejects, tuple(findings), result.failures)


def try_on_days(
    home: Home, settings: Settings, rules: Sequence[Rule], days: Sequence[dt.date]
) -> Trial:
    """Return what the rules find on days of the lake. Declared scanners count as they would."""
    findings: list[Finding] = []
    records = 0
    with lake.open_reader(home, settings.timezone) as con:
        load_macros(con)
        make_context_tables(con, settings)
        script = (SQL_DIR / "day" / "request_scanner.sql").read_text(encoding="utf-8")
        con.execute(script)
        for day in days:
            findings += found_on(con, settings, rules, day)
            row = con.execute("select count(*) from sigma_fact").fetchone()
            records += row[0] if row else 0
    return Trial(records, 0, tuple(findings))


def found_on(
    con: duckdb.DuckDBPyConnection, settings: Settings, rules: Sequence[Rule], day: dt.date
) -> list[Finding]:
    """Return what the rules find on a day of the lake.

    The functions of detectors (`aggregates.load_macros`), the tables of the context and the clients
    of declared scanners must stand.
    """
    franchises = dict(con.execute("select site_id, franchise from lake.site").fetchall())
    make_lake_tables(con, day)
    match_rules(con, rules)
    return raise_findings(con, settings, day, rules, franchises)


@contextmanager
def _scratch(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection without a lake; what does not fit into memory goes to a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("set temp_directory = " + quoted(str(Path(folder))))
        con.execute("set temp_file_encryption = true")
        con.execute("set TimeZone = " + quoted(settings.timezone))
        con.execute("set enable_progress_bar = false")
        yield con
