"""Nobody explains away or silences what is found about themselves: whom findings are about."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import duckdb

from pipelines.errors import UsageError
from pipelines.findings import Finding
from pipelines.text.messages import message
from pipelines.triage.suppressions import is_about, is_one_of

# As `is_about` judges a finding: the accounts of a user, and the user whom an address points to;
# besides what other accounts the directory gives the person by now.
_ACCOUNTS = """
with told as (
    select distinct unnest(
        case
            when actor_kind = 'user'
                then list_prepend(actor, json_extract_string(evidence, '$.accounts[*]'))
            else [json_extract_string(evidence, '$.user_id')]
        end
    ) as account
    from lake.findings
    where actor_kind in ('user', 'ip') and case_id in (select unnest(?::varchar[]))
)
select account from told where account is not null
union
select other.user_id
from lake.person as other
inner join lake.person as person on person.usual_id = other.usual_id
where person.user_id in (select account from told)
"""


def accounts_about(con: duckdb.DuckDBPyConnection, case_ids: Iterable[str]) -> list[str]:
    """Return the accounts that cases are about, by all of their findings, closed ones too.

    What an address did may be in a person's case without naming the person.
    """
    rows = con.execute(_ACCOUNTS, [sorted(set(case_ids))]).fetchall()
    return [account for (account,) in rows]


_NAMES = """
select distinct unnest([name, person_id])
from lake.person where user_id in (select unnest(?::varchar[]))
"""
# A name may stand beside an account or a title in brackets.
_PARTS = re.compile(r"[\w\s]+")


def is_named(con: duckdb.DuckDBPyConnection, accounts: Iterable[str], written: str) -> bool:
    """Return whether a text, or a part of it, is a name or person id that accounts are listed with.

    Width, case and spaces make no difference: names are typed with and without them.
    """
    rows = con.execute(_NAMES, [sorted(set(accounts))]).fetchall()
    names = {_plain(name) for (name,) in rows if name} - {""}
    parts = _PARTS.findall(unicodedata.normalize("NFKC", written))
    return not names.isdisjoint(_plain(one) for one in (written, *parts))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def require_others(
    con: duckdb.DuckDBPyConnection, findings: Sequence[Finding], author: str
) -> None:
    """Raise UsageError where a finding, or another of its case, is about the author's account."""
    for finding in findings:
        if is_about(finding, author):
            raise UsageError(message("triage.commands.own_account", at=finding.finding_id))
    case_ids = [one.case_id for one in findings if one.case_id]
    if is_one_of(accounts_about(con, case_ids), author):
        raise UsageError(message("triage.commands.own_account", at=", ".join(sorted({*case_ids}))))
