"""Findings about people whom an erasure or a time limit has made a pseudonym.

What a detector compares them with is gone: the directory, rights, rosters, places, browsers. Judged
by what is left they would stand out by the erasure alone, and under an id that no decision knows.
So nothing new is found about them, and what was found before stands as it was.
"""

import datetime as dt
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import duckdb

from pipelines.findings import Finding
from pipelines.privacy.epochs import PATTERN
from pipelines.triage.store import read_findings


def pseudonymous_users(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return the users of the day whose tables stand who are pseudonyms.

    They are so by what was done to their rows, since a log may name anybody anyhow.
    """
    rows = con.execute("select distinct user_id from day_request where is_pseudonymous").fetchall()
    return frozenset(user_id for (user_id,) in rows)


def apart_from_pseudonyms(
    con: duckdb.DuckDBPyConnection, day: dt.date, found: Iterable[Finding], users: AbstractSet[str]
) -> tuple[list[Finding], list[Finding]]:
    """Return what was found about others, and the findings about pseudonyms that were there before.

    `users` are those of the day who are pseudonyms; no address that is read from a log looks like
    one.
    """

    def is_pseudonym(finding: Finding) -> bool:
        if finding.actor_kind == "user":
            return finding.actor in users
        return finding.actor_kind == "ip" and PATTERN.fullmatch(finding.actor) is not None

    others = [one for one in found if not is_pseudonym(one)]
    return others, [one for one in read_findings(con, day) if is_pseudonym(one)]
