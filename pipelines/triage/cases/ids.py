"""Which case a finding belongs to: one for each actor, the same on every run and every day.

It rests on the findings of the day alone, so that days may be detected in any order. A person has
one case over all accounts. What is found about an address or a session is in the case of the user
to whom the day's findings join it (`triage.incidents`), else in one of its own.
"""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from pipelines.findings import Finding
from pipelines.lake import transaction
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.triage.incidents import grouped, incidents_of, node_of, prominence
from pipelines.triage.store import read_findings, replace_incidents

_OTHER_ACCOUNTS = "select user_id, usual_id from lake.person where user_id <> usual_id"
_KNOWN = """
select case_id
from (select case_id from lake.findings union select case_id from lake.case_decision)
where case_id in (select unnest($case_ids::varchar[]))
"""
_DAYS = """
select distinct date from lake.findings where case_id in (select unnest($case_ids::varchar[]))
"""


def with_cases(findings: Sequence[Finding], made: KeyedIds) -> list[Finding]:
    """Return the findings of a day in their order, each with the id of its case."""
    ids: dict[str, str] = {}
    for group in grouped(findings):
        face = min(group, key=prominence)
        for finding in group:
            # Other people in the same group have a case of their own.
            whose = finding if finding.actor_kind == "user" else face
            ids[finding.finding_id] = made.case(*node_of(whose))
    return [replace(one, case_id=ids[one.finding_id]) for one in findings]


def join_cases(con: duckdb.DuckDBPyConnection) -> int:
    """Join the cases of accounts that the directory has come to call one person; return how many.

    What was decided about any of them holds for the joined one, the last decision first.
    """
    ids = KeyedIds.of(con)
    now_of = {
        ids.case("user", account): ids.case("user", usual)
        for account, usual in con.execute(_OTHER_ACCOUNTS).fetchall()
    }
    if not now_of:
        return 0  # most lakes have no directory
    known = con.execute(_KNOWN, {"case_ids": list(now_of)}).fetchall()
    renamed = [(now_of[before], before) for (before,) in known]
    if renamed:
        days = con.execute(_DAYS, {"case_ids": [before for _, before in renamed]}).fetchall()
        with transaction(con):
            for table in ("findings", "case_decision"):
                con.executemany(
                    f"update lake.{table} set case_id = ? where case_id = ?",
                    renamed,
                )
            for (day,) in days:
                replace_incidents(con, day, incidents_of(read_findings(con, day)))
    return len(renamed)
