"""The register of requests: what was asked for and done, without the value itself."""

import datetime as dt
import secrets
from dataclasses import asdict, dataclass, replace

import duckdb
import polars as pl

from pipelines import lake
from pipelines.lake.erasure import BEGUN
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
    _chain(home, request, person.value, "subject erase begun", None, now)
    with lake.transaction(con):
        _insert(con, request)
        bury(con, Pseudonyms.of(home), person, now)
    return request


def end_erasure(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    person: Person,
    request: Request,
    rows: int,
    now: dt.datetime,
) -> None:
    """Write that an erasure is done, and with it those of the person that were broken off."""
    _chain(home, request, person.value, "subject erase", rows, now)
    con.execute(
        "update lake.subject_request set"
        " outcome = if(request_id = $id, 'done', 'broken off, then done by ' || $id),"
        ' "rows" = if(request_id = $id, $rows, "rows")'
        " where act = 'erase' and outcome = $begun and person_kind = $kind and value_hash = $hash",
        {
            "id": request.request_id,
            "rows": rows,
            "begun": BEGUN,
            "kind": request.person_kind,
            "hash": request.value_hash,
        },
    )


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
