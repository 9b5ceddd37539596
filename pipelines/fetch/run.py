"""A fetch: from each source what is new, side by side; what fails or drips stops no other."""

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass

from pipelines.errors import MimamoriError, without_words
from pipelines.extras import MissingExtraError
from pipelines.fetch.attempts import Attempts
from pipelines.fetch.landing import LandingFolder
from pipelines.fetch.one_source import Errand, Store, bring_new, would_bring
from pipelines.fetch.readings import Readings
from pipelines.fetch.removal import due_for_removal
from pipelines.fetch.result import SourceResult, Tally
from pipelines.fetch.room import Room
from pipelines.fetch.secrets import Secret
from pipelines.fetch.source_time import LOOK_SECONDS, SourceTime
from pipelines.fetch.state import Outcome, State
from pipelines.findings import rfc3339
from pipelines.ingest.discover import require_known
from pipelines.lake.stored_messages import by_language
from pipelines.paths import Home
from pipelines.settings.entries import may_be
from pipelines.settings.model import Settings
from pipelines.settings.source_places import SourcePlace, source_places
from pipelines.text.messages import Message, message

log = logging.getLogger(__name__)

_PARTS_DAYS = 7  # after which what has come of a file is let go, when nobody went on with it
_AT_ONCE = 16  # sources, each with `landing.parallel` files: more would wait for the network


@dataclass(frozen=True)
class FetchResult:
    """What a fetch did, or would do.

    `removed` are files of the landing folder whose `keep_days` are over.
    """

    sources: tuple[SourceResult, ...]
    removed: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Message, ...]:
        """A message for each source of which not everything could be brought."""
        return tuple(one.failure for one in self.sources if one.failure is not None)


@dataclass(frozen=True)
class Outside:
    """What a fetch takes from outside: secrets by name, the clock, and how it waits."""

    secret: Secret
    clock: Callable[[], dt.datetime]
    sleep: Callable[[float], None] = time.sleep


def fetch(
    settings: Settings,
    home: Home,
    site_ids: Iterable[str],
    outside: Outside,
    *,
    dry_run: bool = False,
) -> FetchResult:
    """Bring what is new of each source into the landing folder; return what became of it.

    With site ids only what is for these sites; the id of a template stands for all its sites. A
    dry run asks the sources, and writes nothing. A source that fails is a result, not an error.

    Raises:
        UsageError: no site has such an id.
        MissingExtraError: a source needs what is not installed; the others were fetched.
        MimamoriError: the landing folder or the file of what was fetched cannot be used.
    """
    wanted = frozenset(site_ids)
    require_known(settings, wanted)
    places = [one for one in source_places(settings) if _serves(one, wanted)]
    limits = settings.limits
    deadline, ended = time.monotonic() + limits.fetch_minutes * 60, threading.Event()

    def begun(place: SourcePlace) -> Errand:
        own_time = SourceTime(limits, deadline, ended)
        attempts = Attempts(settings.landing.attempts, outside.sleep, own_time)
        return Errand(settings, place, wanted, outside.secret, attempts, outside.clock)

    def would_be_brought(place: SourcePlace) -> SourceResult:
        with State.as_it_is(home.fetched) as state:
            return would_bring(begun(place), state)

    readings = Readings(home, settings.timezone)
    now = outside.clock()
    if dry_run:
        with State.as_it_is(home.fetched) as state:
            due = due_for_removal(settings, home.logs, state, readings, wanted, now)
        results = _side_by_side(would_be_brought, places, ended)
        return FetchResult(tuple(results), tuple(sorted(one.path for one in due)))
    if not places and (settings.landing.keep_days is None or not home.logs.exists()):
        return FetchResult(())
    with LandingFolder.at(home.logs) as landing, State.at(home.fetched) as state:
        landing.drop_parts_before(now - dt.timedelta(days=_PARTS_DAYS))
        due = due_for_removal(settings, home.logs, state, readings, wanted, now)
        removed = [one for one in due if landing.remove(one)]
        state.removed(removed, rfc3339(now))
        room = Room(landing, limits)
        missing: list[MissingExtraError] = []

        def brought(place: SourcePlace) -> SourceResult:
            with State.at(home.fetched) as own_state:
                return _brought(begun(place), Store(own_state, landing, readings, room), missing)

        results = _side_by_side(brought, places, ended)
    if missing:
        raise missing[0]
    return FetchResult(tuple(results), tuple(sorted(one.path for one in removed)))


def _side_by_side(
    work: Callable[[SourcePlace], SourceResult], places: list[SourcePlace], ended: threading.Event
) -> list[SourceResult]:
    """Return what `work` returns for each source; at an error or interruption all give up."""
    with ThreadPoolExecutor(_AT_ONCE, "source") as pool:
        try:
            running = [pool.submit(work, place) for place in places]
            # A signal that another thread took is heeded only once the main thread goes on.
            waiting = set(running)
            while waiting:
                done, waiting = wait(waiting, LOOK_SECONDS, FIRST_EXCEPTION)
                for one in done:
                    one.result()
            return [one.result() for one in running]
        except BaseException:
            ended.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _brought(errand: Errand, store: Store, missing: list[MissingExtraError]) -> SourceResult:
    """Bring what is new; how it ends is in the state, and what is not installed in `missing`."""
    started_at = errand.clock()
    # Of a process that is killed this stays; else what follows takes its place.
    unfinished = _failed(errand, message("fetch.run.not_ended"))
    store.state.end(_outcomes(unfinished, errand, started_at))
    try:
        result = bring_new(errand, store)
    except MissingExtraError as error:
        missing.append(error)
        result = _failed(errand, error.reason)
    except MimamoriError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a server sends, others go on
        log.error("%s: %s", errand.place.name, without_words(error))  # noqa: TRY400
        kind = type(error).__name__
        result = _failed(errand, message("fetch.run.unexpected", kind=kind))
    store.state.end(_outcomes(result, errand, started_at))
    return result


def _failed(errand: Errand, reason: Message) -> SourceResult:
    tally = Tally(errand.place)
    tally.fail(reason)
    return tally.result()


def require_fetched(result: FetchResult) -> None:
    """Raise MimamoriError where not everything could be brought, with a line a source."""
    if result.failures:
        raise MimamoriError("\n".join(result.failures))


def _serves(place: SourcePlace, wanted: frozenset[str]) -> bool:
    return not wanted or any(may_be(entry, one) for entry in place.sites for one in wanted)


def _outcomes(result: SourceResult, errand: Errand, started_at: dt.datetime) -> list[Outcome]:
    """How it ended for each entry of the settings that was asked for as a whole.

    A fetch for single sites of a template says nothing about its others.
    """
    entries = errand.site_ids & result.sites if errand.site_ids else result.sites
    span = rfc3339(started_at), rfc3339(errand.clock())
    found = []
    for entry in sorted(entries):
        failure = result.failure_of(entry)
        found.append(
            Outcome(
                source=result.source,
                site_id=entry,
                started_at=span[0],
                ended_at=span[1],
                status="done" if failure is None else "failed",
                message=None if failure is None else str(failure),
                message_by_language=by_language(failure),
                files=result.files.get(entry, 0),
                bytes=result.bytes.get(entry, 0),
            )
        )
    return found
