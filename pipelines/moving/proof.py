"""The proof of a move: every table has the same rows at both places, and so do the findings."""

from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.lake.statements import identifier

_TABLES = "select table_name from duckdb_tables() where database_name = 'lake' order by table_name"
# A sum of hashes does not depend on the order of rows, which the two places need not share.
_SUM = "select count(*), coalesce(sum(hash(own)::hugeint), 0)::varchar from lake.{table} as own"
_FINDINGS = """
select count(*), md5(coalesce(string_agg(line, chr(10) order by line), ''))
from (
    select concat_ws('|', finding_id, date, detector, severity, score, status) as line
    from lake.findings
)
"""


@dataclass(frozen=True)
class Contents:
    """What a lake holds: by table its rows and the sum of their hashes; findings; snapshots.

    `findings` are their number and a digest of ids, days, detectors, severities, scores and states.
    """

    tables: dict[str, tuple[int, str]]
    findings: tuple[int, str]
    snapshots: tuple[int, ...]

    def differing(self, other: "Contents") -> list[str]:
        """Return the names of what is not the same in another lake."""
        names = sorted(self.tables.keys() | other.tables.keys())
        found = [name for name in names if self.tables.get(name) != other.tables.get(name)]
        found += ["findings"] if self.findings != other.findings else []
        return found + (["snapshots"] if self.snapshots != other.snapshots else [])

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "tables": {name: {"rows": n, "sum": total} for name, (n, total) in self.tables.items()},
            "findings": {"rows": self.findings[0], "digest": self.findings[1]},
            "snapshots": len(self.snapshots),
        }


def contents_of(con: duckdb.DuckDBPyConnection) -> Contents:
    """Return what the lake holds that a connection has as `lake`; every row of it is read."""
    names = [name for (name,) in con.execute(_TABLES).fetchall()]
    tables = {name: _row(con, _SUM.format(table=identifier(name))) for name in names}
    snapshots = con.execute("select snapshot_id from lake.snapshots() order by 1").fetchall()
    return Contents(tables, _row(con, _FINDINGS), tuple(number for (number,) in snapshots))


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, str]:
    row = con.execute(query).fetchone() or (0, "")
    return int(row[0]), str(row[1])
