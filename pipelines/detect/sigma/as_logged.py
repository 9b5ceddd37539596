"""Which rules match requests as they were logged, before personal values in them were masked."""

from collections.abc import Sequence
from threading import local
from typing import Final

import duckdb
import polars as pl

from pipelines.detect.sigma.engine import match_rules
from pipelines.detect.sigma.fields import Domain
from pipelines.detect.sigma.match import Match
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.sigma.tables import MASKED_RULE, add_records, make_record_tables

# What a record does not have yet: with it, `not` would be true of what is only unknown.
_LATER: Final = ("site_id", "country")


class RulesAsLogged:
    """The rules that look for a text; may be used by many threads at once."""

    def __init__(self, rules: Sequence[Rule], timezone: str) -> None:
        """Take those of `rules` that look for one, and for nothing that is known later."""
        self._rules = [
            rule
            for rule in rules
            if rule.match and _reads_text(rule.match) and not _needs_later(rule.match)
        ]
        self._timezone = timezone
        self._of_thread = local()

    def find(self, records: pl.DataFrame) -> dict[int, list[str]]:
        """Return by number of the row the rules that match it, as `masked_attacks` has them.

        `records` are as ingest parses them: site and country are not known yet.
        """
        if not self._rules or records.is_empty():
            return {}
        con = self._connection()
        later = [pl.lit(None, pl.String).alias(name) for name in _LATER]
        numbers = pl.int_range(len(records), dtype=pl.UInt64).alias("event_id")
        make_record_tables(con)
        add_records(con, records.with_columns(*later, numbers))
        match_rules(con, self._rules)
        found: dict[int, list[str]] = {}
        for row, rule in con.execute("select event_id, rule from sigma_match").fetchall():
            found.setdefault(row, []).append(f"{MASKED_RULE}{self._rules[rule].detector}")
        return found

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._of_thread, "con"):
            con = self._of_thread.con = duckdb.connect(config={"threads": 1})
            con.execute("set TimeZone = ?", [self._timezone])
        con = self._of_thread.con
        assert isinstance(con, duckdb.DuckDBPyConnection)  # noqa: S101 - a local is untyped
        return con


def _reads_text(match: Match) -> bool:
    """Whether it needs a text of the address, the referrer or the agent."""
    return any(all(probe.domain is not Domain.CLIENT for probe in need) for need in match.needs)


def _needs_later(match: Match) -> bool:
    return any(column.startswith(_LATER) for column in match.columns)  # as it is, or in lower case
