"""Reasons on record, people and rights: what `context:` names, as tables for detectors.

Every table is there, empty where the settings name nothing for it. Users are the persons behind
them: entries about any account of a person stand under the account that findings show. Instants
are aware, both ends belong to an entry, and an open end is an instant out of reach, so that `time
between from_at and to_at` is always right. A null site, resource or user stands for any.
"""

import logging
from collections.abc import Mapping

import duckdb
import polars as pl

from pipelines.context.directory import usual_ids
from pipelines.context.entry import KINDS
from pipelines.context.read import ContextRead, read_context
from pipelines.lake import make_table
from pipelines.settings.model import Settings

log = logging.getLogger(__name__)

_ERRORS_LOGGED = 5
_INSTANT = pl.Datetime("us", "UTC")
_SPAN: dict[str, pl.DataType] = {"from_at": _INSTANT, "to_at": _INSTANT, "reason": pl.String()}
_COLUMNS = {"user": "user_id", "site": "site_id", "resource": "resource_id"}

_SCHEMAS: dict[str, pl.Schema] = {
    name: pl.Schema({**dict.fromkeys(columns, pl.String()), **_SPAN})
    for name, columns in {
        "context_trip": ("user_id", "country"),
        "context_roster": ("user_id", "site_id"),
        "context_absence": ("user_id",),
        "context_export": ("user_id", "site_id", "resource_id"),
        "context_scanner": ("network", "prefix", "first_key", "last_key"),
        # By site alone, with teams resolved: where somebody works, not whose records.
        "context_assignment": ("user_id", "site_id"),
        # By subject: an access that it explains has its reason in day_request.
        "context_subject": ("user_id", "team", "subject_key", "site_id"),
    }.items()
} | {
    "context_team": pl.Schema({"user_id": pl.String(), "team": pl.String()}),
    "context_source": pl.Schema(
        {
            "name": pl.String(),
            "source": pl.String(),
            "sha256": pl.String(),
            "entries": pl.UInt64(),
            "problem": pl.String(),
        }
    ),
}

# One row per account of the directory, per right that is or was in force, and per entry of the list
# of watched subjects.
_DIRECTORY = """
create or replace table context_person as
select
    user_id, usual_id, coalesce(name, person_id) as name, department, site_id, user_type, company,
    country, joined_on, left_on
from lake.person;
create or replace table context_privilege as
select
    coalesce(person.usual_id, privilege.user_id) as user_id, privilege.department,
    privilege.resource_id, privilege.data_level, privilege.site_id, privilege.from_at,
    least(privilege.to_at, privilege.removed_at) as to_at
from lake.privilege as privilege
left join lake.person as person on person.user_id = privilege.user_id;
create or replace table context_watch as
select
    watch.subject_hash, watch.stand_in_hashes, watch.kind, watch.site_id,
    coalesce(person.usual_id, watch.user_id) as user_id, watch.reason
from lake.watch as watch
left join lake.person as person on person.user_id = watch.user_id
where watch.removed_at is null;
"""


def read_all(con: duckdb.DuckDBPyConnection | None, settings: Settings) -> dict[str, ContextRead]:
    """Return what each source that the settings name holds, by its key.

    A service history is none of them: ingest reads it into the lake.
    """
    return {
        name: read_context(con, name, source, settings.zone)
        for name, source in settings.context.sources().items()
        if name in KINDS
    }


def make_context_tables(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    reads: Mapping[str, ContextRead] | None = None,
) -> None:
    """Make the tables, once for all days of a connection; log what cannot be used.

    `reads` is what `read_all` gave, read here by default. `context_source` has a row for each key
    of the settings' context, with a null source where nothing is named. People, rights and
    watched subjects are those of the lake: `directory.keep_directory`, `watch.keep_watch`.
    """
    reads = read_all(con, settings) if reads is None else reads
    tables = _tables(reads, usual_ids(con))
    for name, schema in _SCHEMAS.items():
        make_table(con, name, pl.DataFrame(tables.get(name, []), schema=schema))
    con.execute(_DIRECTORY)
    for read in reads.values():
        _log_problems(read)


def _log_problems(read: ContextRead) -> None:
    if read.problem is not None:
        outcome = (
            "what was last read of it stays in force"
            if KINDS[read.name].is_listed
            else "nothing is explained by it"
        )
        log.warning("context %s: %s %s; %s", read.name, read.source, read.problem, outcome)
    for error in read.errors[:_ERRORS_LOGGED]:
        log.warning("context %s: %s", read.name, error)
    if read.left_out > _ERRORS_LOGGED:
        log.warning("context %s: %d entries left out in all", read.name, read.left_out)


def subject_key(subject: str) -> str:
    """Return what tells a subject: its id, without leading zeros where it is a number.

    Spreadsheets drop leading zeros. The macro of that name does the same in SQL.
    """
    is_number = subject.isascii() and subject.isdigit()
    return subject.lstrip("0") if is_number else subject


def _tables(
    reads: Mapping[str, ContextRead], usual: Mapping[str, str]
) -> dict[str, list[dict[str, object]]]:
    """The rows of the tables."""
    entries: dict[str, list[dict[str, object]]] = {
        name: [
            {
                _COLUMNS.get(column, column): (
                    usual.get(str(value), value) if column == "user" else value
                )
                for column, value in entry.items()
            }
            for entry in (reads[name].entries if name in reads else ())
        ]
        for name, kind in KINDS.items()
        if not kind.is_listed
    }
    teams: dict[object, list[object]] = {}
    for member in entries["teams"]:
        teams.setdefault(member["team"], []).append(member["user_id"])
    by_subject = [
        {**entry, "subject_key": subject_key(str(entry["subject"]))}
        for entry in entries["assignments"]
        if entry["subject"] is not None
    ]
    by_site = [
        {**entry, "user_id": user}
        for entry in entries["assignments"]
        if entry["subject"] is None
        for user in ([entry["user_id"]] if entry["team"] is None else teams.get(entry["team"], ()))
    ]
    return {
        "context_trip": entries["trips"],
        "context_roster": entries["rosters"],
        "context_absence": entries["absences"],
        "context_export": entries["exports"],
        "context_scanner": entries["scanners"],
        "context_assignment": by_site,
        "context_subject": by_subject,
        "context_team": entries["teams"],
        "context_source": [
            {
                "name": name,
                "source": reads[name].source if name in reads else None,
                "sha256": reads[name].sha256 if name in reads else None,
                "entries": len(reads[name].entries) if name in reads else None,
                "problem": reads[name].problem if name in reads else None,
            }
            for name in KINDS
        ],
    }
