"""When a night keeps the lake in order too: once a week, where no schedule of its own does it."""

import datetime as dt
import logging
from collections.abc import Callable

from pipelines import lake
from pipelines.errors import MimamoriError
from pipelines.night.stage_runs import Clock
from pipelines.paths import Home
from pipelines.settings.model import Settings

log = logging.getLogger(__name__)

_EVERY_DAYS = 7
"""A night writes some twenty small files: after a week all are read a fifth slower."""

_LAST = """
select coalesce(max(ended_at) filter (where stage = 'upkeep' and status = 'done'), min(ended_at))
from lake.stage_run
"""


def is_upkeep_due(
    settings: Settings, home: Home, clock: Clock, opening: lake.Opening = lake.open_reader
) -> bool:
    """Return whether the last upkeep that ended well, or else the first stage, is a week ago."""
    with opening(home, settings.timezone) as con:
        (last,) = con.execute(_LAST).fetchone() or (None,)
    # Nights begin at the same hour, and some end sooner than others.
    almost = dt.timedelta(days=_EVERY_DAYS) - dt.timedelta(hours=12)
    return last is not None and clock() - last >= almost


def keep_in_order_if_due(
    settings: Settings,
    home: Home,
    clock: Clock,
    opening: lake.Opening,
    upkeep: Callable[[Settings, Home, Clock, lake.Opening], object],
) -> None:
    """Do `upkeep` where it is due. A failure is logged, and due again the next night.

    As every stage it is on record in `lake.stage_run`, from which doctor and metrics tell of it.
    """
    try:
        if is_upkeep_due(settings, home, clock, opening):
            upkeep(settings, home, clock, opening)
    except Exception as error:  # a bug keeps no report from people either
        is_bug = not isinstance(error, MimamoriError | OSError)
        log.warning("upkeep: %s", error, exc_info=is_bug)
