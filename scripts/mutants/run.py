"""One fault after another in a checkout of its own, and what the tests of its package say of it."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from mutants.draw import PACKAGES, SQL, Mutant

# The folders below `tests/` for what the folder of its own name alone does not test.
_TESTS_OF = {
    "pipelines/detect/explain.py": ("context", "detect"),
    "pipelines/lake/": ("lake", "cluster"),
    "sql/analysis/": ("sql",),
    "sql/baselines/": ("detect",),
    "sql/catalog/": ("lake", "cluster"),
    "sql/day/": ("detect",),
    "sql/functions/": ("detect", "audit", "subject"),
    "sql/macros.sql": ("detect", "normalise"),
    "sql/marts/": ("marts",),
    "sql/proofs/": ("test_doctor",),
    "sql/sites/": ("sites",),
    "sql/views/": ("detect", "lake", "sql"),
}
_TRACED = {*PACKAGES, "cluster", "context"}
_REPLAY = "tests/detect/test_replay.py"
_ROWS = "tests/detect/test_rows.py"
# Nine minutes with coverage, for a comparison of two whole lakes that no small fault needs.
_TOO_SLOW = ("tests/cluster/test_shared_detection.py",)
_PYTEST = (
    *("-x", "-q", "-m", "not (full or airflow or browser)", "-p", "no:cacheprovider"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # of what is imported before the fork
)
_NOTHING_RAN = 5
_PATIENCE = 8  # times as long as without a fault: others may be at work on the machine
_SHORTEST_SECONDS = 180

Lines = Mapping[str, frozenset[int]]


class WrongBeginningError(Exception):
    """The tests fail, or the checkout cannot be made, before anything was changed."""


@dataclass(frozen=True)
class FileOfTests:
    """A file of tests as it ran without a fault: how long, and which lines it goes through."""

    path: str
    seconds: float
    lines: Lines

    def of(self, path: str) -> frozenset[int]:
        """Return the first lines of the statements of a file that it goes through."""
        return self.lines.get(path, frozenset())


@dataclass(frozen=True)
class Outcome:
    """A fault, whether a test noticed it, by which command, and how long that took."""

    mutant: Mutant
    noticed: bool
    by: str
    seconds: float


class Checkout:
    """A clone of the commit with an environment of its own, in which files may be changed."""

    def __init__(self, project: Path, folder: Path, commit: str) -> None:
        """Make or renew it. Raises WrongBeginningError where git or make fails."""
        self.folder = folder
        self.scratch = folder.with_name(f"{folder.name}-scratch")
        self.scratch.mkdir(parents=True, exist_ok=True)
        if not (folder / ".git").exists():
            self._do("git", "clone", "--quiet", str(project), str(folder), at=project)
        self._do("git", "fetch", "--quiet", "origin", commit)
        self._do("git", "checkout", "--quiet", "--force", "--detach", commit)
        self._do("git", "clean", "--quiet", "-fd")
        self._do("make", "--silent", ".venv/.built")
        self._python = str(folder / ".venv" / "bin" / "python")
        self._forks: subprocess.Popen[str] | None = None

    def pytest(self, arguments: Sequence[str], seconds: float) -> tuple[int | None, str]:
        """Return the exit code of pytest and what it printed; None where the time was over."""
        if self._forks is None:
            self._forks = subprocess.Popen(
                [self._python, str(Path(__file__).with_name("forked.py"))],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._forks.stdin is not None  # noqa: S101 - it has pipes
        assert self._forks.stdout is not None  # noqa: S101
        output = self.scratch / "output"
        asked = {"arguments": [*_PYTEST, *arguments], "seconds": seconds, "output": str(output)}
        print(json.dumps(asked), file=self._forks.stdin, flush=True)
        code = json.loads(self._forks.stdout.readline())
        return code, output.read_text(encoding="utf-8", errors="replace")

    def python(self, *arguments: str) -> tuple[int, str]:
        """Return the exit code of Python and what it printed."""
        done = subprocess.run(
            [self._python, *arguments],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        return done.returncode, done.stdout

    def _environment(self) -> dict[str, str]:
        kept = ("PATH", "HOME", "LANG")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            "PYTHONDONTWRITEBYTECODE": "1",  # else what was compiled of a fault could outlive it
            "PYTHONPATH": str(self.folder),
            "PYTEST_DEBUG_TEMPROOT": str(self.scratch),
            "TMPDIR": str(self.scratch),
        }

    def _do(self, *command: str, at: Path | None = None) -> None:
        done = subprocess.run(
            command, cwd=at or self.folder, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise WrongBeginningError(f"{' '.join(command)}: {done.stderr.strip()}")


class Runner:
    """The checkouts, and the tests as they run without a fault."""

    def __init__(self, project: Path, folder: Path, jobs: int) -> None:
        """Make a checkout for each job. Raises WrongBeginningError where another run has them."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WrongBeginningError(f"{folder} is in use by another run") from None
        self._folder = folder
        self.commit = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the git of whoever develops
            cwd=project,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        self._idle: SimpleQueue[Checkout] = SimpleQueue()
        for number in range(jobs):
            self._idle.put(Checkout(project, folder / f"checkout-{number + 1}", self.commit))
        self._jobs = jobs
        self._good: set[str] = set()
        self._project = project

    def measured(self, folders: Sequence[str]) -> dict[str, list[FileOfTests]]:
        """Return the files of tests of each folder, quickest first, run once with coverage.

        Kept for the commit. Raises WrongBeginningError where a test fails.
        """
        kept = self._folder / f"tests-{self.commit[:12]}.json"
        known: dict[str, FileOfTests] = {}
        if kept.exists():
            for one in json.loads(kept.read_text()):
                lines = {path: frozenset(of) for path, of in one["lines"].items()}
                known[one["path"]] = FileOfTests(one["path"], one["seconds"], lines)
        paths = {
            folder: sorted(
                path.relative_to(self._project).as_posix()
                for pattern in (f"{folder}/**/test_*.py", f"{folder}.py")
                for path in (self._project / "tests").glob(pattern)
                if not path.as_posix().endswith(_TOO_SLOW)
            )
            for folder in folders
        }
        new = [path for of in paths.values() for path in of if path not in known]
        with ThreadPoolExecutor(self._jobs) as pool:
            for one in pool.map(self._measure, new):
                known[one.path] = one
                kept.write_text(json.dumps([_as_json(of) for of in known.values()]))
        return {
            folder: sorted((known[path] for path in of), key=lambda one: one.seconds)
            for folder, of in paths.items()
        }

    def _measure(self, path: str) -> FileOfTests:
        checkout = self._idle.get()
        try:
            data = checkout.scratch / "coverage.json"
            data.unlink(missing_ok=True)
            settings = checkout.scratch / "coverage.toml"
            settings.write_text(
                '[tool.coverage.run]\npatch = ["subprocess"]\nparallel = true\n'
                f"source = {json.dumps([f'pipelines/{one}' for one in PACKAGES])}\n"
                f'data_file = "{checkout.scratch / ".coverage"}"\n'
            )
            for old in checkout.scratch.glob(".coverage*"):
                old.unlink()
            is_traced = path.split("/")[1] in _TRACED
            traced = ("coverage", "run", f"--rcfile={settings}", "-m") if is_traced else ()
            began = time.monotonic()
            code, printed = checkout.python("-m", *traced, "pytest", *_PYTEST, path)
            seconds = time.monotonic() - began
            if code not in (0, _NOTHING_RAN):
                raise WrongBeginningError(f"{path} fails without a fault:\n{printed[-2000:]}")
            print(f"  {seconds:6.1f} s  {path}", file=sys.stderr, flush=True)
            if not is_traced:
                return FileOfTests(path, seconds, {})
            for step in (("combine",), ("json", "-o", str(data))):
                checkout.python("-m", "coverage", step[0], f"--rcfile={settings}", "-q", *step[1:])
            if not data.exists():
                raise WrongBeginningError(f"{path}: nothing is known of the lines that it runs")
            files = json.loads(data.read_text())["files"]
            lines = {name: frozenset(one["executed_lines"]) for name, one in files.items()}
            return FileOfTests(path, seconds, lines)
        finally:
            self._idle.put(checkout)

    def try_all(
        self, mutants: Sequence[Mutant], files: Mapping[str, Sequence[FileOfTests]]
    ) -> Iterator[Outcome]:
        """Yield what became of each fault as soon as it is known."""
        with ThreadPoolExecutor(self._jobs) as pool:
            try:
                for one in as_completed([pool.submit(self._try, one, files) for one in mutants]):
                    yield one.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _try(self, mutant: Mutant, files: Mapping[str, Sequence[FileOfTests]]) -> Outcome:
        checkout = self._idle.get()
        path = checkout.folder / mutant.path
        original, status = path.read_bytes(), path.stat()
        began = time.monotonic()
        try:
            try:
                path.write_text(mutant.text, encoding="utf-8")
                by = self._noticed_by(checkout, mutant, files)
            finally:
                path.write_bytes(original)
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
            seconds = time.monotonic() - began
            self._require_good(checkout, by)
        finally:
            self._idle.put(checkout)
        word = "noticed  " if by else "UNNOTICED"
        print(
            f"{word} {seconds:6.1f} s  {mutant.path}:{mutant.line}  {mutant.change}",
            file=sys.stderr,
            flush=True,
        )
        return Outcome(mutant, bool(by), by, seconds)

    def _noticed_by(
        self, checkout: Checkout, mutant: Mutant, files: Mapping[str, Sequence[FileOfTests]]
    ) -> str:
        """Which test fails first of those for a fault; empty where none does."""
        for arguments, usual in self._commands(mutant, files):
            limit = max(_SHORTEST_SECONDS, usual * _PATIENCE)
            code, printed = checkout.pytest(arguments, limit)
            if code not in (0, _NOTHING_RAN):
                failed = [line for line in printed.splitlines() if line.startswith("FAILED")]
                return (failed or ["time over" if code is None else "error"])[0]
        return ""

    def _require_good(self, checkout: Checkout, by: str) -> None:
        """Raise WrongBeginningError where the tests that noticed a fault fail without it too.

        In a fork, as with the fault; each file once.
        """
        path = by.removeprefix("FAILED ").partition("::")[0]
        if path.endswith(".py") and path not in self._good:
            code, printed = checkout.pytest([path], _SHORTEST_SECONDS * _PATIENCE)
            if code not in (0, _NOTHING_RAN):
                told = f"{path} fails in a fork without a fault too:\n{printed[-2000:]}"
                raise WrongBeginningError(told)
            self._good.add(path)

    def _commands(
        self, mutant: Mutant, files: Mapping[str, Sequence[FileOfTests]]
    ) -> list[tuple[list[str], float]]:
        """Return what pytest is given, one run after another, and how long each usually takes."""
        if mutant.place != SQL:
            first, last = mutant.statement
            changed = frozenset(range(first, last + 1))
            known = [one for folder in _folders_of(mutant) for one in files[folder]]
            through = [one for one in known if changed & one.of(mutant.path)]
            # What a process runs that is killed, coverage does not know.
            of = sorted(through or known, key=lambda one: one.seconds)
            return [([one.path for one in of], sum(one.seconds for one in of))]
        if mutant.path.startswith("sql/detectors/"):
            detector = mutant.path.split("/")[2]
            named = [
                one
                for one in files["detect"]
                if one.path not in {_REPLAY, _ROWS}
                and detector in (self._project / one.path).read_text()
            ]
            own = [([_ROWS, "-k", f"[{detector}"], 60.0), ([_REPLAY, "-k", f"{detector}-"], 120.0)]
            others = ([one.path for one in named], sum(one.seconds for one in named))
            return [*own, others] if named else own
        of = [one for folder in _folders_of(mutant) for one in files[folder]]
        return [([one.path for one in of], sum(one.seconds for one in of))]


def _as_json(of: FileOfTests) -> dict[str, object]:
    lines = {path: sorted(executed) for path, executed in of.lines.items()}
    return {"path": of.path, "seconds": of.seconds, "lines": lines}


def folders_of(mutants: Sequence[Mutant]) -> list[str]:
    """Return the folders and files below `tests/` that hold what tries these faults."""
    return sorted({folder for one in mutants for folder in _folders_of(one)})


def _folders_of(mutant: Mutant) -> tuple[str, ...]:
    if mutant.path.startswith(("sql/detectors/", "sql/judgements/")):
        return ("detect",)
    own = (mutant.place,)
    return next((of for begin, of in _TESTS_OF.items() if mutant.path.startswith(begin)), own)
