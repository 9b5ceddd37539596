"""People and their rights, kept in the lake: `context.people` and `context.privileges`.

The lake has the last version that could be read, so that a source which is gone takes nothing away.
Nor does a row that a source no longer has: whose account it was stays on record. Each change of
the directory is a row of `lake.person_change`, since findings and reports that are written keep
what the directory said then.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence

import duckdb
import polars as pl

from pipelines.context.read import ContextRead
from pipelines.context.versions import (
    INSTANT,
    READ,
    Row,
    Rows,
    renewed_rows,
    replace_rows,
    stored_rows,
)
from pipelines.enrich.users import types_of
from pipelines.settings.model import Settings

_TEXT = pl.String()
_PERSON = pl.Schema(
    {
        **dict.fromkeys(("user_id", "usual_id", "person_id", "name", "department"), _TEXT),
        **dict.fromkeys(("site_id", "manager", "user_type", "company", "country"), _TEXT),
        **dict.fromkeys(("joined_on", "left_on"), pl.Date()),
        "mail": _TEXT,
        **READ,
    }
)
_RIGHT: dict[str, pl.DataType] = {
    **dict.fromkeys(("user_id", "department", "resource_id"), _TEXT),
    "data_level": pl.UInt8(),
    "site_id": _TEXT,
    **dict.fromkeys(("from_at", "to_at"), INSTANT),
}
_PRIVILEGE = pl.Schema({**_RIGHT, **READ})
# Where somebody works may differ by account: a shop's account, and one at the head office.
_OF_PERSON = (
    *("name", "department", "manager", "user_type", "company", "country"),
    *("joined_on", "left_on", "mail"),
)
_COLUMNS = {
    "user": "user_id",
    "person": "person_id",
    "site": "site_id",
    "type": "user_type",
    "resource": "resource_id",
    "level": "data_level",
}


def keep_directory(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    reads: Mapping[str, ContextRead],
    now: dt.datetime,
) -> None:
    """Bring `lake.person` and `lake.privilege` up to what the settings' sources say at `now`.

    `reads` is what `load.read_all` gave. Writes only what changed, in one transaction a table. A
    source that could not be read changes nothing; where settings name none, its table is emptied.
    """
    with_people, with_privileges = reads.get("people"), reads.get("privileges")
    aliases: dict[str, str] = {}
    if with_people is not None or with_privileges is not None:
        aliases = dict(con.execute("select user_id, usual_id from lake.user_alias").fetchall())
    if with_people is None or with_people.problem is None:
        stored = stored_rows(con, "person", _PERSON, ("user_id",))
        listed = _people(_once(_entries(with_people, aliases)), stored, settings)
        rows = renewed_rows(stored, listed, now) if with_people else {}
        if rows != stored:
            changes = _changes(stored, rows, now)
            replace_rows(con, "person", pl.DataFrame(list(rows.values()), schema=_PERSON), changes)
    if with_privileges is None or with_privileges.problem is None:
        stored = stored_rows(con, "privilege", _PRIVILEGE, tuple(_RIGHT))
        entries = _entries(with_privileges, aliases)
        granted = {tuple(row.values()): row for row in map(_right, entries)}
        rows = renewed_rows(stored, granted, now) if with_privileges else {}
        if rows != stored:
            replace_rows(con, "privilege", pl.DataFrame(list(rows.values()), schema=_PRIVILEGE))


def usual_ids(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the account under which a person is known, of the other accounts of the directory."""
    rows = con.execute("select user_id, usual_id from lake.person where user_id <> usual_id")
    return dict(rows.fetchall())


def _entries(read: ContextRead | None, aliases: Mapping[str, str]) -> Sequence[Row]:
    """What was read, by the columns of the lake; an alias is the account that it stands for."""
    entries = () if read is None else read.entries
    rows: list[Row] = [
        {_COLUMNS.get(name, name): value for name, value in one.items()} for one in entries
    ]
    return [{**row, "user_id": aliases.get(row["user_id"], row["user_id"])} for row in rows]


def _once(entries: Sequence[Row]) -> list[Row]:
    """The first entry of each account, which may stand there in two spellings."""
    unique: dict[str, Row] = {}
    for one in entries:
        unique.setdefault(one["user_id"], one)
    return list(unique.values())


def _right(entry: Row) -> Row:
    return {name: entry[name] for name in _RIGHT}


def _people(entries: Sequence[Row], stored: Rows, settings: Settings) -> Rows:
    """The accounts of the directory, each with the usual one and the type of its person.

    The usual account is the one that it was, else the first of the directory: findings name a
    person by it, and what people decided about them is kept by that name. What is said of a person
    beside one account holds for all of them; the first row that says it counts. Of last days it is
    the latest, and none of somebody who joined again after it.
    """
    listed = {(one["user_id"],): one for one in entries}
    accounts: dict[object, list[Row]] = {}
    for one in (*entries, *(row for key, row in stored.items() if key not in listed)):
        if one["person_id"] is not None:
            accounts.setdefault(one["person_id"], []).append(one)
    usual: dict[object, str] = {}
    for person, rows in accounts.items():
        before = (stored.get((row["user_id"],)) for row in rows)
        known = [
            row["user_id"]
            for row in before
            if row and row["usual_id"] == row["user_id"] and row["person_id"] == person
        ]
        usual[person] = next(iter(known), rows[0]["user_id"])
    ids = [usual.get(one["person_id"], str(one["user_id"])) for one in entries]
    by_form = types_of(pl.Series("user_id", ids, dtype=pl.String), settings.user_types).to_list()
    said: dict[tuple[str, str], object] = {}
    for usual_id, one in zip(ids, entries, strict=True):
        for name in _OF_PERSON:
            if one[name] is not None:
                said.setdefault((usual_id, name), one[name])
    said |= _stays(zip(ids, entries, strict=True))
    return {
        (one["user_id"],): {
            **one,
            "usual_id": usual_id,
            "user_type": user_type,
            **{name: said[usual_id, name] for name in _OF_PERSON if (usual_id, name) in said},
        }
        for one, usual_id, user_type in zip(entries, ids, by_form, strict=True)
    }


def _stays(rows: Iterable[tuple[str, Row]]) -> dict[tuple[str, str], object]:
    """First and last day of those whom rows say to have left: who joined again has not left."""
    joined: dict[str, list[dt.date]] = {}
    left: dict[str, dt.date] = {}
    for usual_id, one in rows:
        if one["joined_on"] is not None:
            joined.setdefault(usual_id, []).append(one["joined_on"])
        if one["left_on"] is not None:
            left[usual_id] = max(left.get(usual_id, one["left_on"]), one["left_on"])
    stays: dict[tuple[str, str], object] = {(one, "left_on"): day for one, day in left.items()}
    for person, last in left.items():
        if again := [day for day in joined.get(person, ()) if day > last]:
            stays |= {(person, "joined_on"): min(again), (person, "left_on"): None}
    return stays


def _changes(before: Rows, after: Rows, now: dt.datetime) -> list[Row]:
    """A row of `lake.person_change` for each account that the directory has otherwise now."""
    changes = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        columns: list[str] = []
        if old is None:
            change = "added"
        elif new is None or (new["removed_at"] and not old["removed_at"]):
            change = "removed"
        else:
            columns = [name for name in old if name not in READ and old[name] != new[name]]
            change = "changed" if columns else "returned"
            if new == old:
                continue
        was = {name: old[name] for name in columns} if old else {}
        changes.append(
            {
                "changed_at": now,
                "user_id": key[0],
                "change": change,
                "columns": columns,
                "before": json.dumps(was, ensure_ascii=False, default=str) if was else None,
            }
        )
    return changes
