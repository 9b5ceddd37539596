"""How the log of a day shows a user, for the evidence of findings and the query beside it."""

import datetime as dt
import string
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

_SHOWN = len(string.ascii_lowercase)  # a letter each


@dataclass(frozen=True)
class Trace:
    """A user in the log of a day: whether they work here, other spellings, nameless sessions."""

    is_worker: bool = False
    spellings: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()

    def as_evidence(self) -> dict[str, bool | list[str]]:
        """Return what a finding tells of it."""
        lists = {"spellings": list(self.spellings), "nameless_sessions": list(self.sessions)}
        return {
            "is_worker": self.is_worker,
            **{name: values for name, values in lists.items() if values},
        }

    def condition(self) -> str:
        """Return which rows of `lake.access_log` are the user's, as a template for `names`."""
        spelled = "".join(f", {{spelling_{letter}}}" for letter in _letters(self.spellings))
        users = f"user_id in ({{actor}}{spelled})" if spelled else "user_id = {actor}"
        if not self.sessions:
            return users
        sessions = ", ".join(f"{{session_{letter}}}" for letter in _letters(self.sessions))
        return f"({users} or (user_id is null and session_id in ({sessions})))"

    def names(self) -> dict[str, str]:
        """Return the values of the condition's fields beside `actor`."""
        return {
            f"{field}_{letter}": value
            for field, values in (("spelling", self.spellings), ("session", self.sessions))
            for letter, value in zip(_letters(values), values, strict=True)
        }


def traces_of(con: duckdb.DuckDBPyConnection, day: dt.date) -> dict[str, Trace]:
    """Return by user the traces of a day's people who work here or whom not every line names.

    The frame of the day must stand (`day.make_day_tables`).
    """
    rows = con.execute(
        """
        with trace as (
            select user_id, true as is_worker, null as spelling, null as session_id
            from day_worker
            union all by name
            select usual_id as user_id, user_id as spelling from lake.user_alias
            union all by name
            select user_id, session_id from lake.session_user where log_date = $date
        )
        select
            user_id,
            coalesce(bool_or(is_worker), false) as is_worker,
            list_sort(list(distinct spelling) filter (where spelling is not null))[1:$shown],
            list_sort(list(distinct session_id) filter (where session_id is not null))[1:$shown]
        from trace
        group by user_id
        """,
        {"date": day, "shown": _SHOWN},
    ).fetchall()
    return {
        user: Trace(is_worker, tuple(spellings or ()), tuple(sessions or ()))
        for user, is_worker, spellings, sessions in rows
    }


def _letters(values: Sequence[str]) -> str:
    return string.ascii_lowercase[: len(values)]
