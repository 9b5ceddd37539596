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

# What a record may not have yet, and hardly any rule about such a text asks for.
_LATER: Final = ("site_id", "country", "client_ip", "user_agent", "duration_ms", "protocol")


class RulesAsLogged:
    """The rules that look for a text; may be used by many threads at once."""

    def __init__(self, rules: Sequence[Rule], timezone: str) -> None:
        """Take those of `rules` that look for one."""
        self._rules = [rule for rule in rules if rule.match and _reads_text(rule.match)]
        self._timezone = timezone
        self._of_thread = local()

    def find(self, records: pl.DataFrame) -> dict[int, list[str]]:
        """Return by number of the row the rules that match it, as `masked_attacks` has them.

        `records` are as ingest parses them: site and country are not known yet, nor, of most
        lines, client and agent beside them.
        """
        if not self._rules or records.is_empty():
            return {}
        con = self._connection()
        missing = [name for name in _LATER if name not in records.columns]
        later = [pl.lit(None, pl.String).alias(name) for name in missing]
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
