"""Whom to ask about a person: the manager whom the directory (`context.people`) names.

Where that manager is the person, or somebody whom the case is about too, or whoever asks, or has
left, it is the manager's manager.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import duckdb

from pipelines.errors import UsageError
from pipelines.settings.delivery import is_mailbox
from pipelines.text.messages import message
from pipelines.triage.cases.read import Case
from pipelines.triage.suppressions import is_one_of

# A manager may be named by the id of the person or by an account, in any of its spellings.
_NAMED = """
with named as (
    select $named as id
    union
    select usual_id from lake.user_alias where user_id = $named
)
select
    min(usual_id), list(user_id), list(person_id) filter (person_id is not null),
    min(name), min(manager), min(mail), max(left_on)
from lake.person
where removed_at is null and usual_id in (
    select usual_id from lake.person
    where removed_at is null
        and (user_id in (select id from named) or usual_id in (select id from named)
            or person_id = $named)
)
group by usual_id
order by usual_id
limit 1
"""


@dataclass(frozen=True)
class Person:
    """Somebody of the directory, under the account by which findings name them.

    `ids` are all accounts and the id of the person; `mail` is one address, None where there is
    none that can be used.
    """

    user_id: str
    ids: frozenset[str]
    name: str | None
    manager: str | None
    mail: str | None
    left_on: dt.date | None


def person_named(con: duckdb.DuckDBPyConnection, named: str) -> Person | None:
    """Return whom the directory lists under an account or an id of a person; None for nobody."""
    row = con.execute(_NAMED, {"named": named}).fetchone()
    if row is None:
        return None
    user_id, accounts, persons, name, manager, mail, left_on = row
    return Person(
        user_id,
        frozenset({*accounts, *(persons or ())}),
        name,
        manager,
        mail if mail and is_mailbox(mail) else None,
        left_on,
    )


def manager_to_ask(
    con: duckdb.DuckDBPyConnection,
    case: Case,
    about: Collection[str],
    today: dt.date,
    author: str = "",
) -> Person:
    """Return the manager to ask about a case; `about` are the accounts that it is about.

    Whoever asks (`author`) is not asked either: it is the manager above them.

    Raises:
        UsageError: the case is about no person, or the directory does not lead to a manager with
            a mail address.
    """
    if case.actor_kind != "user":
        raise UsageError(message("triage.questions.no_person", at=case.case_id))
    one = person_named(con, case.actor)
    if one is None:
        raise UsageError(message("triage.questions.not_listed", at=case.case_id))
    passed: set[str] = set()
    while True:
        passed.add(one.user_id)
        if one.manager is None:
            raise UsageError(message("triage.questions.no_manager", at=case.case_id))
        above = person_named(con, one.manager)
        if above is None:
            raise UsageError(message("triage.questions.manager_not_listed", at=case.case_id))
        if above.user_id in passed:
            raise UsageError(message("triage.questions.own_manager", at=case.case_id))
        has_left = above.left_on is not None and above.left_on < today
        is_asking = is_one_of(above.ids, author)
        if not (has_left or is_asking) and above.ids.isdisjoint(about):
            break
        one = above
    if above.mail is None:
        raise UsageError(message("triage.questions.no_mail", at=case.case_id))
    return above
