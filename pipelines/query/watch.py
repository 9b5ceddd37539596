"""Each question is on record before it is read: the child that answers tells its parent, and waits.

The child can write nowhere, so the parent keeps the record: it is opened before the question is
read and ends with the rows that were shown, also when either process is killed meanwhile.
"""

import datetime as dt
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Self

from pipelines.query.mart_use import Keeper
from pipelines.query.process import limit_cpu
from pipelines.query.saved import Value
from pipelines.query.shape import call_of, shape_of
from pipelines.records import Act, Use

_GO_ON = b"+"


@dataclass(frozen=True)
class Question:
    """A statement with the values bound to it, and its name where it is a saved one."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    name: str | None = None


Watch = Callable[[Question], AbstractContextManager[Use]]


@contextmanager
def unwatched(_: Question) -> Iterator[Use]:
    """Count rows, and keep no record: for callers whose use is on record by other means."""
    yield Use()


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair()


@dataclass(frozen=True)
class Line:
    """The line between the child, which says what is asked, and the parent, which records it.

    A question may use `seconds` of all processors.
    """

    seconds: float
    ends: tuple[socket.socket, socket.socket] = field(default_factory=_pair)

    def __enter__(self) -> Self:
        """Keep the line for a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, whatever became of the question."""
        for end in self.ends:
            end.close()

    @contextmanager
    def watch(self, question: Question) -> Iterator[Use]:
        """In the child: have the question put on record, then let the block answer it."""
        use = Use()
        limit_cpu(self.seconds)
        values = {key: str(value) for key, value in question.values.items()}
        self._tell({"text": question.text, "values": values, "name": question.name})
        try:
            yield use
        finally:
            self._tell({"rows": use.rows})

    def _tell(self, told: Mapping[str, object]) -> None:
        end = self.ends[1]
        end.sendall(json.dumps(told).encode() + b"\n")
        if end.recv(1) != _GO_ON:  # the parent cannot record it, and says so itself
            raise SystemExit(1)

    def hear(self, records: Keeper, clock: Callable[[], dt.datetime], role: str) -> None:
        """In the parent: keep the records of what is asked in `role`, until the child has ended.

        Raises:
            MimamoriError: a question cannot be put on record, so it is not answered.
        """
        end, other = self.ends
        other.close()
        with end, end.makefile("rb") as told:
            for line in told:
                act = Act("sql", _asked(json.loads(line), records), role=role)
                with records.use(act, clock) as use:
                    end.sendall(_GO_ON)
                    use.rows = json.loads(told.readline() or b"{}").get("rows")
                end.sendall(_GO_ON)


def _asked(told: dict[str, object], records: Keeper) -> str:
    values = told["values"]
    assert isinstance(values, dict)  # noqa: S101 - written by `watch`
    name = told["name"]
    if isinstance(name, str):
        return call_of(name, values, records.hashed)
    call = call_of("", values, records.hashed).removeprefix(".saved ")
    return " ".join(filter(None, [shape_of(str(told["text"]), records.hashed), call]))
