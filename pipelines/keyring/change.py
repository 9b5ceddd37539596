"""Changing the key of the keyed hashes; the nights after it find what they would have found.

Of lines, those of days to come get their hashes from the new key; lines of earlier days keep the
former, so that a line that is delivered twice is known. What is found again whatever the day (files
in the ledger, tombstones, requests) is hashed once more, with the new key on top. The bits that
tell whose records a person knows are set anew, so is the list of watched subjects, and marts are
written anew.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import duckdb

from pipelines import lake
from pipelines.context.read import ContextRead, read_context
from pipelines.context.watch import hash_watch_anew
from pipelines.detect.aggregates import gather, load_macros
from pipelines.errors import MimamoriError
from pipelines.lake.erasure import changing, erase_bytes
from pipelines.lake.keyed_hashes import key_print, replace_hashes, use_salts
from pipelines.marts.write import remove_marts
from pipelines.paths import SQL_DIR, Home
from pipelines.privacy.epochs import PREFIX
from pipelines.privacy.key_versions import KeyVersions, Version
from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.records import Act, Records, Series
from pipelines.settings.model import Settings
from pipelines.text.messages import message

_DAYS_AT_ONCE = 7
_LASTING = {"tombstone": "value_hash", "subject_request": "value_hash"}


def change_pseudonym_key(home: Home, settings: Settings, act: Act, now: dt.datetime) -> dt.date:
    """Have lines of tomorrow and later hashed with a new key; return the last day of the former.

    Where it is broken off, the next one to write to the lake completes it or takes it back.

    Raises:
        MimamoriError: it cannot be put on record, the lake cannot be written, or the list of
            watched subjects cannot be read, which is hashed anew; the key stays.
    """
    last = now.astimezone(settings.zone).date()
    with lake.open_writer(home, settings.timezone) as con, changing(home):
        watched = _watched(con, settings)
        about = dict(act.about) if isinstance(act.about, Mapping) else {}
        on_record = replace(act, about=about | {"until": last.isoformat()})
        Records(home).append(Series.DECISIONS, on_record, now)
        former, versions = Pseudonyms.of(home), KeyVersions(home, home.pseudonym_key)
        key = versions.begin(last.isoformat())
        new = former.changed_to(Version(home.pseudonym_key, last.isoformat(), key))
        _make_bits(con, new)
        with lake.transaction(con):
            _hash_once_more(con, new.newest)
            hash_watch_anew(con, watched, new, now)
            con.execute(
                "update lake.user_day set subject_bits_low = new_bits.low,"
                " subject_bits_high = new_bits.high from new_bits"
                " where new_bits.log_date = user_day.log_date"
                " and new_bits.site_id = user_day.site_id and new_bits.user_id = user_day.user_id"
            )
            con.execute(
                "update lake.user_subject_day as day set subjects = new_sample.subjects,"
                " levels = new_sample.levels from new_sample"
                " where new_sample.log_date = day.log_date"
                " and new_sample.site_id = day.site_id and new_sample.user_id = day.user_id"
            )
            con.execute("update lake.keyed_hash set key_print = ?", [key_print(new)])
        versions.complete()
        # What the former key alone had hashed goes, from earlier states too.
        erase_bytes(con, home, now, settings.retention.snapshot_days)
    remove_marts(home)
    return last


def _watched(con: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, ContextRead]:
    """The list of watched subjects: the lake has hashes alone, of which no others can be made."""
    source = settings.context.watch
    if source is None:
        return {}
    read = read_context(con, "watch", source, settings.zone)
    if read.problem is not None:
        raise MimamoriError(message("keyring.change.watch", at=source, problem=read.problem))
    return {"watch": read}


def _make_bits(con: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms) -> None:
    """Compute whose records each person saw on the days that still name persons."""
    load_macros(con)
    use_salts(con, pseudonyms)
    con.execute(
        "create or replace temp table new_bits"
        " (log_date date, site_id varchar, user_id varchar, low ubigint, high ubigint)"
    )
    rows = con.execute(
        "select distinct log_date from lake.request_fact where pseudonym_epoch is null order by 1"
    ).fetchall()
    con.execute("create or replace temp table new_sample as from lake.user_subject_day limit 0")
    query, samples = (
        (SQL_DIR / "baselines" / f"{name}.sql").read_text(encoding="utf-8")
        for name in ("user_day", "user_subject_day")
    )
    days = [day for (day,) in rows]
    for first in range(0, len(days), _DAYS_AT_ONCE):
        gather(con, "named_request", days[first : first + _DAYS_AT_ONCE])
        con.execute(
            f"insert into new_bits select log_date, site_id, user_id, subject_bits_low,"
            f" subject_bits_high from ({query}) where not starts_with(user_id, '{PREFIX}')"
        )
        con.execute(
            f"insert into new_sample by name from ({samples})"
            f" where not starts_with(user_id, '{PREFIX}')"
        )
    con.execute("drop table if exists temp.named_request")


def _hash_once_more(con: duckdb.DuckDBPyConnection, hashes: KeyedHashes) -> None:
    digests = partial(hashes.keyed_sha256, "first-line")
    replace_hashes(con, "ledger", "first_line_sha256", digests)
    for table, column in _LASTING.items():
        replace_hashes(con, table, column, partial(hashes, "tombstone"))
