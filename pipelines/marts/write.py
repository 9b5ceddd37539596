"""Writes the marts of some days: each table of a role is a query in `sql/marts/`.

A mart holds what its role may see and nothing else, so that it can be handed on without the lake
and its keys. Days that the lake no longer names persons of are taken out of it.
"""

import datetime as dt
import hmac
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import polars as pl

from pipelines import lake
from pipelines.detect.catalogue import kept_from_shops
from pipelines.marts.group import open_to_group
from pipelines.paths import SQL_DIR, Home
from pipelines.privacy.epochs import epoch_of
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.private_files import private_folder, whole_file
from pipelines.query.mart_use import put_on_record
from pipelines.records import Records, Series
from pipelines.roles import franchise_of
from pipelines.settings.access import RoleMembers
from pipelines.settings.model import Settings
from pipelines.settings.names import SECURITY

_BATCH_ROWS = 100_000
# Sizes and counts have one significant digit, times are of the hour.
_MACROS = """
create or replace temp macro pseudonym(value) as
    left(sha256(getvariable('mart_key') || sha256(getvariable('mart_key') || value)), 20);
create or replace temp macro coarse_time(instant) as
    case when getvariable('mart_is_exact') then instant else date_trunc('hour', instant) end;
create or replace temp macro coarse(number) as
    case
        when getvariable('mart_is_exact') or number <= 0 then number::double
        else round(number / pow(10, floor(log10(number)))) * pow(10, floor(log10(number)))
    end;
"""
_FORM = b"mimamori.form"
_VERSION = 2  # of the tables of marts: a mart of another one is written anew as a whole
_DAYS = "select distinct log_date from lake.site_day where lines > 0 and log_date >= ? order by all"
# Days of findings, and of rules about them, with the instant at which somebody last said something.
_DECIDED = """
with decided as (
    select coalesce(date, decided_at::date) as log_date, decided_at as said_at from lake.triage
    union all
    select date, created_at from lake.finding_correction
    union all
    select date, signed_at from lake.review
    union all
    select decided_at::date, decided_at from lake.case_decision
    union all
    select created_at::date, greatest(created_at, ended_at) from lake.suppression
    union all
    select findings.date, greatest(suppression.created_at, suppression.ended_at)
    from lake.suppression as suppression
    inner join lake.findings as findings on findings.detector = suppression.detector
        and findings.date between suppression.created_at::date - 7 and suppression.valid_until
)
select log_date, max(said_at) from decided where log_date between $first and $last group by log_date
"""
_WRITTEN_AT = b"mimamori.written_at"


def write_marts(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    home: Home,
    days: Sequence[dt.date],
    at: dt.datetime,
) -> dict[str, list[dt.date]]:
    """Bring the mart of every role of `access:` up to date with the lake for `days`.

    Returns the days that were written, by role.

    Days about whose findings somebody decided since the mart had them are written anew too. A
    role's first mart has every day that the lake names persons of at the aware instant `at`. Marts
    of roles that settings no longer name are removed, as are days before the oldest of these.

    Raises:
        MimamoriError: a file cannot be written.
    """
    roles = [role for role in settings.access if role != SECURITY]
    remove_marts(home, keep=roles)
    written: dict[str, list[dt.date]] = {}
    if not roles:
        return written
    today = at.astimezone(settings.zone).date()
    first = today - dt.timedelta(days=_named_days(settings))
    bounds = {"first": first, "last": today - dt.timedelta(days=1)}
    decided = dict(con.execute(_DECIDED, bounds).fetchall())
    private_folder(home.marts)
    for role in roles:
        folder = home.marts / role
        put_on_record(home, folder, role, at)
        late = {on for on, last in decided.items() if _is_older(role, folder, on, last)}
        wanted = sorted(late | {on for on in days if on >= first})
        if not folder.is_dir() or _form(folder) != form_of(role, settings.access[role]):
            wanted = [on for (on,) in con.execute(_DAYS, [first]).fetchall()]
        private_folder(folder)
        _write_role(con, home, settings, role, folder, wanted, at)
        written[role] = wanted
        _remove_before(folder, first)
        open_to_group(home, role, settings.access[role].group)
    return written


def remove_marts(home: Home, keep: Iterable[str] = ()) -> int:
    """Remove the marts of all roles but `keep`; return how many files went.

    The next night writes those of the settings anew. Who erases a person calls this: no mart may
    hold what the lake no longer does.
    """
    kept, files = set(keep), 0
    for folder in home.marts.iterdir() if home.marts.is_dir() else ():
        if folder.name not in kept:
            files += sum(path.is_file() for path in folder.rglob("*"))
            shutil.rmtree(folder)
    return files


def mart_files(folder: Path, table: str) -> dict[str, dict[dt.date, Path]]:
    """Return the files of a table in the marts below `folder`, by role and day."""
    found: dict[str, dict[dt.date, Path]] = {}
    for path in sorted(folder.glob(f"*/{table}/*.parquet")):
        found.setdefault(path.parts[-3], {})[dt.date.fromisoformat(path.stem)] = path
    return found


def tables_of(role: str) -> dict[str, Path]:
    """Return the tables of a role's mart by name, each with its query."""
    kind = role if franchise_of(role) is None else "franchise"
    return {path.stem: path for path in sorted((SQL_DIR / "marts" / kind).glob("*.sql"))}


def _write_role(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    settings: Settings,
    role: str,
    folder: Path,
    days: Sequence[dt.date],
    at: dt.datetime,
) -> None:
    own = settings.access[role]
    con.execute(_MACROS)
    con.execute(f"set variable mart_is_exact = {own.exact}")
    lake.make_table(con, "mart_use", _use(home, settings.zone))
    kept = kept_from_shops(settings.detectors)
    given = {"kept": kept, "franchise": franchise_of(role)}
    secret = Pseudonyms.of(home).newest.derived("mart")
    for on in days:
        epoch = epoch_of(on, own.months(role))
        key = hmac.digest(secret, f"{role} {epoch}".encode(), "sha256").hex()
        con.execute(f"set variable mart_key = {lake.quoted(key)}")
        _write_tables(con, role, folder, on, given, (form_of(role, own), at))
    con.execute("reset variable mart_key")


def _use(home: Home, zone: ZoneInfo) -> pl.DataFrame:
    """The records of use, a row each, with the local day."""
    schema = {
        "seq": pl.UInt64, "log_date": pl.Date, "at": pl.String, "who": pl.String,
        "role": pl.String, "what": pl.String, "rows": pl.UInt64,
    }  # fmt: skip
    rows = [
        (
            one.seq,
            dt.datetime.fromisoformat(one.at).astimezone(zone).date(),
            *(one.at, one.who, one.role, one.what, one.rows),
        )
        for one in Records(home).entries(Series.USE)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def form_of(role: str, own: RoleMembers) -> bytes:
    """Return the form of a mart: its tables, how long pseudonyms last, how exact it is."""
    return f"{_VERSION} {own.months(role)} {own.exact}".encode()


def _form(folder: Path) -> bytes | None:
    """Return the form in which a mart was last written; None of an earlier release."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - a night without marts need not wait for it

    newest = max(folder.glob("*/*.parquet"), key=lambda path: path.stem, default=None)
    return None if newest is None else (pq.read_metadata(newest).metadata or {}).get(_FORM)


def _write_tables(
    con: duckdb.DuckDBPyConnection,
    role: str,
    folder: Path,
    on: dt.date,
    given: Mapping[str, object],
    written: tuple[bytes, dt.datetime],
) -> None:
    for name, path in tables_of(role).items():
        private_folder(folder / name)
        query = path.read_text(encoding="utf-8")
        bound = {key: value for key, value in {"day": on, **given}.items() if f"${key}" in query}
        _write_day(con, query, bound, _file(folder, name, on), written)


def _file(folder: Path, table: str, on: dt.date) -> Path:
    return folder / table / f"{on.isoformat()}.parquet"


def _is_older(role: str, folder: Path, on: dt.date, at: dt.datetime) -> bool:
    """Whether a day of a mart was written before an instant, or not at all."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - a night without marts need not wait for it

    last_table = max(tables_of(role))  # of a day's files, the one that is written last
    try:
        found = pq.read_metadata(_file(folder, last_table, on)).metadata or {}
    except FileNotFoundError:
        return True
    written = found.get(_WRITTEN_AT)
    return written is None or dt.datetime.fromisoformat(written.decode()) <= at


def _write_day(
    con: duckdb.DuckDBPyConnection,
    query: str,
    values: dict[str, object],
    path: Path,
    written: tuple[bytes, dt.datetime],
) -> None:
    import pyarrow.parquet as pq  # noqa: PLC0415 - a night without marts need not wait for it

    reader = con.execute(query, values).to_arrow_reader(_BATCH_ROWS)
    form, at = written
    about = {_WRITTEN_AT: at.isoformat().encode(), _FORM: form}
    schema = reader.schema.with_metadata(about)
    with whole_file(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as out:
        for batch in reader:
            out.write_batch(batch)


def _remove_before(folder: Path, first: dt.date) -> None:
    for path in folder.glob("*/*.parquet"):
        if path.stem < first.isoformat():
            path.unlink()


def _named_days(settings: Settings) -> int:
    """For how many days every row of the lake still names its persons."""
    retention = settings.retention
    periods = [retention.access_log_days, retention.pseudonymise_after_days]
    for group in (*retention.country_groups.values(), *retention.site_groups.values()):
        periods += filter(None, (group.access_log_days, group.pseudonymise_after_days))
    return min(periods)
