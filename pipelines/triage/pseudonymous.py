"""Findings about people whom an erasure or a time limit has made a pseudonym.

What a detector compares them with is gone: the directory, rights, rosters, places, browsers. Judged
by what is left they would stand out by the erasure alone, and under an id that no decision knows.
So nothing new is found about them, and what was found before stands as it was.
"""

import datetime as dt
from collections.abc import Iterable

import duckdb

from pipelines.findings import Finding
from pipelines.privacy.epochs import PATTERN
from pipelines.triage.store import read_findings


def apart_from_pseudonyms(
    con: duckdb.DuckDBPyConnection, day: dt.date, found: Iterable[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """Return what was found about others, and the findings about pseudonyms that were there before.

    The day's tables must stand. A user is a pseudonym by what was done to their rows, since a log
    may name anybody anyhow; no address that is read from one looks like it.
    """
    rows = con.execute("select distinct user_id from day_request where is_pseudonymous").fetchall()
    users = {user_id for (user_id,) in rows}

    def is_pseudonym(finding: Finding) -> bool:
        if finding.actor_kind == "user":
            return finding.actor in users
        return finding.actor_kind == "ip" and PATTERN.fullmatch(finding.actor) is not None

    others = [one for one in found if not is_pseudonym(one)]
    return others, [one for one in read_findings(con, day) if is_pseudonym(one)]
