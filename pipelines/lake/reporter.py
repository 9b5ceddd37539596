"""Which working folder reports on a lake: of several one alone, so that a day has one report.

Reports, deliveries, retention and erasures are its work: its reports hold what has to be erased.
"""

import datetime as dt
import socket

from pipelines.errors import MimamoriError, UsageError
from pipelines.lake.place import place_of, writers_lock
from pipelines.lake.place_kind import Reporter
from pipelines.paths import Home
from pipelines.records import Act, Records, Series
from pipelines.records.place import home_id
from pipelines.text.messages import message

ACT = "lake take-over"
_WAIT_SECONDS = 600.0


def require_reporter(home: Home) -> None:
    """Make sure that a working folder is the one that reports; the first to ask is from then on.

    Raises:
        MimamoriError: another one is.
    """
    if home.cluster is None:
        return
    found = place_of(home).reporter(own := _own(home))
    if found.home != own.home:
        raise MimamoriError(message("lake.reporter.another", at=home.root, name=found.name))


def reporter_elsewhere(home: Home) -> str | None:
    """Return how the working folder that reports is named, None where it is this one."""
    found = place_of(home).reporter(own := _own(home))
    return found.name if found.home != own.home else None


def take_over(home: Home, reason: str, at: dt.datetime) -> str | None:
    """Have a working folder report from now on; return which one did before, None for itself.

    It is on record, with the reason, before it is so.

    Raises:
        UsageError: the lake lies in the working folder.
        LakeBusyError: somebody else writes.
    """
    if home.cluster is None:
        raise UsageError(message("lake.reporter.within_home", at=home.lake))
    place, own = place_of(home), _own(home)
    with writers_lock(home, _WAIT_SECONDS):
        before = place.reporter(own)
        if before.home == own.home:
            return None
        about = {"from": before.name, "to": own.name, "reason": reason}
        Records(home).append(Series.DECISIONS, Act(ACT, about), at)
        place.make_reporter(own)
    return before.name


def _own(home: Home) -> Reporter:
    return Reporter(home_id(home), f"{socket.gethostname()}:{home.root.resolve()}")
