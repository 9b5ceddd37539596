"""How the log of a day shows a user, for the evidence of findings and the query beside it."""

import datetime as dt
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

_SHOWN = len(string.ascii_lowercase)  # a letter each


@dataclass(frozen=True)
class Trace:
    """A user in the log of a day: whether they work here, and which rows are theirs.

    `accounts` are the other accounts of the person, `spellings` other spellings of any of them,
    `sessions` those whose nameless lines count as theirs. `name`, `department`, `company` and
    `left_on` are what the directory says of the person. Of the user's requests a service history
    named `service_requests`, by what `service_joins` says, and `service_unsure` of them could have
    been another user's too, less near in time.
    """

    is_worker: bool = False
    spellings: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    name: str | None = None
    department: str | None = None
    company: str | None = None
    left_on: str | None = None
    service_joins: tuple[str, ...] = ()
    service_requests: int = 0
    service_unsure: int = 0

    def as_evidence(self) -> dict[str, bool | int | str | list[str]]:
        """Return what a finding tells of it."""
        told = {
            "person": self.name,
            "department": self.department,
            "company": self.company,
            "left_on": self.left_on,
            "accounts": list(self.accounts),
            "spellings": list(self.spellings),
            "nameless_sessions": list(self.sessions),
            "service_joins": list(self.service_joins),
            "service_requests": self.service_requests,
            "service_unsure": self.service_unsure,
        }
        return {
            "is_worker": self.is_worker,
            **{name: value for name, value in told.items() if value},
        }

    def condition(self) -> str:
        """Return which rows of `lake.access_log` are the user's, as a template for `names`."""
        others = [
            f"{{{field}_{letter}}}"
            for field, values in (("account", self.accounts), ("spelling", self.spellings))
            for letter in _letters(values)
        ]
        users = f"user_id in ({', '.join(['{actor}', *others])})" if others else "user_id = {actor}"
        if not self.sessions:
            return users
        sessions = ", ".join(f"{{session_{letter}}}" for letter in _letters(self.sessions))
        return f"({users} or (user_id is null and session_id in ({sessions})))"

    def names(self) -> dict[str, str]:
        """Return the values of the condition's fields beside `actor`."""
        return {
            f"{field}_{letter}": value
            for field, values in (
                ("account", self.accounts),
                ("spelling", self.spellings),
                ("session", self.sessions),
            )
            for letter, value in zip(_letters(values), values, strict=True)
        }


_SERVICES = """
select
    coalesce(person.usual_id, alias.usual_id, service.user_id) as user_id,
    list_sort(list(distinct service.joined_by), 'desc'),
    count(*),
    count(*) filter (where service.users > 1)
from lake.service_user as service
left join lake.user_alias as alias on alias.user_id = service.user_id
left join context_person as person
    on person.user_id = coalesce(alias.usual_id, service.user_id)
where service.log_date = $date and service.user_id is not null
group by all
"""


def traces_of(con: duckdb.DuckDBPyConnection, day: dt.date) -> dict[str, Trace]:
    """Return by user the traces of a day's people who work here or whom not every line names.

    The frame of the day must stand (`day.make_day_tables`).
    """
    rows = con.execute(
        """
        with account_trace as (
            select usual_id as account, user_id as spelling, null as session_id from lake.user_alias
            union all by name
            select user_id as account, session_id from lake.session_user where log_date = $date
        ),
        trace as (
            select user_id, true as is_worker from day_worker
            union all by name
            select coalesce(person.usual_id, account) as user_id, spelling, session_id
            from account_trace
            left join context_person as person on person.user_id = account
            union all by name
            select usual_id as user_id, nullif(user_id, usual_id) as account, name, department,
                company, left_on
            from context_person
        )
        select
            user_id,
            coalesce(bool_or(is_worker), false) as is_worker,
            list_sort(list(distinct spelling) filter (where spelling is not null))[1:$shown],
            list_sort(list(distinct session_id) filter (where session_id is not null))[1:$shown],
            list_sort(list(distinct account) filter (where account is not null))[1:$shown],
            min(name), min(department), min(company), max(left_on)::varchar
        from trace
        group by user_id
        """,
        {"date": day, "shown": _SHOWN},
    ).fetchall()
    traces = {
        user: Trace(
            is_worker, tuple(spellings or ()), tuple(sessions or ()), tuple(accounts or ()), *said
        )
        for user, is_worker, spellings, sessions, accounts, *said in rows
    }
    for user, joins, requests, unsure in con.execute(_SERVICES, {"date": day}).fetchall():
        traces[user] = replace(
            traces.get(user, Trace()),
            service_joins=tuple(joins),
            service_requests=requests,
            service_unsure=unsure,
        )
    return traces


def _letters(values: Sequence[str]) -> str:
    return string.ascii_lowercase[: len(values)]
