"""The lake on disk: schema, keys, data files, what a killed run left, who writes, the proofs."""

import datetime as dt
from collections.abc import Iterator

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.keyring.files import key_files
from pipelines.lake.erasure import broken_off, pending
from pipelines.lake.files import catalogued_files
from pipelines.lake.growth import disk_full_at, growth_of
from pipelines.lake.keyed_hashes import missing_keys
from pipelines.lake.keys import on_one_file_system
from pipelines.lake.move_mark import MoveMark
from pipelines.lake.on_record import days_lost
from pipelines.lake.place import place_of
from pipelines.lake.schema import schema_state
from pipelines.paths import SQL_DIR, Home
from pipelines.privacy.key_file import read_key
from pipelines.settings.model import Settings
from pipelines.text.messages import message

_SHOWN = 6
_MIB = 1024**2
_SOON_DAYS = 30

# Each is a query in `sql/proofs/` that gives a row (path, what) for every disagreement, and none
# when all is well. Rows that are erased or past their time will have to be counted there too.
_HOLDS = {
    "ledger-sums": message("doctor.proof.holds.ledger_sums"),
    "ledger-days": message("doctor.proof.holds.ledger_days"),
    "rows": message("doctor.proof.holds.rows"),
    "line-numbers": message("doctor.proof.holds.line_numbers"),
    "event-ids": message("doctor.proof.holds.event_ids"),
    "tails": message("doctor.proof.holds.tails"),
}


def check_schema(con: duckdb.DuckDBPyConnection) -> Outcome:
    """Return whether this release and the lake agree on the tables."""
    state = schema_state(con)
    if state.changed or state.unknown:
        return wrong(
            "schema",
            message("doctor.store.another_release", names=named([*state.changed, *state.unknown])),
            message("doctor.store.use_its_release"),
        )
    if state.pending:
        return warning(
            "schema",
            message("doctor.store.pending", names=named(state.pending)),
            message("doctor.store.next_ingest"),
        )
    return well("schema", state.applied[-1])


def check_data_files(con: duckdb.DuckDBPyConnection, home: Home, *, is_writing: bool) -> Outcome:
    """Return whether each data file of the catalog lies on disk, whole, and no other beside it."""
    place = place_of(home)
    lying = {file.name: file for file in place.files()}
    catalogued = catalogued_files(con)
    needed = [file for file in catalogued if file.size is not None]
    broken = [
        file.path for file in needed if file.name not in lying or lying[file.name].size != file.size
    ]
    if broken:
        return wrong(
            "data-files",
            message("doctor.store.lost_damaged", names=named(sorted(broken))),
            message("doctor.store.restore"),
        )
    spilled = [path for path in home.spill.glob("**/*") if path.is_file()]
    known = {file.name for file in catalogued}
    orphans = [f"data/{file.path}" for name, file in lying.items() if name not in known]
    if (orphans or spilled) and not is_writing:
        left = [*orphans, *(path.relative_to(home.lake).as_posix() for path in spilled)]
        return warning(
            "data-files",
            message("doctor.store.left_over", count=len(left), names=named(sorted(left))),
            message("doctor.store.harmless"),
        )
    return well("data-files", message("doctor.store.parquet_files", count=len(needed)))


def check_on_record(con: duckdb.DuckDBPyConnection, home: Home, now: dt.datetime) -> Outcome:
    """Return whether the lake has all that the nights of the last month put on record."""
    if lost := days_lost(con, home, now):
        return wrong(
            "on-record",
            message("doctor.store.older_catalog", days=named([f"{on}" for on in lost])),
            message("doctor.store.put_catalog_back"),
        )
    return well("on-record", message("doctor.store.all_on_record"))


def check_growth(
    con: duckdb.DuckDBPyConnection, home: Home, settings: Settings, now: dt.datetime
) -> Iterator[Outcome]:
    """Yield how fast the lake grows and when the disk is full, once it has two days to tell by."""
    growth = growth_of(con, now, settings.retention.access_log_days, settings.landing.keep_days)
    if growth is None:
        return
    full = disk_full_at(growth, home, now)
    growing = message(
        "doctor.store.growth",
        lake=growth.lake_bytes / _MIB,
        landing=growth.landing_bytes / _MIB,
    )
    if full is None:
        yield well("growth", message("doctor.store.never_full", growth=growing))
        return
    on = full.astimezone(settings.zone).date()
    when = message("doctor.store.full_on", growth=growing, on=on, days=(full - now).days)
    if (full - now).days < _SOON_DAYS:
        yield warning("growth", when, message("doctor.store.make_room_in_time"))
    else:
        yield well("growth", when)


def check_writer(home: Home) -> tuple[bool, Outcome]:
    """Return whether some process is writing to the lake now, and which."""
    try:
        holder = place_of(home).writer()
    except OSError as error:
        return False, wrong(
            "writer",
            f"{error.filename}: {error.strerror}",
            message("doctor.store.grant_reading"),
        )
    if holder is None:
        return False, well("writer", message("doctor.store.nobody_writing"))
    return True, well("writer", message("doctor.store.being_written", holder=holder))


def check_keys(home: Home) -> Outcome:
    """Return whether the keys of a lake are complete, can be read and lie on their own volume."""
    if not home.pseudonym_key.exists():
        return wrong(
            "keys",
            message("doctor.keys.missing", at=home.pseudonym_key),
            message("doctor.keys.restore_them"),
        )
    found = key_files(home)
    if left := [one.name for one in found if one.use == "left over"]:
        return warning(
            "keys",
            message("doctor.keys.left_over", names=named(left)),
            message("doctor.keys.next_writer"),
        )
    for one in found:
        read_key(home.keys / one.name, home.key_encryption_key)
    in_clear = [one.name for one in found if not one.is_encrypted]
    if home.key_encryption_key is not None and in_clear:
        return warning(
            "keys",
            message("doctor.keys.in_clear", names=named(in_clear)),
            message("doctor.keys.rewrap"),
        )
    if home.cluster is None and on_one_file_system(home):
        return warning(
            "keys",
            message("doctor.keys.same_file_system", at=home.keys),
            message("doctor.keys.move_them"),
        )
    return well("keys", message("doctor.keys.apart", at=home.keys))


def check_former_keys(con: duckdb.DuckDBPyConnection, home: Home) -> Outcome | None:
    """Return what is wrong where a former key is missing, else None."""
    lost = missing_keys(con, home) if home.pseudonym_key.exists() else []
    if not lost:
        return None
    return wrong(
        "keys",
        message("doctor.keys.former_missing", names=named(lost)),
        message("doctor.keys.restore_them"),
    )


def check_move(home: Home) -> Iterator[Outcome]:
    """Yield a warning where a move of the lake is not complete."""
    mark = MoveMark.read(home)
    if mark is not None:
        yield warning(
            "lake", message("doctor.move.pending", to=mark.to), message("doctor.move.run_again")
        )


def check_erasures(con: duckdb.DuckDBPyConnection, home: Home, *, is_writing: bool) -> Outcome:
    """Return whether an erasure of a person, or of rows past their time, was broken off."""
    if is_writing:
        return well("erasures", message("doctor.erasures.going_on"))
    if requests := broken_off(con):
        return wrong(
            "erasures",
            message("doctor.erasures.broken_off", names=named(requests)),
            message("doctor.erasures.run_again"),
        )
    if pending(home) is not None:
        return warning(
            "erasures",
            message("doctor.erasures.pending"),
            message("doctor.erasures.next_night"),
        )
    return well("erasures", message("doctor.erasures.none"))


def check_proofs(con: duckdb.DuckDBPyConnection) -> list[Outcome]:
    """Return the outcome of each proof; the files that do not agree are named."""
    return [_prove(con, name) for name in _HOLDS]


def _prove(con: duckdb.DuckDBPyConnection, name: str) -> Outcome:
    query = (SQL_DIR / "proofs" / f"{name}.sql").read_text(encoding="utf-8")
    con.execute(query)
    rows = con.fetchmany(_SHOWN)
    if not rows:
        return well(name, _HOLDS[name])
    count = len(rows)
    while more := con.fetchmany(10_000):
        count += len(more)
    shown = "; ".join(named([f"{path}: {what}"]) for path, what in rows[: _SHOWN - 1])
    rest = f" … ({message('doctor.proof.in_all', count=count)})" if count >= _SHOWN else ""
    return wrong(
        name,
        message("doctor.proof.do_not_agree", shown=shown, rest=rest),
        message("doctor.proof.restore"),
    )
