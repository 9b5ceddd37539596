"""What every way of delivery has in common: a name, a send, and errors that pass or stay."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from pipelines.deliver.notice import Notice
from pipelines.errors import MimamoriError

_FIRST_PAUSE_SECONDS = 2.0
Pause = Callable[[float], None]


class ChannelError(MimamoriError):
    """A delivery failed; `may_pass` says whether trying again has a chance.

    The message holds no secret: no password, and no more of a webhook's address than its host.
    """

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        """Take the message that people see."""
        super().__init__(message)
        self.may_pass = may_pass


@dataclass(frozen=True)
class Receipt:
    """What left the company: to whom, and the SHA-256 of exactly that.

    `recipients` are mail addresses, the host of a webhook (the rest of its address is a secret), or
    a path. `refused` are those whom the mail server did not take. `remark` is worth saying to
    people; it is empty where nothing is. `head` is that of the records, as it was sent,
    `items` what it told: `counts` of findings, `findings` or the whole `report`.
    """

    recipients: tuple[str, ...]
    sha256: str
    refused: tuple[str, ...] = ()
    remark: str = ""
    head: str = ""
    items: tuple[str, ...] = ("counts",)


class Channel(Protocol):
    """One way to tell people."""

    @property
    def name(self) -> Literal["email", "webhook", "folder"]:
        """`email`, `webhook` or `folder`."""

    def send(self, notice: Notice) -> Receipt:
        """Deliver, and return what went to whom.

        Raises:
            ChannelError: it did not arrive.
        """


def with_patience(send: Callable[[], Receipt], attempts: int, pause: Pause = time.sleep) -> Receipt:
    """Send, trying up to `attempts` times what may pass, with pauses of 2, 4, 8 … seconds.

    Raises:
        ChannelError: it did not arrive.
    """
    for attempt in range(1, attempts + 1):
        try:
            return send()
        except ChannelError as error:
            if not error.may_pass or attempt == attempts:
                raise
            pause(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    raise AssertionError  # attempts is at least one
