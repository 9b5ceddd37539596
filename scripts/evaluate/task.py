"""One world from its seed to its judgement: the work of one process of `make evaluate`."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from evaluate.report import World
from evaluate.run import Looked, look, look_again
from evaluate.score import judge
from evaluate.truth import Level


@dataclass(frozen=True)
class Task:
    """Which world is wanted, and whether it is kept below a folder or taken from there again."""

    seed: int
    level: Level
    days: int
    keep: Path | None = None
    again: bool = False
    with_context: bool = False


def world_of(task: Task) -> World:
    """Simulate the world or take the kept one, let mimamori look at it, judge what it found."""
    name = f"world-{task.seed}-{task.level}"
    if task.keep is None:
        with tempfile.TemporaryDirectory(prefix="evaluate-") as passing:
            return _judged(task, _look(task, Path(passing)))
    folder = task.keep / name
    if task.again:
        again = look_again(task.seed, task.level, task.days, folder, with_context=task.with_context)
        if again:
            return _judged(task, again)
    shutil.rmtree(folder, ignore_errors=True)
    return _judged(task, _look(task, folder))


def _look(task: Task, folder: Path) -> Looked:
    return look(task.seed, task.level, task.days, folder, with_context=task.with_context)


def _judged(task: Task, looked: Looked) -> World:
    score = judge(looked.truth, looked.findings, looked.sessions)
    return World(task.seed, task.level, looked.lines, looked.seconds, score)
