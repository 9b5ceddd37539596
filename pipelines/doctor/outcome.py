"""What a check found: whether it is well, in words, and what to do about it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from pipelines.text.display import visible
from pipelines.text.messages import message

_NAMED = 5
_NAME_LENGTH = 240  # a path, and what is wrong there


class Status(StrEnum):
    """How a check ended; only `wrong` makes the command fail."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True)
class Outcome:
    """One row of `mimamori doctor`: `message` says what was found, `remedy` what to do."""

    check: str
    status: Status
    message: str
    remedy: str | None = None


def well(check: str, message: str) -> Outcome:
    """Return that nothing is amiss."""
    return Outcome(check, Status.OK, message)


def warning(check: str, message: str, remedy: str) -> Outcome:
    """Return that something should be looked at."""
    return Outcome(check, Status.WARNING, message, remedy)


def wrong(check: str, message: str, remedy: str) -> Outcome:
    """Return that something does not work or does not agree."""
    return Outcome(check, Status.WRONG, message, remedy)


def named(names: Collection[str]) -> str:
    """Return the first few names, safe to print, and how many more there are."""
    shown = ", ".join(visible(name, _NAME_LENGTH) for name in islice(names, _NAMED))
    hidden = len(names) - _NAMED
    return f"{shown} … {message('doctor.outcome.more', hidden=hidden)}" if hidden > 0 else shown
