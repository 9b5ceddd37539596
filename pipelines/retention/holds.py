"""Legal holds: what must not be deleted, pseudonymised or erased, until somebody releases it.

A hold names a person, a site, days, or several of them; all that it names must fit. Holds are
released, never deleted, until `findings_days` after their release.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import duckdb
import polars as pl

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.findings import rfc3339
from pipelines.normalise.columns import Types
from pipelines.normalise.networks import is_slash64
from pipelines.normalise.person import person_value
from pipelines.paths import Home
from pipelines.records import Act, Records, Series
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.validate import (
    LONGEST_NAME,
    LONGEST_NOTE,
    require_text,
    unknown_name,
)

ActorKind = Literal["user", "ip", "subject"]
_COLUMNS = (
    "hold_id, actor_kind, actor, site_id, from_day, to_day, reason, author, created_at,"
    " released_at, released_by, release_reason"
)


@dataclass(frozen=True)
class Hold:
    """A row of `lake.legal_hold`."""

    hold_id: str
    actor_kind: ActorKind | None
    actor: str | None
    site_id: str | None
    from_day: dt.date | None
    to_day: dt.date | None
    reason: str
    author: str
    created_at: dt.datetime
    released_at: dt.datetime | None = None
    released_by: str | None = None
    release_reason: str | None = None

    def covers_day(self, day: dt.date) -> bool:
        """Return whether a day is among those held."""
        return (self.from_day is None or self.from_day <= day) and (
            self.to_day is None or day <= self.to_day
        )

    def as_json(self) -> dict[str, Any]:
        """Return the hold as JSON-ready values."""
        return asdict(self) | {
            "from_day": self.from_day and self.from_day.isoformat(),
            "to_day": self.to_day and self.to_day.isoformat(),
            "created_at": rfc3339(self.created_at),
            "released_at": self.released_at and rfc3339(self.released_at),
        }


@dataclass(frozen=True)
class Criteria:
    """What a new hold is to cover: all that is named must fit."""

    actor_kind: ActorKind | None = None
    actor: str | None = None
    site_id: str | None = None
    from_day: dt.date | None = None
    to_day: dt.date | None = None


def read_holds(con: duckdb.DuckDBPyConnection, *, in_force: bool = True) -> list[Hold]:
    """Return the holds, the oldest first; those in force alone, or all."""
    only = "where released_at is null" if in_force else ""
    rows = con.execute(
        f"select {_COLUMNS} from lake.legal_hold {only} order by created_at, hold_id"
    ).fetchall()
    return [Hold(*row) for row in rows]


def add_hold(
    home: Home, settings: Settings, criteria: Criteria, reason: str, author: str, now: dt.datetime
) -> Hold:
    """Write a new hold and return it.

    Raises:
        UsageError: nothing is named, no such site, an address that is none, days the wrong way
            round, or no reason to read.
    """
    require_text("--by", author, LONGEST_NAME)
    require_text("--reason", reason, LONGEST_NOTE)
    if criteria == Criteria():
        raise UsageError(message("retention.holds.nothing_named"))
    if criteria.actor is not None:
        actor = criteria.actor
        if not (criteria.actor_kind == "ip" and is_slash64(actor)):
            actor = person_value(criteria.actor_kind or "user", actor)
        criteria = replace(criteria, actor=actor)
    if criteria.from_day and criteria.to_day and criteria.from_day > criteria.to_day:
        raise UsageError(message("retention.holds.days_reversed", at="--from"))
    key = "\x1f".join((now.isoformat(), author, reason, *map(str, asdict(criteria).values())))
    hold = Hold(
        hashlib.sha256(key.encode()).hexdigest()[:12],
        **asdict(criteria),
        reason=reason.strip(),
        author=author,
        created_at=now,
    )
    lake.require(home)
    with lake.open_writer(home, settings.timezone) as con:
        known = {site for (site,) in con.execute("select site_id from lake.site").fetchall()}
        if criteria.site_id is not None and criteria.site_id not in known:
            raise UsageError(unknown_name("--site", criteria.site_id, known))
        lake.insert_frame(con, "legal_hold", pl.DataFrame([asdict(hold)], schema=_SCHEMA))
        _put_on_record(home, "hold add", hold, now)
    return hold


def release_hold(
    home: Home, settings: Settings, hold_id: str, reason: str, author: str, now: dt.datetime
) -> Hold:
    """Release a hold that is in force, by its id or the beginning of it; return it.

    Raises:
        UsageError: no such hold, or several, or no reason to read.
    """
    require_text("--by", author, LONGEST_NAME)
    require_text("--reason", reason, LONGEST_NOTE)
    lake.require(home)
    with lake.open_writer(home, settings.timezone) as con:
        found = [one for one in read_holds(con) if hold_id and one.hold_id.startswith(hold_id)]
        if len(found) != 1:
            at = repr(hold_id)
            if found:
                raise UsageError(message("retention.holds.several", at=at))
            raise UsageError(message("retention.holds.no_such_hold", at=at))
        (hold,) = found
        con.execute(
            "update lake.legal_hold set released_at = ?, released_by = ?, release_reason = ?"
            " where hold_id = ?",
            [now, author, reason.strip(), hold.hold_id],
        )
        _put_on_record(home, "hold release", hold, now)
    return replace(hold, released_at=now, released_by=author, release_reason=reason.strip())


def _put_on_record(home: Home, what: str, hold: Hold, now: dt.datetime) -> None:
    records = Records(home)
    about = {
        "hold": hold.hold_id,
        "actor_kind": hold.actor_kind,
        "actor": hold.actor and records.hashed(hold.actor),
        "site": hold.site_id,
        "from": hold.from_day and hold.from_day.isoformat(),
        "to": hold.to_day and hold.to_day.isoformat(),
    }
    records.append(Series.ERASURES, Act(what, about), now)


def held_sql(
    holds: Sequence[Hold], day: str, site: str | None, columns: dict[ActorKind, str]
) -> tuple[str, dict[str, Any]]:
    """Return the SQL of whether a row is held, and the values that it binds.

    `day` and `site` are the expressions of the row's day and site; `columns` has for each kind of
    person the expression that is true of `{}`, the person of a hold. A table without sites, or
    that knows no such persons, is held where it could be meant.
    """
    parts: list[str] = []
    bound: dict[str, Any] = {}
    for number, hold in enumerate(holds):
        tests = []
        for name, sign, value in (("from", ">=", hold.from_day), ("to", "<=", hold.to_day)):
            if value is not None:
                tests.append(f"{day} {sign} $hold_{name}_{number}")
                bound[f"hold_{name}_{number}"] = value
        if hold.site_id is not None and site is not None:
            tests.append(f"{site} = $hold_site_{number}")
            bound[f"hold_site_{number}"] = hold.site_id
        if hold.actor_kind is not None and hold.actor_kind in columns:
            tests.append(columns[hold.actor_kind].format(f"$hold_actor_{number}"))
            bound[f"hold_actor_{number}"] = hold.actor
        parts.append(f"coalesce({' and '.join(tests) or 'true'}, false)")
    return f"({' or '.join(parts)})" if parts else "false", bound


_SCHEMA: Types = {
    **dict.fromkeys(("hold_id", "actor_kind", "actor", "site_id"), pl.String),
    **dict.fromkeys(("from_day", "to_day"), pl.Date),
    **dict.fromkeys(("reason", "author"), pl.String),
    "created_at": pl.Datetime("us", "UTC"),
    "released_at": pl.Datetime("us", "UTC"),
    **dict.fromkeys(("released_by", "release_reason"), pl.String),
}
