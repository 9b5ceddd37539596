"""Work on a lake that is killed at a step of it, in a process of its own."""

import datetime as dt
import os
import signal
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines import lake
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.subject.person import person_of
from pipelines.subject.register import Asked
from pipelines.subject.run import erase


def erase_killed(root: Path, user: str, now: dt.datetime, module: str, at: str) -> None:
    """Erase a user; the process is killed where a function of a module is called."""
    _kill(module, at)
    home = Home(root)
    with lake.open_writer(home, "Asia/Tokyo") as con:
        person = person_of(con, user=user, ip=None, subject=None)
        erase(con, home, person, Asked("asked for", "Taro", "Hanako"), now)


def retain_killed(
    root: Path, config: Path, night: dt.date, now: dt.datetime, module: str, at: str
) -> None:
    """Run retention; the process is killed after a function of a module was called."""
    _kill(module, at, is_done=True)
    stages.retention(load(config), Home(root), night, lambda: now)


def _kill(module: str, at: str, *, is_done: bool = False) -> None:
    place = import_module(module)
    called = getattr(place, at)

    def kill(*arguments: Any, **options: Any) -> None:
        if is_done:
            called(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(place, at, kill)
