"""Which case a finding belongs to: one for each actor, the same on every run and every day.

It rests on the findings of the day alone, so that days may be detected in any order. A person has
one case over all accounts. What is found about an address or a session is in the case of the user
to whom the day's findings join it (`triage.incidents`), else in one of its own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from pipelines.findings import Finding
from pipelines.lake import transaction
from pipelines.triage.incidents import Node, grouped, node_of, prominence

_OTHER_ACCOUNTS = "select user_id, usual_id from lake.person where user_id <> usual_id"
_KNOWN = """
select case_id
from (select case_id from lake.findings union select case_id from lake.case_decision)
where case_id in (select unnest($case_ids::varchar[]))
"""


def case_id(node: Node) -> str:
    """Return the id of the case about an actor: its kind, its value, what sets sites' apart."""
    key = "\x1f".join(("case", *node))
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def case_of(kind: str, value: str) -> str:
    """Return the id of the case about a user, an address or a session."""
    return case_id((kind, value, ""))


def with_cases(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings of a day in their order, each with the id of its case."""
    ids: dict[str, str] = {}
    for group in grouped(findings):
        face = min(group, key=prominence)
        for finding in group:
            # Other people in the same group have a case of their own.
            whose = finding if finding.actor_kind == "user" else face
            ids[finding.finding_id] = case_id(node_of(whose))
    return [replace(one, case_id=ids[one.finding_id]) for one in findings]


def join_cases(con: duckdb.DuckDBPyConnection) -> int:
    """Join the cases of accounts that the directory has come to call one person; return how many.

    What was decided about any of them holds for the joined one, the last decision first.
    """
    now_of = {
        case_of("user", account): case_of("user", usual)
        for account, usual in con.execute(_OTHER_ACCOUNTS).fetchall()
    }
    if not now_of:
        return 0  # most lakes have no directory
    known = con.execute(_KNOWN, {"case_ids": list(now_of)}).fetchall()
    renamed = [(now_of[before], before) for (before,) in known]
    if renamed:
        with transaction(con):
            for table in ("findings", "case_decision"):
                con.executemany(
                    f"update lake.{table} set case_id = ? where case_id = ?",
                    renamed,
                )
    return len(renamed)
