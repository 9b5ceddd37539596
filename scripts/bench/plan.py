"""What all rows are made of: their sizes and places, their inputs, and how a row is measured."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Outcome, measured
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

SETTINGS = PROJECT_ROOT / "scripts" / "bench" / "settings.yaml"

Command = list[str | Path]

_FIVE_MILLION = 5_000_000
_WARM_BYTES = 8 * 1024 * 1024


class Skipped(Exception):  # noqa: N818 - it is no error: the row says why it is empty
    """An entry cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Entry:
    """One row of the table: `run` measures it once; `key` names it in the targets and in JSON.

    What it reads was made by the rows that it `needs`.
    """

    key: str
    title: str
    lines: int
    run: Callable[[], Outcome]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Sizes in lines, days of the backlog, and where inputs and lakes lie."""

    folder: Path
    sizes: tuple[int, ...]
    files: int
    file_lines: int
    days: int

    @property
    def reference(self) -> int:
        """The size at which others are measured too: five million lines where they are asked for.

        Else the largest.
        """
        return _FIVE_MILLION if _FIVE_MILLION in self.sizes else max(self.sizes)

    def landing(self, lines: int) -> Path:
        """The landing folder that holds one site's file of so many lines."""
        return self.folder / f"logs-{lines}"

    def packed(self, lines: int) -> Path:
        """The gz file in it."""
        return self.landing(lines) / "bench" / "access.log.gz"

    @property
    def plain(self) -> Path:
        """The reference lines as they are."""
        return self.folder / f"plain-{self.reference}.log"

    @property
    def chain(self) -> Path:
        """The landing folder of the chain of shops."""
        return self.folder / f"logs-{self.files}x{self.file_lines}"

    @property
    def backlog(self) -> Path:
        """The working folder that the demo has written some weeks of logs into."""
        return self.folder / f"demo-{self.days}"

    def work(self, name: str) -> Path:
        """A folder for what an entry writes."""
        return self.folder / "work" / name

    def emptied(self, name: str) -> Path:
        """The same folder, there and empty."""
        home = self.work(name)
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        return home

    def target(self, name: str) -> Path:
        """A file for what an entry writes, which is not there yet."""
        path = self.work(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        return path


def prepare(plan: Plan) -> None:
    """Make the inputs that are not there yet, in processes of their own: memory stays small here.

    Raises:
        MimamoriError: they could not be made.
    """
    for lines in plan.sizes:
        plain = str(plan.plain) if lines == plan.reference else ""
        checked(own("generate", "log", plan.packed(lines), plain, str(lines)))
    checked(own("generate", "chain", plan.chain / "shop", str(plan.files), str(plan.file_lines)))


def count(lines: int) -> str:
    """Return a number of lines as the titles of entries have it."""
    millions = lines / 1_000_000
    return f"{millions:g} M" if millions >= 1 else f"{lines:,}"


def mimamori(*arguments: str | Path) -> Command:
    """Return the command line of the program under measurement."""
    return [sys.executable, "-m", "pipelines", *arguments]


def own(module: str, *arguments: str | Path) -> Command:
    """Return the command line of a module of this package."""
    return [sys.executable, "-m", f"bench.{module}", *arguments]


def warm(paths: Sequence[Path]) -> None:
    """Read the files once, so that all find them in memory, and let earlier writes settle."""
    os.sync()
    for path in paths:
        with path.open("rb", buffering=0) as stream:
            while stream.read(_WARM_BYTES):
                pass


def checked(command: Sequence[str | Path]) -> Outcome:
    """Run a command, return what it wrote; MimamoriError when it ends with another code than 0."""
    return require(measured(command, PROJECT_ROOT), " ".join(map(str, command[1:4])))


def require(outcome: Outcome, what: str) -> Outcome:
    """Return the outcome of a command; MimamoriError when it ended with another code than 0."""
    if outcome.code:
        raise MimamoriError(f"{what} ended with {outcome.code}: {outcome.errors}")
    return outcome


def require_lake(plan: Plan, key: str) -> Path:
    """Return the working folder that the row of this key made; Skipped where it is not there."""
    home = plan.work(key)
    if not home.exists():
        raise Skipped(f"its lake is made by {key}")
    return home
