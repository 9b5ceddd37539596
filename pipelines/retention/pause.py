"""Nights delete by the clock: one that is years ahead must not empty a lake overnight."""

import datetime as dt

import duckdb

from pipelines.errors import MimamoriError
from pipelines.text.messages import message

_LONG_DAYS = 31  # nights that were left out are made up for; more than a month of them is odd
_UNTIL_NEXT_NIGHT = dt.timedelta(hours=12)
_LAST = """
select max(ended_at) from lake.stage_run
where stage = 'retention' and (status = 'done' or ended_at <= $before)
"""


def require_no_long_pause(con: duckdb.DuckDBPyConnection, now: dt.datetime) -> None:
    """Refuse for a night where retention was last tried more than a month before the instant `now`.

    The refusal itself is a try on record: the next night goes on, and nothing that the same night
    tries again.

    Raises:
        MimamoriError: with the number of days, and what to look at.
    """
    ((last,),) = con.execute(_LAST, {"before": now - _UNTIL_NEXT_NIGHT}).fetchall()
    days = 0 if last is None else (now - last).days
    if days > _LONG_DAYS:
        raise MimamoriError(message("retention.pause.long", at=f"{now:%Y-%m-%d}", days=days))
