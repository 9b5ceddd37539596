"""Several writers of one lake take turns: each reads log files by itself, and who writes is alone.

What nobody else may read meanwhile is claimed, for a time that is prolonged while its holder lives.
A holder that was stopped for longer than that finds its claim lost when it wants to write.
"""

from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from pipelines.errors import MimamoriError


class ClaimLostError(MimamoriError):
    """Another worker took over what was claimed, as its holder seemed to be gone."""


class ReadMeanwhileError(ClaimLostError):
    """A writer that takes no claims, such as a nightly run, has read files of a site by now."""


class LakeChangedError(MimamoriError):
    """Somebody deleted for good, or changed keys, since these turns began.

    What was parsed rests on what the lake no longer has: it is to be opened and read again.
    """


class Turns(Protocol):
    """The turns of one worker."""

    def alone(self) -> AbstractContextManager[None]:
        """Have no other writer while the block runs; within such a block nothing changes."""

    def require_unchanged(self) -> None:
        """Raise LakeChangedError where the lake was seen to have changed; nothing is asked."""

    def take(self, names: Collection[str]) -> set[str]:
        """Claim what nobody else has; return the names that are this worker's now."""

    def writing(self, names: Collection[str]) -> AbstractContextManager[None]:
        """Be alone, with claims that nobody takes over meanwhile.

        ClaimLostError without them, LakeChangedError as of `require_unchanged`.
        """

    def give_back(self, names: Collection[str]) -> None:
        """End the claims."""


def alone(turns: Turns | None) -> AbstractContextManager[None]:
    """Have no other writer while the block runs, where there may be several."""
    return turns.alone() if turns else nullcontext()
