"""Where a role's lines are: SQL that has the same columns, whether of the lake or of a mart.

Conditions are written on columns that lie in the files as they are, so that DuckDB leaves out what
does not fit while it reads; users of other records are found first and named in the condition.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipelines.errors import MimamoriError
from pipelines.query.connection import Session
from pipelines.search.network import addresses_in
from pipelines.search.question import KINDS, Kind, Question
from pipelines.text.messages import message

LEAST_PART = 2
"""Characters of a part of a name; a single one has to be a whole word, as many surnames are."""
PEOPLE_SHOWN = 50

_PARAMETER = re.compile(r"\$(\w+)")
_PERSONAL = """
    coalesce(
        resource_kind in ('record', 'list', 'export')
        and (status between 200 and 299 or status = 304),
        false
    ) as is_personal
"""


@dataclass(frozen=True)
class Lines:
    """The lines that a question is about, from `$first` to `$last`.

    `sql` gives the columns `time`, `log_date`, `event_id`, `site_id`, `user_id`, `user_type`,
    `is_credited`, `origin`, `agent`, `session_id`, `method`, `url_path`, `status`, `bytes`,
    `resource_id`, `resource_kind`, `data_level`, `subject_id`, `is_personal`, `file_id` and
    `line_no`; those that only shown lines need where `whole` is None, else it gives them. `places`
    names origins: `origin`, `address`, `country`, `organisation`. `browsers` names agents: `agent`,
    `browser`. `actors` are names under which findings may be about it.
    """

    sql: str
    places: str
    browsers: str
    values: Mapping[str, Any] = field(default_factory=dict)
    actors: tuple[str, ...] = ()
    whole: "Lines | None" = None


class Source(Protocol):
    """The data of a role."""

    kinds: tuple[Kind, ...]
    is_pseudonymous: bool
    findings: str
    """SQL of the columns `finding_id`, `case_id`, `log_date`, `actor` and those of a finding."""
    confirmed: str
    """SQL of findings that were closed as true: `finding_id`, `decided_at`, `author`."""
    first_day: str
    """SQL of the first day of which there are lines."""
    last_day: str
    """SQL of the last day up to `$today` of which there are lines."""
    people_days: str
    """SQL of each day on which `$users` were at work: `user_id`, `log_date`, `people`, `bulk`.

    `people` counts those whose records an account saw, `bulk` its lists and exports.
    """

    def lines(self, session: Session, question: Question) -> Lines:
        """Return the lines that a question is about.

        Raises:
            UsageError: a network of more addresses than MOST_CLIENTS.
            MimamoriError: there are no lines yet.
        """

    def names(self, session: Session, users: Sequence[str]) -> dict[str, str]:
        """Return name and department of users, where somebody knows them."""

    def people(self, session: Session, value: str) -> list[tuple[str, str]]:
        """Return the persons whom a name or an account may mean: usual account, and its words.

        Of more than PEOPLE_SHOWN one more is returned.
        """


def rows(session: Session, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of one query within the time of a question."""
    with session.clock().running():
        return session.con.execute(sql, bound(sql, values)).fetchall()


def bound(sql: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return those of the values that a query names, None where it names none."""
    wanted = set(_PARAMETER.findall(sql))
    return {name: value for name, value in values.items() if name in wanted} or None


class LakeSource:
    """All that the lake has, for the role `security`."""

    kinds = KINDS
    is_pseudonymous = False
    first_day = "select min(log_date) from lake.site_day"
    last_day = "select max(log_date) from lake.site_day where lines > 0 and log_date <= $today"
    findings = """
        select finding_id, case_id, date as log_date, detector, severity, site_id, actor_kind,
            actor, first_seen, last_seen, event_count, subject_count, status
        from lake.findings
    """
    confirmed = """
        select finding_id, max(decided_at) as decided_at, arg_max(author, decided_at) as author
        from lake.triage
        group by finding_id
        having arg_max(coalesce(verdict, ''), decided_at) = 'confirmed'
    """
    people_days = """
        select
            user_id, log_date, sum(subjects)::bigint as people,
            sum(coalesce(list_accesses, 0) + coalesce(exports, 0))::bigint as bulk
        from lake.user_day
        where user_id in (select unnest($users)) and log_date between $first and $last
        group by user_id, log_date
    """

    def lines(self, session: Session, question: Question) -> Lines:
        """Return the lines: of users with what services and sessions say of nameless ones."""
        values: dict[str, Any] = {}
        if question.kind in {"account", "person"}:
            accounts = _accounts(session, question)
            values["account"] = accounts[0]
            condition = self._of_users(session, question, accounts, values)
            relation = "lake.request"
            user = f"coalesce({_USUAL_ID}, user_id, $account)"
            credited = "user_id is null"
            actors = accounts
        else:
            condition, actors = _condition(session, question, values)
            relation, user, credited = "lake.account_request", "user_id", "is_credited"
        sql = f"""
            select
                time, log_date, event_id, site_id, {user} as user_id, user_type,
                {credited} as is_credited, client_id as origin, agent_id as agent, session_id,
                method, url_path, status, bytes, resource_id, resource_kind, data_level,
                subject_id, {_PERSONAL}, file_id, line_no
            from {relation} as request
            where log_date between $first and $last and ({condition})
        """
        return Lines(
            sql,
            "select client_id as origin, client_ip as address, country, as_org as organisation"
            " from lake.client",
            "select agent_id as agent, concat_ws(' · ', browser, os) as browser from lake.agent",
            values,
            actors,
        )

    def names(self, session: Session, users: Sequence[str]) -> dict[str, str]:
        """Return what the directory says."""
        found = rows(
            session,
            "select user_id, concat_ws(' · ', any_value(name), any_value(department))"
            " from lake.person where user_id in (select unnest($users)) group by user_id",
            users=list(users),
        )
        return {user: text for user, text in found if text}

    def people(self, session: Session, value: str) -> list[tuple[str, str]]:
        """Return the persons of the directory by account, number or name."""
        return rows(session, _PEOPLE, value=value, least=LEAST_PART, most=PEOPLE_SHOWN + 1)

    def _of_users(
        self, session: Session, question: Question, accounts: Sequence[str], values: dict[str, Any]
    ) -> str:
        days = {"first": question.first, "last": question.last, "users": list(accounts)}
        parts = [f"user_id in ({_bound('user', accounts, values)})"]
        for sql, part in ((_SERVICE_EVENTS, _BY_EVENT), (_SESSIONS, _BY_SESSION)):
            if rows(session, f"{sql} limit 1", **days):
                values["users"] = list(accounts)
                parts.append(part.format(known=sql))
        return " or ".join(parts)


# Whose nameless lines are, as lake.account_request has it: by a service history, by the session.
_SERVICE_EVENTS = """
    select log_date, event_id from lake.service_user
    where log_date between $first and $last and user_id in (select unnest($users))
"""
_BY_EVENT = "(user_id is null and (log_date, event_id) in ({known}))"
_SESSIONS = """
    select log_date, site_id, session_id from lake.session_user
    where log_date between $first and $last and user_id in (select unnest($users))
"""
_BY_SESSION = (
    "(user_id is null and data_level > 0 and (log_date, site_id, session_id) in ({known}))"
)
# An account or a number means its person alone; else a whole word or a longer part of a name does.
_PEOPLE = """
    with exact as (
        select usual_id from lake.person where $value in (user_id, usual_id, person_id)
    ),
    asked as (select regexp_replace(lower($value), '[\u3000 ]', '', 'g') as part),
    named as (
        select person.usual_id
        from lake.person as person
        cross join asked
        where not exists (select 1 from exact) and (
            list_contains(regexp_split_to_array(lower(person.name), '[\u3000 ]+'), asked.part)
            or length(asked.part) >= $least
            and contains(regexp_replace(lower(person.name), '[\u3000 ]', '', 'g'), asked.part)
        )
    )
    select
        usual_id,
        concat_ws(
            ' · ', any_value(name), any_value(department),
            string_agg(user_id, ', ' order by user_id)
        )
    from lake.person
    where usual_id in (select usual_id from exact union select usual_id from named)
    group by usual_id
    order by usual_id
    limit $most
"""
_ACCOUNTS = """
    with asked as (
        select coalesce(
            (select usual_id from lake.user_alias where user_id = $value), $value
        ) as usual_id
    ),
    own as (
        select usual_id as user_id from asked
        union
        select person.user_id from lake.person as person
        where $is_person and person.usual_id in (
            select other.usual_id from lake.person as other
            where other.user_id in (select usual_id from asked) or other.usual_id = $value
        )
    )
    select user_id from (
        select user_id from own
        union
        select alias.user_id
        from lake.user_alias as alias
        inner join own on own.user_id = alias.usual_id
    )
    order by user_id <> (select usual_id from asked), user_id
"""
# Aggregates and findings have an account under its usual spelling, logs under any.
_USUAL_ID = (
    "(select any_value(alias.usual_id) from lake.user_alias as alias"
    " where alias.user_id = request.user_id)"
)


def _accounts(session: Session, question: Question) -> tuple[str, ...]:
    """The accounts that are meant, in every spelling; the usual one of that asked for is first."""
    found = rows(session, _ACCOUNTS, value=question.value, is_person=question.kind == "person")
    return tuple(user for (user,) in found)


def _condition(
    session: Session, question: Question, values: dict[str, Any]
) -> tuple[str, tuple[str, ...]]:
    """A condition on `lake.account_request`, and the actors of findings that it is about."""
    if question.kind in {"address", "network"}:
        clients, addresses = _clients(session, question)
        listed = ", ".join(map(str, clients))  # whole numbers of our own
        return (f"client_id in ({listed})" if clients else "false"), addresses
    return _of_text(question, values), ()


def _of_text(question: Question, values: dict[str, Any]) -> str:
    if question.kind == "path" and question.value.endswith("*"):
        names = [f"starts_with(url_path, ${name})" for name in _named(question.spellings, values)]
        return " or ".join(names)
    column = "url_path" if question.kind == "path" else "subject_id"
    return f"{column} in ({_bound('value', question.spellings, values)})"


def _named(texts: Iterable[str], values: dict[str, Any], prefix: str = "value") -> list[str]:
    named = {f"{prefix}_{number}": text for number, text in enumerate(texts)}
    values |= named
    return list(named)


def _bound(prefix: str, texts: Iterable[str], values: dict[str, Any]) -> str:
    return ", ".join(f"${name}" for name in _named(texts, values, prefix))


def _clients(session: Session, question: Question) -> tuple[list[int], tuple[str, ...]]:
    """The clients of an address or a network, and their addresses."""
    if question.kind == "address":
        found = rows(
            session,
            "select client_id, client_ip from lake.client where client_ip = $value",
            value=question.value,
        )
        return [client for client, _ in found], (question.value,)
    sql = "select client_id, client_ip from lake.client where starts_with(client_ip, $prefix)"
    inside = dict(addresses_in(session, sql, question.network))
    return list(inside), tuple(sorted(set(inside.values())))


class MartSource:
    """What the mart of a role has."""

    confirmed = "select null as finding_id, null as decided_at, null as author where false"
    first_day = "select min(log_date) from lake.access_log"
    last_day = "select max(log_date) from lake.access_log where log_date <= $today"

    def __init__(self, role: str) -> None:
        """Name the role: `analyst` has pseudonyms, a franchise its own sites' lines in clear."""
        self.is_pseudonymous = role == "analyst"
        known: tuple[Kind, ...] = ("subject", "account", "address", "finding")
        self.kinds = known if self.is_pseudonymous else (*known[:3], "network", "path", "finding")
        self._columns = _ANALYST if self.is_pseudonymous else _FRANCHISE
        self.findings = """
            select finding_id, case_id, log_date, detector, severity, site_id,
                actor_kind, actor, first_seen, last_seen, event_count, subject_count, status
            from lake.findings
        """
        self.people_days = f"""
            select
                user_id, log_date,
                count(distinct subject_id) filter (
                    where is_personal and resource_kind = 'record'
                ) as people,
                count(*) filter (where is_personal and resource_kind <> 'record') as bulk
            from (
                select
                    user_id, subject_id, log_date, resource_kind, {_PERSONAL}
                from lake.access_log
                where user_id in (select unnest($users)) and log_date between $first and $last
                    and status between 200 and 399
            )
            group by user_id, log_date
        """

    def lines(self, session: Session, question: Question) -> Lines:
        """Return the lines of the mart."""
        if "access_log" not in session.reach.relations:
            raise MimamoriError(message("search.no_lines"))
        values: dict[str, Any] = {}
        actors: tuple[str, ...] = ()
        if question.kind in {"address", "account"}:
            column = "origin" if question.kind == "address" else "user_id"
            condition = f"{column} in ({_bound('value', question.spellings, values)})"
            actors = question.spellings
        elif question.kind == "network":
            found = addresses_in(session, _MART_ADDRESSES, question.network)
            actors = tuple(ip for (ip,) in found)
            condition = f"origin in ({_bound('value', actors, values)})" if actors else "false"
        else:
            condition = _of_text(question, values)
        line = f"select {self._columns}, {_PERSONAL} from lake.access_log"
        return Lines(
            f"select * from ({line}) where log_date between $first and $last and ({condition})",
            "select origin, origin as address, arg_max(country, time) as country,"
            " arg_max(organisation, time) as organisation"
            " from line where origin is not null group by origin",
            "select agent, arg_max(browser, time) as browser"
            " from line where agent is not null group by agent",
            values,
            actors,
        )

    def names(self, session: Session, users: Sequence[str]) -> dict[str, str]:  # noqa: ARG002 - as declared
        """Return nothing: a mart has no directory."""
        return {}

    def people(self, session: Session, value: str) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return nobody: a mart has no directory."""
        return []


_MART_ADDRESSES = (
    "select distinct client_ip from lake.access_log where starts_with(client_ip, $prefix)"
)
_FRANCHISE = """
    time, log_date, event_id, site_id, user_id, user_type, false as is_credited,
    client_ip as origin, country, as_org as organisation, user_agent as agent,
    concat_ws(' · ', browser, os) as browser,
    session_id, method, url_path, status, bytes, resource_id, resource_kind, data_level,
    subject_id, null::ubigint as file_id, null::ubigint as line_no
"""
_ANALYST = """
    time, log_date, event_id, site_id, user_id, user_type, false as is_credited,
    client_ip as origin, country, null::varchar as organisation, user_agent as agent,
    null::varchar as browser, session_id, method, null::varchar as url_path, status, bytes,
    resource_id, resource_kind, data_level, subject_id, null::ubigint as file_id,
    null::ubigint as line_no
"""
