"""The register of requests: what was asked for and done, without the value itself."""

import datetime as dt
import secrets
from dataclasses import asdict, dataclass, replace

import duckdb
import polars as pl

from pipelines import lake
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Act, Records, Series
from pipelines.subject.erase import hash_of
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

    def without(text: str | None) -> str | None:
        return text and person.replaced_in(text, _MASK)

    masked = replace(
        asked,
        reason=without(asked.reason),
        identity_check=without(asked.identity_check),
        second=without(asked.second),
    )
    return _written(con, home, act, (person.kind, person.value), masked, rows, now)


def register_pseudonym(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    pseudonym: str,
    asked: Asked,
    rows: int,
    now: dt.datetime,
) -> Request:
    """Write that somebody tried to find out who a pseudonym stands for."""
    return _written(con, home, "reidentify", ("pseudonym", pseudonym), asked, rows, now)


def _written(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    act: str,
    whom: tuple[str, str],
    asked: Asked,
    rows: int,
    now: dt.datetime,
) -> Request:
    kind, value = whom
    request = Request(
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
    texts = dict.fromkeys(("identity_check", "reason", "second"), pl.String)
    frame = pl.DataFrame([asdict(request)], schema_overrides=texts)
    lake.insert_frame(con, "subject_request", frame)
    records = Records(home)
    about = {
        "request": request.request_id,
        "kind": kind,
        "person": records.hashed(value),
        "reason": asked.reason,
        "second": asked.second,
    }
    series = Series.ERASURES if act == "erase" else Series.USE
    records.append(series, Act(f"subject {act}", about, rows), now)
    return request
