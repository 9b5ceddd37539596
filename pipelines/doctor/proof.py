"""The proof that nothing was lost and nothing came twice: the lake's ledger against its rows.

Each proof is a query in `sql/proofs/` that gives a row (path, what) for every disagreement, none
when all is well. Rows that are erased or past their time will have to be counted there too.
"""

import duckdb

from pipelines.doctor.outcome import Outcome, named, well, wrong
from pipelines.paths import SQL_DIR

_SHOWN = 6

_HOLDS = {
    "ledger-sums": "行数の内訳が合います / lines = records + rejects + comments + duplicates",
    "ledger-days": "日別の数が合います / the days add up to the readings",
    "rows": "台帳の数だけ行があります / as many rows as the ledger counts",
    "line-numbers": "どの行も一度だけ / every line once",
    "event-ids": "event_id は行ごとに一つ / one event_id a line",
    "tails": "続きは前の終わりから / each tail begins where the last reading ended",
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
    rest = f" … (計 / in all {count})" if count >= _SHOWN else ""
    return wrong(
        name,
        f"合いません / do not agree: {shown}{rest}",
        "レイクを控えから戻し、ログを取り込み直してください / "
        "restore the lake from its backup and ingest these logs again",
    )
