"""What is brought from one source: it is listed, then several files come at once."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from pipelines.fetch.attempts import Attempts
from pipelines.fetch.landing import LandingFolder, Lying
from pipelines.fetch.manifest import Manifests
from pipelines.fetch.open import opened
from pipelines.fetch.plan import Known
from pipelines.fetch.readings import Readings
from pipelines.fetch.result import Problem, SourceResult, Tally
from pipelines.fetch.room import Room
from pipelines.fetch.secrets import Secret
from pipelines.fetch.source import Reader, RemoteFile, Session, SourceError
from pipelines.fetch.source_time import TimedReader
from pipelines.fetch.state import Fetched, State
from pipelines.fetch.transfer import Brought, Means, again, bring
from pipelines.fetch.wanted import Claim, Refused, Wanted
from pipelines.ingest.discover import shown
from pipelines.settings.model import Settings
from pipelines.settings.source_places import SourcePlace
from pipelines.text.messages import message

_BROKEN_IN_A_ROW = 3  # files that break off, one after another, before the source is given up
_KEPT_TOGETHER = 100  # files whose state is written in one transaction


@dataclass(frozen=True)
class Errand:
    """One source that is asked, and for which sites (all without any id)."""

    settings: Settings
    place: SourcePlace
    site_ids: frozenset[str]
    secret: Secret
    attempts: Attempts
    clock: Callable[[], dt.datetime]

    @contextmanager
    def listed(self) -> Iterator[tuple[Reader, Wanted, list[RemoteFile | Refused]]]:
        """Open the source and list what is wanted of it.

        Raises:
            SourceError: it cannot be opened or listed, as often as it was tried.
            MissingExtraError: it needs what is not installed.
        """
        wanted = Wanted(self.settings, self.place, self.site_ids)
        with ExitStack() as stack:
            session: Session = self.attempts.at(lambda _: stack.enter_context(self._opened()))
            own_time = self.attempts.time
            found = self.attempts.at(
                lambda _: own_time.spent_on(lambda: self._names(session, wanted))
            )
            yield TimedReader(session, own_time), wanted, found

    def _opened(self) -> AbstractContextManager[Session]:
        landing = self.settings.landing
        return opened(
            self.place.source,
            self.secret,
            landing.timeout_seconds,
            self.settings.limits.fetch_names,
            f"{self.place.name}: source",
        )

    def _names(self, session: Session, wanted: Wanted) -> list[RemoteFile | Refused]:
        most = self.settings.limits.fetch_names
        found = []
        for one in session.files(wanted):
            found.append(one)
            if len(found) > most:
                raise SourceError(message("fetch.source.too_many_names", allowed=most))
        return found


@dataclass(frozen=True)
class Store:
    """Where what comes is put, and what is known of it."""

    state: State
    landing: LandingFolder
    readings: Readings
    room: Room


def would_bring(errand: Errand, state: State) -> SourceResult:
    """Return what a source has that is new, without bringing it."""
    tally = Tally(errand.place)
    known = Known.of(state.fetched(errand.place.name).values())
    try:
        with errand.listed() as (session, _, found):
            for one in found:
                if isinstance(one, Refused):
                    tally.refuse(one)
                    continue
                file = one if one.size is not None else session.look(one)
                if known.unchanged(file) is None:
                    tally.take(file, file.size or 0)
                else:
                    tally.unchanged.append(file)
    except SourceError as error:
        tally.fail(error.reason)
    return tally.result()


def bring_new(errand: Errand, store: Store) -> SourceResult:
    """Bring what is new of a source into the landing folder.

    Raises:
        MissingExtraError: it needs what is not installed.
        MimamoriError: the file of what was fetched cannot be used.
    """
    tally = Tally(errand.place)
    name = errand.place.name
    fetched = store.state.fetched(name)
    try:
        with errand.listed() as (session, wanted, found):
            known = Known.of(fetched.values())
            new, listed = [], set()
            for one in found:
                if isinstance(one, Refused):
                    tally.refuse(one)
                    continue
                listed.add(one.path)
                if known.unchanged(one) is None:
                    new.append(one)
                else:
                    tally.unchanged.append(one)
            means = Means(
                source=name,
                session=session,
                wanted=wanted,
                known=known,
                manifests=Manifests(session, wanted),
                landing=store.landing,
                readings=store.readings,
                room=store.room,
                clock=errand.clock,
                time=errand.attempts.time,
            )
            work = _Work(errand, store.state, means, tally)
            store.readings.ask_ahead(_in_the_way(new, store.landing))
            work.do(sorted(new, key=_oldest_first), bring)
            work.do(_lost(tally.unchanged, fetched, store), again)
            store.state.forget(name, _forgettable(fetched, listed, means))
    except SourceError as error:
        tally.fail(error.reason)
    return tally.result()


class _Work:
    """Brings files several at a time; what came is written to the state as it goes."""

    def __init__(self, errand: Errand, state: State, means: Means, tally: Tally) -> None:
        self._errand = errand
        self._state = state
        self._means = means
        self._tally = tally
        self._unwritten: list[Fetched] = []
        self._renamed: dict[Lying, str] = {}
        self._broken = 0

    def do(
        self, files: Iterable[RemoteFile], work: Callable[[RemoteFile, Means], Brought | None]
    ) -> None:
        """Do `work` on each file; one that fails is noted, and stops no other.

        Raises:
            SourceError: the source is gone.
        """
        gone: SourceError | None = None
        with ThreadPoolExecutor(self._errand.settings.landing.parallel, "fetch") as pool:
            try:
                waiting = {pool.submit(self._tried, file, work): file for file in files}
                for done in as_completed(waiting):
                    file = waiting.pop(done)
                    try:
                        self._took(file, done.result())
                    except SourceError as error:
                        gone = gone or self._failed(file, error)
            finally:
                self._write()
                if waiting:
                    self._means.time.given_up.set()
        if gone is not None:
            raise gone

    def _tried(
        self, file: RemoteFile, work: Callable[[RemoteFile, Means], Brought | None]
    ) -> Brought | None:
        def once(attempt: int) -> Brought | None:
            self._means.time.require()
            now = file if attempt == 1 else self._means.session.look(file)
            return work(now, self._means)

        return self._errand.attempts.at(once)

    def _took(self, file: RemoteFile, brought: Brought | None) -> None:
        self._broken = 0
        if brought is None:
            self._tally.unchanged.append(file)
            return
        if brought.is_new:
            self._tally.take(file, brought.bytes)
        else:
            self._tally.renamed += 1
        if brought.kept is not None:
            before, path = brought.kept
            self._tally.kept.append(path)
            self._renamed[before] = path
        self._unwritten.append(brought.fetched)
        if len(self._unwritten) >= _KEPT_TOGETHER:
            self._write()

    def _failed(self, file: RemoteFile, error: SourceError) -> SourceError | None:
        """Note that a file was not brought; return the error where the source is gone."""
        self._broken = self._broken + 1 if error.may_pass else 0
        if error.is_gone or self._broken >= _BROKEN_IN_A_ROW:
            self._means.time.given_up.set()
            return error
        self._tally.problems.append(Problem(error.reason, shown(file.path), file.claim.template))
        return None

    def _write(self) -> None:
        """Write what came; what had to make room is known by its new name, whoever names it."""
        source = self._errand.place.name
        self._means.landing.sync()
        self._state.keep(source, self._unwritten)
        self._state.renamed(source, self._renamed)
        self._unwritten = []


def _oldest_first(file: RemoteFile) -> tuple[int, str]:
    return file.modified_ns or 0, file.path


def _lost(
    unchanged: Iterable[RemoteFile], fetched: Mapping[str, Fetched], store: Store
) -> list[RemoteFile]:
    """Files that were fetched before, and are gone from the landing folder without being read."""
    missing = {}
    for file in unchanged:
        before = fetched.get(file.path)
        if before is not None and before.removed_at is None:
            landed = before.landed
            if store.landing.lying(landed.path) != landed:
                missing[landed] = file
    read = store.readings.read_whole(missing) if missing else {}
    return [file for landed, file in missing.items() if landed not in read]


def _in_the_way(files: Iterable[RemoteFile], landing: LandingFolder) -> list[Lying]:
    """What lies where new files are to be put."""
    lying = (landing.lying(file.claim.path) for file in files)
    return [one for one in lying if one is not None]


def _forgettable(fetched: Mapping[str, Fetched], listed: set[str], means: Means) -> list[str]:
    """Files of the sites asked for that neither the source nor the landing folder has any more."""
    return [
        path
        for path, one in fetched.items()
        if path not in listed
        and isinstance(means.wanted.claim(path), Claim)
        and means.landing.lying(one.landed_path) != one.landed
    ]
