"""What is held on a person, for the person: others' names are blacked out."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.detect.catalogue import load_catalogue
from pipelines.findings import rfc3339
from pipelines.lake import quoted
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.records.disclosures import listed
from pipelines.settings.model import Settings
from pipelines.subject.erase import ERASED
from pipelines.subject.person import Person
from pipelines.subject.places import Place, own_corrections, own_rows
from pipelines.subject.run import as_json, held_places

BLACKED_OUT = "■■■"
MOST_REQUESTS = 5_000
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Extract:
    """Everything that an extract shows, JSON-ready; `rows` counts what is held in tables."""

    person: dict[str, str]
    made_at: dt.datetime
    kept_days: dict[str, int]
    places: Rows
    requests: Rows
    requests_total: int
    viewers: Rows
    sources: Rows
    directory: Rows
    corrections: Rows
    findings: Rows
    looked: Rows
    provided: Rows
    rows: int

    def as_json(self) -> dict[str, Any]:
        """Return the extract as JSON-ready values."""
        return vars(self) | {"made_at": rfc3339(self.made_at)}


def extract(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    person: Person,
    now: dt.datetime,
) -> Extract:
    """Return what is held on a person: what, since when, where from, how long, who looked."""
    shown = _findings(con, person)
    found = _places(con, home, person, {one["date"] for one in shown})
    requests, total = _requests(con, person)
    periods = settings.retention
    return Extract(
        {"kind": person.kind, "value": person.value},
        now,
        {
            "pseudonymise_after_days": periods.pseudonymise_after_days,
            "access_log_days": periods.access_log_days,
            "quarantine_days": periods.quarantine_days,
            "findings_days": periods.findings_days,
            "reports_days": periods.reports_days,
        },
        as_json(found),
        requests,
        total,
        _viewers(con, person) if person.kind == "subject" else [],
        _asked(con, _SOURCES.format(own=own_rows(person))),
        _directory(con, person) if person.kind == "user" else [],
        _corrections(con, person),
        shown,
        _looked(home, person),
        _provided(home, person),
        sum(one.rows for one in found if one.place.startswith("lake.")),
    )


# Whose data it was is another's business in a user's extract, and who looked in a data subject's.
# Queries, and paths that no resource describes, may name anybody.
_REQUESTS = """
select
    request.time, request.site_id, request.method,
    case
        when request.subject_id in ({values}) then request.url_path
        when request.subject_id is not null
            then replace(request.url_path, request.subject_id, '{black}')
        else regexp_extract(request.url_path, '^/[^/]*')
    end as path,
    case when request.url_query is not null then '{black}' end as query,
    request.status, request.bytes, {address} as client_ip, {country} as country,
    {agent} as user_agent, {browser},
    case
        when request.user_id is null or request.user_id in ({values}) then request.user_id
        else '{black}'
    end as user,
    request.user_type, request.resource_kind as kind,
    case
        when request.subject_id is null or request.subject_id in ({values}) then request.subject_id
        else '{black}'
    end as subject,
    request.resource_id as resource,
    (
        select list(own.note order by own.created_at) from lake.correction as own
        where {corrections} and request.log_date between own.from_day and own.to_day
    ) as corrections
from lake.access_log as request
where request.event_id in (
    select own.event_id from lake.request_fact as own
    where {own} order by own.time desc limit {most}
)
order by request.time desc
"""
_SOURCES = """
select any_value(ledger.path) as file, min(found.lines) as lines, min(ledger.read_at) as read_at
from (
    select own.file_id, count(*) as lines from lake.request_fact as own where {own} group by all
) as found
inner join lake.ledger as ledger on ledger.file_id = found.file_id
group by found.file_id
order by file
"""
_VIEWERS = """
select request.log_date, request.site_id, coalesce(request.user_type, 'unknown') as user_type,
    count(distinct request.user_id) as users, count(*) as accesses
from lake.access_log as request
where request.subject_id in ({values})
group by all
order by all
"""


def _requests(con: duckdb.DuckDBPyConnection, person: Person) -> tuple[Rows, int]:
    own = own_rows(person)
    is_own = person.kind != "subject"
    text = {
        "address": "request.client_ip" if is_own else f"'{BLACKED_OUT}'",
        "country": "request.country" if is_own else "null",
        "agent": "request.user_agent" if is_own else "null",
        "browser": ", ".join(
            f"request.{name}" if is_own else f"null as {name}"
            for name in ("browser", "browser_version", "os", "os_version")
        ),
    }
    rows = _asked(
        con,
        _REQUESTS.format(
            values=_literals(person),
            own=own,
            black=BLACKED_OUT,
            most=MOST_REQUESTS,
            corrections=own_corrections(person),
            **text,
        ),
    )
    ((total,),) = con.execute(
        f"select count(*) from lake.request_fact as own where {own}"
        f" and own.pseudonym_epoch is distinct from '{ERASED}'"
    ).fetchall()
    return rows, total


def _viewers(con: duckdb.DuckDBPyConnection, person: Person) -> Rows:
    return _asked(con, _VIEWERS.format(values=_literals(person)))


def _directory(con: duckdb.DuckDBPyConnection, person: Person) -> Rows:
    return _asked(
        con,
        "select user_id, person_id, name, department, site_id, user_type, company, country,"
        f" joined_on, left_on, mail, read_at, removed_at from lake.person"
        f" where user_id in ({_literals(person)}) order by user_id",
    )


def _corrections(con: duckdb.DuckDBPyConnection, person: Person) -> Rows:
    return _asked(
        con,
        "select own.correction_id, own.from_day, own.to_day, own.note, own.created_at"
        f" from lake.correction as own where {own_corrections(person)} order by own.created_at",
    )


def _findings(con: duckdb.DuckDBPyConnection, person: Person) -> Rows:
    """Return the findings that hold the person, but for those that tell whom or what is watched."""
    return _asked(
        con,
        "select own.date, own.detector, own.severity, own.site_id, own.status, own.first_seen,"
        f" own.last_seen, own.event_count, own.actor in ({_literals(person)}) as is_actor,"
        " (select list(noted.note order by noted.created_at) from lake.finding_correction as noted"
        " where noted.finding_id = own.finding_id and noted.correction_id in"
        " (select own.correction_id from lake.correction as own"
        f" where {own_corrections(person)})) as corrections"
        f" from {_FOUND} as own where not {_is_untold()} and {_holds(person)}"
        " order by own.date, own.detector",
    )


_FOUND = (
    "(from lake.findings union all by name"
    " select * replace ('shadow' as status) from lake.shadow_finding)"
)


def _is_untold() -> str:
    names = [name for name, one in load_catalogue().items() if one.is_confidential]
    return f"own.detector in ({', '.join(map(quoted, names))})"


def _holds(person: Person) -> str:
    held = person.matches("own.evidence::varchar")
    return f"(own.actor in ({_literals(person)}) or {held})"


def _places(
    con: duckdb.DuckDBPyConnection, home: Home, person: Person, told: Collection[str]
) -> list[Place]:
    """Where something is held, as if there were none of the findings that are left out.

    `told` are the days of the others: of days, weeks and months with no finding but those left out
    no file is named, as the person may stand in it for these alone.
    """
    own = f"not {_is_untold()}"
    found = "(select {} from " + f"{_FOUND} as own where {own})"
    only = {
        **dict.fromkeys(("findings", "shadow_finding", "triage", "suppression"), own),
        "incident": f"list_has_any(own.finding_ids, {found.format('list(own.finding_id)')})",
        "case_decision": f"own.case_id in {found.format('own.case_id')}",
    }
    rows = con.execute(
        f"select distinct own.date from {_FOUND} as own where {_is_untold()} and {_holds(person)}"
    ).fetchall()
    names = _names(dt.date.fromisoformat(day) for day in told)
    gone = _names(day for (day,) in rows) - names
    return [
        one
        for one in held_places(con, home, person, only)
        if one.place.startswith("lake.") or gone.isdisjoint(_SPAN.findall(one.place))
    ]


_SPAN = re.compile(r"\d{4}-(?:W\d\d|\d\d-\d\d|\d\d(?![-\d]))")


def _names(days: Iterable[dt.date]) -> set[str]:
    """How files are named after days, their weeks and their months."""
    return {f"{day:{form}}" for day in days for form in ("%Y-%m-%d", "%G-W%V", "%Y-%m")}


def _looked(home: Home, person: Person) -> Rows:
    """Who used the watch about the person: the account is another's, its role is told."""
    records = Records(home)
    marks = [mark for value in person.values for mark in records.marks(value)]
    return [
        {"at": entry.at, "role": entry.role, "what": entry.what, "rows": entry.rows}
        for series in (Series.USE, Series.ERASURES)
        for entry in records.entries(series)
        if any(mark in str(entry.about) for mark in marks)
    ]


def _provided(home: Home, person: Person) -> Rows:
    records = Records(home)
    marks = {f"#{mark}" for value in person.values for mark in records.marks(value)}
    return [
        {
            name: values[name]
            for name in ("on", "direction", "name", "address", "country", "ground", "items")
        }
        for one in listed(records)
        if marks & set(one.disclosure.subjects)
        for values in [one.as_values()]
    ]


def _literals(person: Person) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in person.values)


def _asked(con: duckdb.DuckDBPyConnection, query: str) -> Rows:
    answer = con.execute(query)
    names = [column[0] for column in answer.description]
    return [_row(names, row) for row in answer.fetchall()]


def _row(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    values: Mapping[str, Any] = dict(zip(names, row, strict=True))
    return {name: _value(value) for name, value in values.items()}


def _value(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, dt.date) else value
