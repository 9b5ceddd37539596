"""Turns of writers by a lock and a table of claims in the catalog's database."""

import logging
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Self
from uuid import uuid4

import psycopg

from pipelines.errors import MimamoriError
from pipelines.lake.postgres import advisory_lock, connected, generation, make, writer
from pipelines.lake.turns import ClaimLostError, LakeChangedError
from pipelines.paths import Cluster
from pipelines.text.messages import message

log = logging.getLogger(__name__)

LEASE_SECONDS = 120
_LOOK_SECONDS = 5.0  # an erasure waits for open transactions for longer than that
_TABLE = """
create table if not exists mimamori_claim (
    name varchar primary key, worker varchar not null, held_until timestamptz not null
)
"""
_TAKE = """
insert into mimamori_claim
select name, %(worker)s, clock_timestamp() + %(lease)s * interval '1 second'
from unnest(%(names)s::varchar[]) as name order by name
on conflict (name) do update set worker = excluded.worker, held_until = excluded.held_until
where mimamori_claim.worker = excluded.worker or mimamori_claim.held_until < clock_timestamp()
returning name
"""
_PROLONG = """
update mimamori_claim set held_until = clock_timestamp() + %s * interval '1 second'
where worker = %s
"""
_KEEP = "select name from mimamori_claim where name = any(%s) and worker = %s for update"
_GIVE_BACK = "delete from mimamori_claim where name = any(%s) and worker = %s"


class PostgresTurns:
    """The turns of this process. Errors of the database are MimamoriError."""

    def __init__(self, cluster: Cluster, wait_seconds: float, generation: int) -> None:
        """Take the place of the lake, and what its state is; wait so long to be alone."""
        self._cluster = cluster
        self._wait_seconds = wait_seconds
        self._worker = f"{writer()}-{uuid4().hex}"
        self._is_over = threading.Event()
        self._generation = generation
        self._has_changed = False

    @classmethod
    @contextmanager
    def begun(cls, cluster: Cluster, wait_seconds: float) -> Iterator[Self]:
        """Yield turns whose claims are prolonged until the block ends, and end with it."""
        with connected(cluster) as con:
            make(con, _TABLE)
            turns = cls(cluster, wait_seconds, generation(con))
        beat = threading.Thread(target=turns._watch, name="claims", daemon=True)
        beat.start()
        try:
            yield turns
        finally:
            turns._is_over.set()
            beat.join()
            with connected(cluster) as con:
                con.execute("delete from mimamori_claim where worker = %s", [turns._worker])

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the writers' lock.

        Raises:
            LakeBusyError: another writer kept it for too long.
        """
        with advisory_lock(self._cluster, self._wait_seconds):
            yield

    def require_unchanged(self) -> None:
        """Raise LakeChangedError where somebody was seen to delete for good or to change keys.

        Others may wait for the transaction that is open here: what it began with is still kept.
        """
        if self._has_changed:
            raise LakeChangedError(message("lake.turns.changed", at="lake.catalog"))

    def take(self, names: Collection[str]) -> set[str]:
        """Claim what nobody has, or whose holder did not prolong its claim."""
        values = {"worker": self._worker, "lease": LEASE_SECONDS, "names": sorted(names)}
        with connected(self._cluster) as con:
            return {name for (name,) in con.execute(_TAKE, values).fetchall()}

    @contextmanager
    def writing(self, names: Collection[str]) -> Iterator[None]:
        """Be alone, and lock the claims' rows: nobody takes them over before all is committed.

        Raises:
            ClaimLostError: one of them is another's by now.
            LakeChangedError: somebody deleted for good, or changed keys, since these turns began.
        """
        lock = advisory_lock(self._cluster, self._wait_seconds, self.require_unchanged)
        with lock as con, con.transaction():
            self._look(con)
            self.require_unchanged()
            con.execute("set local idle_in_transaction_session_timeout = 0")
            kept = con.execute(_KEEP, [sorted(names), self._worker]).fetchall()
            if lost := set(names) - {name for (name,) in kept}:
                raise ClaimLostError(message("lake.turns.claim_lost", at=min(lost)))
            yield

    def give_back(self, names: Collection[str]) -> None:
        """End the claims."""
        with connected(self._cluster) as con:
            con.execute(_GIVE_BACK, [sorted(names), self._worker])

    def _look(self, con: psycopg.Connection) -> None:
        self._has_changed = self._has_changed or generation(con) != self._generation

    def _watch(self) -> None:
        """Prolong the claims and look for changes, until all is over."""
        while not self._is_over.is_set():
            try:
                with connected(self._cluster) as con:
                    self._prolong(con)
            except MimamoriError as error:  # if it lasts, the claims get lost, which is reported
                log.warning("%s", error)
                self._is_over.wait(_LOOK_SECONDS)

    def _prolong(self, con: psycopg.Connection) -> None:
        prolonged = time.monotonic()
        while not self._is_over.wait(_LOOK_SECONDS):
            self._look(con)
            if time.monotonic() - prolonged > LEASE_SECONDS / 4:
                con.execute(_PROLONG, [LEASE_SECONDS, self._worker])
                prolonged = time.monotonic()
