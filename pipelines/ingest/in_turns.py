"""Several workers read one landing folder: each file exactly once, however many grab it.

A site is one worker's at a time, as its files are compared with each other. Where another has it,
what that left unread is looked at when it has given the site back, or did not prolong its claim.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping

from pipelines.ingest.discover import LogFile
from pipelines.lake.turns import ClaimLostError, Turns

log = logging.getLogger(__name__)

_BYTES = 64 * 1024 * 1024  # of the sites that a worker has at once
_POLL_SECONDS = 1.0


def read_in_turns(
    turns: Turns,
    files: Collection[LogFile],
    unread: Callable[[list[LogFile]], list[LogFile]],
    read: Callable[[set[str], list[LogFile]], None],
) -> None:
    """Have `read` read the files, some sites at a time, until the lake has all of them.

    `unread` says which files the lake does not have as they lie there; `read` takes the sites that
    are claimed, and their unread files.
    """
    waiting: dict[str, list[LogFile]] = {}
    for file in files:
        waiting.setdefault(file.site.id, []).append(file)
    while waiting:
        claimed = _taken(turns, waiting)
        if claimed:
            try:
                read(claimed, unread([file for site in claimed for file in waiting[site]]))
                waiting = {site: own for site, own in waiting.items() if site not in claimed}
            except ClaimLostError as error:
                log.warning("%s", error)
            finally:
                turns.give_back(claimed)
        else:
            time.sleep(_POLL_SECONDS)
            left = {one.site.id for one in unread([one for own in waiting.values() for one in own])}
            waiting = {site: own for site, own in waiting.items() if site in left}


def _taken(turns: Turns, waiting: Mapping[str, list[LogFile]]) -> set[str]:
    """Claim sites until there is enough for a while."""
    sizes = {site: sum(file.disk_bytes for file in files) for site, files in waiting.items()}
    taken: set[str] = set()
    while sizes:
        wanted: list[str] = []
        room = _BYTES - sum(size for site, size in sizes.items() if site in taken)
        for site, size in sizes.items():
            if site not in taken and (size <= room or not (wanted or taken)):
                wanted.append(site)
                room -= size
        if not wanted:
            break
        got = turns.take(wanted)
        taken |= got
        sizes = {site: size for site, size in sizes.items() if site in got or site not in wanted}
    return taken
