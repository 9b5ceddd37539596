"""What all rows are made of: their sizes and places, their inputs, and how a row is measured."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.generate import DAY
from bench.measure import Outcome, measured
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

SETTINGS = PROJECT_ROOT / "scripts" / "bench" / "settings.yaml"

Command = list[str | Path]

_FIVE_MILLION = 5_000_000
_SHOPS = 14  # of the demo, beside its six other sites
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
    """Sizes in lines, days of the backlog, and where inputs and lakes lie.

    An input is made when it is asked for the first time.
    """

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
        return self.packed(lines).parent.parent

    def packed(self, lines: int) -> Path:
        """The gz file in it."""
        path = self.folder / f"logs-{lines}" / "bench" / "access.log.gz"
        _make(path, own("generate", "log", path, "", str(lines)))
        return path

    def people(self, *, is_ugly: bool = False) -> Path:
        """The landing folder of a day of as many lines as `reference` on which people sign in."""
        name = "ugly" if is_ugly else "people"
        folder = self.folder / f"logs-{name}-{self.reference}"
        path = folder / "bench" / "access.log.gz"
        _make(path, own("people", path, str(self.reference), *(["ugly"] if is_ugly else [])))
        return folder

    def plain(self) -> Path:
        """The reference lines as they are."""
        path = self.folder / f"plain-{self.reference}.log"
        packed = self.packed(self.reference)
        _make(path, own("generate", "log", packed, path, str(self.reference)))
        return path

    def chain(self) -> Path:
        """The landing folder of the chain of shops."""
        folder = self.folder / f"logs-{self.files}x{self.file_lines}"
        last = folder / "shop" / f"{self.files:04d}" / "access.log"
        sizes = (str(self.files), str(self.file_lines))
        _make(last, own("generate", "chain", folder / "shop", *sizes))
        return folder

    def backlog(self) -> Path:
        """The working folder that the demo has written some weeks of logs into."""
        home = self.folder / f"demo-{self.days}"
        unfinished = home.with_name(f".{home.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        days = ("--days", str(self.days), "--end", str(DAY))
        demo = mimamori("--home", unfinished, "demo", *days, "--sites", str(_SHOPS))
        if _make(home, demo):
            unfinished.rename(home)
        return home

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


def _make(path: Path, command: Command) -> bool:
    """Make an input that is not there in a process of its own, as memory stays small here.

    Return whether it was. Raises MimamoriError where it could not be made.
    """
    if path.exists():
        return False
    print(f"making {path}", file=sys.stderr, flush=True)
    checked(command)
    return True


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
