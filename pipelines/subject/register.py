"""The register of requests: what was asked for and done, without the value itself."""

import datetime as dt
import secrets
from dataclasses import asdict, dataclass, fields, replace

import duckdb
import polars as pl

from pipelines import lake
from pipelines.lake.erasure import BEGUN, ROWS_ERASED
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Act, Records, Series
from pipelines.subject.erase import bury, hash_of
from pipelines.subject.person import Person

_MASK = "■"


@dataclass(frozen=True)
class Asked:
    """Why and by whom something is done about a person; `second` is a person who agreed."""

    reason: str | None
    author: str
    second: str | None = None
    identity_check: str | None = None


@dataclass(frozen=True)
class Request:
    """A row of `lake.subject_request`."""

    request_id: str
    made_at: dt.datetime
    act: str
    person_kind: str
    value_hash: str
    identity_check: str | None
    reason: str | None
    author: str
    second: str | None
    outcome: str
    rows: int


def register(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    act: str,
    person: Person,
    asked: Asked,
    rows: int,
    now: dt.datetime,
) -> Request:
    """Write that something was done about a person, in the lake and in the chained records."""
    whom = (person.kind, person.value)
    request = _made(home, act, whom, _masked(person, asked), rows, now)
    _insert(con, request)
    _chain(home, request, whom[1], f"subject {act}", rows, now)
    return request


def begin_erasure(
    con: duckdb.DuckDBPyConnection, home: Home, person: Person, asked: Asked, now: dt.datetime
) -> Request:
    """Write that an erasure is begun, and the tombstones, before anything is erased.

    The request stays `begun` until `end_erasure`, also where the erasure is broken off.
    """
    whom = (person.kind, person.value)
    request = replace(_made(home, "erase", whom, _masked(person, asked), 0, now), outcome=BEGUN)
    _chain(home, request, person.value, _ERASURE_BEGUN, None, now)
    with lake.transaction(con):
        _insert(con, request)
        bury(con, Pseudonyms.of(home), person, now)
    return request


def begun_erasures(con: duckdb.DuckDBPyConnection) -> list[Request]:
    """Return the erasures that were begun and not ended, the oldest first."""
    columns = ", ".join(lake.identifier(one.name) for one in fields(Request))
    rows = con.execute(
        f"select {columns} from lake.subject_request where act = 'erase' and outcome in (?, ?)"
        " order by made_at",
        [BEGUN, ROWS_ERASED],
    ).fetchall()
    return [Request(*row) for row in rows]


def of_same_person(con: duckdb.DuckDBPyConnection, request: Request) -> list[str]:
    """Return the ids of the erasures of a request's person that are not ended, its own too."""
    rows = con.execute(_OF_SAME_PERSON, _bound(request)).fetchall()
    return [request_id for (request_id,) in rows]


def rows_are_erased(con: duckdb.DuckDBPyConnection, request: Request, rows: int) -> None:
    """Write that the rows of an erasure are gone, in the transaction in which they go."""
    con.execute(
        'update lake.subject_request set outcome = ?, "rows" = ? where request_id = ?',
        [ROWS_ERASED, rows, request.request_id],
    )


def end_erasure(
    con: duckdb.DuckDBPyConnection, home: Home, request: Request, now: dt.datetime
) -> None:
    """Write that an erasure is done, and with it those of the person that were broken off.

    What was logged until `now` brings the person back no more.
    """
    records = Records(home)
    about = next(
        one.about
        for one in records.entries(Series.ERASURES, since=request.made_at)
        if one.what == _ERASURE_BEGUN and one.about["request"] == request.request_id
    )
    ((rows,),) = con.execute(
        'select "rows" from lake.subject_request where request_id = ?', [request.request_id]
    ).fetchall()
    act = Act("subject erase", about, int(rows))
    records.append(Series.ERASURES, act, now)
    bound = _bound(request)
    with lake.transaction(con):
        con.execute(
            "update lake.tombstone set until_at = $now"
            " where erased_at = $made_at and person_kind = $kind",
            {"now": now, "made_at": request.made_at, "kind": request.person_kind},
        )
        con.execute(
            "update lake.subject_request set"
            " outcome = if(request_id = $id, 'done', 'broken off, then done by ' || $id)"
            f" where request_id in ({_OF_SAME_PERSON})",
            bound,
        )


_ERASURE_BEGUN = "subject erase begun"
# An erasure by another of the person's names is known by the tombstones that they have in common.
_OF_SAME_PERSON = """
select request.request_id
from lake.subject_request as request
where request.act = 'erase' and request.outcome in ($begun, $rows_erased)
    and request.person_kind = $kind
    and (
        request.request_id = $id
        or request.made_at in (
            select grave.erased_at
            from lake.tombstone as grave
            inner join lake.tombstone as own on own.value_hash = grave.value_hash
                and own.person_kind = $kind and own.erased_at = $made_at
            where grave.person_kind = $kind
        )
    )
"""


def _bound(request: Request) -> dict[str, object]:
    return {
        "id": request.request_id,
        "kind": request.person_kind,
        "made_at": request.made_at,
        "begun": BEGUN,
        "rows_erased": ROWS_ERASED,
    }


def register_pseudonym(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    pseudonym: str,
    asked: Asked,
    rows: int,
    now: dt.datetime,
) -> Request:
    """Write that somebody tried to find out who a pseudonym stands for."""
    request = _made(home, "reidentify", ("pseudonym", pseudonym), asked, rows, now)
    _insert(con, request)
    _chain(home, request, pseudonym, "subject reidentify", rows, now)
    return request


def _masked(person: Person, asked: Asked) -> Asked:
    def without(text: str | None) -> str | None:
        return text and person.replaced_in(text, _MASK)

    return replace(
        asked,
        reason=without(asked.reason),
        identity_check=without(asked.identity_check),
        second=without(asked.second),
    )


def _made(
    home: Home, act: str, whom: tuple[str, str], asked: Asked, rows: int, now: dt.datetime
) -> Request:
    kind, value = whom
    return Request(
        secrets.token_hex(6),
        now,
        act,
        kind,
        hash_of(Pseudonyms.of(home), kind, value),
        asked.identity_check,
        asked.reason,
        asked.author,
        asked.second,
        "done",
        rows,
    )


def _insert(con: duckdb.DuckDBPyConnection, request: Request) -> None:
    texts = dict.fromkeys(("identity_check", "reason", "second"), pl.String)
    frame = pl.DataFrame([asdict(request)], schema_overrides=texts)
    lake.insert_frame(con, "subject_request", frame)


def _chain(
    home: Home, request: Request, value: str, what: str, rows: int | None, now: dt.datetime
) -> None:
    records = Records(home)
    about = {
        "request": request.request_id,
        "kind": request.person_kind,
        "person": records.hashed(value),
        "reason": request.reason,
        "second": request.second,
    }
    series = Series.ERASURES if request.act == "erase" else Series.USE
    records.append(series, Act(what, about, rows), now)
