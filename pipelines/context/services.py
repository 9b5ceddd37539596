"""Service histories in the lake: what applications recorded, from which requests get their users.

A record is kept once, whatever file it came in, and stays when the file no longer has it. Sessions
and subjects are hashed as those of the log are, so that they can be joined and read by nobody. The
join itself belongs to a day: `sql/baselines/service_user.sql`.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any

import duckdb
import polars as pl

from pipelines.context.history import HistoryRead, Known, read_history
from pipelines.enrich.users import types_of
from pipelines.lake import insert_frame, insert_rows, registered, transaction
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor
from pipelines.privacy.user_values import kinds_in_users, with_stand_ins
from pipelines.settings.model import Settings

log = logging.getLogger(__name__)

_REJECTS_LOGGED = 5
_OLDEST = "is on a day of which no logs are kept any more"
_LATEST = "is after the day of this night"

_IDS = """
select
    ('0x' || left(sha256(concat_ws(chr(31),
        epoch_us(time), user_id, coalesce(session_id, ''), coalesce(client_ip, ''),
        coalesce(subject_hash, ''), coalesce(action, ''), coalesce(site_id, '')
    )), 16))::ubigint as record_id,
    time::timestamptz::date as log_date,
    *
from given
"""

_NEW = """
select found.*
from found
anti join (
    select record_id from lake.service_record
    where log_date in (select distinct log_date from found)
) as stored using (record_id)
qualify row_number() over (partition by found.record_id order by found.line_no) = 1
"""

_DAYS = """
select log_date, count(*) as records from found group by log_date
union all
select log_date + 1, count(*)
from found
where time + to_minutes($minutes) >= (log_date + 1)::timestamptz
group by log_date
"""


def keep_records(
    con: duckdb.DuckDBPyConnection, settings: Settings, pseudonyms: Pseudonyms, now: dt.datetime
) -> None:
    """Bring into the lake what the service history of the settings has beyond what the lake has.

    In one transaction: records, lines that could not be read, and the days on which there are now
    users to join. A history that cannot be read takes nothing away and is told.
    """
    source = settings.context.services
    if source is None:
        return
    known, problem = _known(con, str(source))
    keyed = KeyedIds.made_with(pseudonyms).of_content
    read = read_history(con, source, settings.zone, known, now, keyed)
    if not read.is_new or (read.problem is not None and read.problem == problem):
        return
    read = _within(read, settings, now)
    frame = _records(read.rows, settings, pseudonyms)
    with transaction(con):
        with registered(con, given=frame):
            con.execute(f"create or replace temp table found as {_IDS}")
        con.execute(f"create or replace temp table found as {_NEW}")
        new = con.execute("select count(*) from found").fetchone() or (0,)
        con.execute(
            "insert into lake.service_record by name"
            " select *, ? as source, ? as read_at from found",
            [str(source), now],
        )
        con.execute(
            "insert into lake.service_read_day by name"
            f" select log_date, sum(records) as records, $now as read_at from ({_DAYS})"
            " group by log_date",
            {"minutes": settings.context.windows.session_minutes, "now": now},
        )
        insert_frame(
            con,
            "service_reject",
            read.rejects.with_columns(
                source=pl.lit(str(source)), read_at=pl.lit(now).cast(pl.Datetime("us", "UTC"))
            ),
        )
        insert_rows(con, "service_read", [_reading(str(source), read, new[0], now)])
        con.execute("drop table temp.found")
    _tell(str(source), read)


def _known(con: duckdb.DuckDBPyConnection, source: str) -> tuple[Known, str | None]:
    """How far the history was read, and what was wrong at the last reading."""
    rows = con.execute(
        "select sha256, size, lines, header from lake.service_read"
        " where source = ? and problem is null order by read_at desc limit 1",
        [source],
    ).fetchall()
    problems = con.execute(
        "select problem from lake.service_read where source = ? order by read_at desc limit 1",
        [source],
    ).fetchall()
    known = Known(rows[0][0], rows[0][1] or 0, rows[0][2], rows[0][3] or "") if rows else Known()
    return known, problems[0][0] if problems else None


def _within(read: HistoryRead, settings: Settings, now: dt.datetime) -> HistoryRead:
    """The same without rows about days of which there are no logs, which are rejects."""
    present = now.astimezone(dt.UTC)
    first = present - dt.timedelta(days=settings.retention.access_log_days)
    last = present + dt.timedelta(days=1)
    time = pl.col("time")
    faults = read.rows.filter(~time.is_between(first, last)).select(
        "line_no",
        column_name=pl.lit("time"),
        reason=pl.when(time < first).then(pl.lit(_OLDEST)).otherwise(pl.lit(_LATEST)),
    )
    return HistoryRead(
        read.known,
        read.rows.filter(time.is_between(first, last)),
        pl.concat([read.rejects, faults]),
        read.ignored,
        read.problem,
    )


def _records(rows: pl.DataFrame, settings: Settings, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """The rows by the columns of the lake, with nothing that the lake has of no log either."""
    redactor = Redactor(settings.redaction)
    days = rows.get_column("time").dt.convert_time_zone(settings.timezone).dt.date()
    users, subjects = rows.get_column("user"), rows.get_column("subject")
    masked = kinds_in_users(users.unique(), redactor)
    users = with_stand_ins(users, days, masked, "user", pseudonyms)
    personal = redactor.texts(subjects.drop_nulls().unique())
    actions = rows.get_column("action")
    words = {
        action: kept for action, (kept, _) in redactor.texts(actions.drop_nulls().unique()).items()
    }
    return pl.DataFrame(
        {
            "time": rows.get_column("time"),
            "user_id": users,
            "user_type": types_of(users, settings.user_types),
            "session_id": pseudonyms.of_days("session", rows.get_column("session"), days),
            "client_ip": rows.get_column("address"),
            "subject_id": with_stand_ins(subjects, days, personal, "subject", pseudonyms),
            "subject_hash": pseudonyms.of_days("subject", subjects, days),
            "action": actions.replace(words),
            "site_id": rows.get_column("site"),
            "line_no": rows.get_column("line_no"),
        }
    )


def _reading(source: str, read: HistoryRead, new: int, now: dt.datetime) -> Mapping[str, Any]:
    is_lost = read.problem is not None
    return {
        "read_at": now,
        "source": source,
        "sha256": None if is_lost else read.known.sha256,
        "size": read.known.size or None,
        "lines": read.known.lines,
        "header": read.known.header or None,
        "rows": len(read.rows) + len(read.rejects),
        "records": new,
        "known": len(read.rows) - new,
        "rejects": len(read.rejects),
        "problem": read.problem,
    }


def _tell(source: str, read: HistoryRead) -> None:
    if read.problem is not None:
        log.warning("context services: %s %s; what was read before stays", source, read.problem)
    for line, column, reason in read.rejects.head(_REJECTS_LOGGED).iter_rows():
        log.warning("context services: %s:%d: %s: %s", source, line, column, reason)
    if len(read.rejects) > _REJECTS_LOGGED:
        log.warning("context services: %d rows could not be read in all", len(read.rejects))
