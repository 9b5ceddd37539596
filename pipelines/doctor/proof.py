"""The proof that nothing was lost and nothing came twice: the lake's ledger against its rows.

Each proof is a query in `sql/proofs/` that gives a row (path, what) for every disagreement, none
when all is well. Rows that are erased or past their time will have to be counted there too.
"""

import duckdb

from pipelines.doctor.outcome import Outcome, named, well, wrong
from pipelines.paths import SQL_DIR
from pipelines.text.messages import message

_SHOWN = 6

_HOLDS = {
    "ledger-sums": message("doctor.proof.holds.ledger_sums"),
    "ledger-days": message("doctor.proof.holds.ledger_days"),
    "rows": message("doctor.proof.holds.rows"),
    "line-numbers": message("doctor.proof.holds.line_numbers"),
    "event-ids": message("doctor.proof.holds.event_ids"),
    "tails": message("doctor.proof.holds.tails"),
}


def check_proofs(con: duckdb.DuckDBPyConnection) -> list[Outcome]:
    """Return the outcome of each proof; the files that do not agree are named."""
    return [_prove(con, name) for name in _HOLDS]


def _prove(con: duckdb.DuckDBPyConnection, name: str) -> Outcome:
    query = (SQL_DIR / "proofs" / f"{name}.sql").read_text(encoding="utf-8")
    con.execute(query)
    rows = con.fetchmany(_SHOWN)
    if not rows:
        return well(name, _HOLDS[name])
    count = len(rows)
    while more := con.fetchmany(10_000):
        count += len(more)
    shown = "; ".join(named([f"{path}: {what}"]) for path, what in rows[: _SHOWN - 1])
    rest = f" … ({message('doctor.proof.in_all', count=count)})" if count >= _SHOWN else ""
    return wrong(
        name,
        message("doctor.proof.do_not_agree", shown=shown, rest=rest),
        message("doctor.proof.restore"),
    )
