"""`mimamori` as at another instant: `python -m soak.process --now INSTANT -- run --date DAY`.

The program is the one that people run; only the clock of its stages is another, so that a night
takes place when it would. With `--kill-in STAGE` the process kills itself in that stage, as a
power failure would, `--kill-after` so many seconds, and where the stage is over before at its end.
"""

import argparse
import datetime as dt
import os
import signal
import sys
import threading
import time
from typing import Any

from pipelines.cli import main
from pipelines.night import stages

_STAGES = ("run", "ingest", "check", "detect", "report", "retention", "upkeep", "fetch", "deliver")


def set_clock(now: dt.datetime) -> None:
    """Let the stages that commands start see the instant `now`, from which on time goes by."""
    began = time.monotonic()

    def clock() -> dt.datetime:
        return now + dt.timedelta(seconds=time.monotonic() - began)

    for name in (*_STAGES, "today", "yesterday"):
        stage = getattr(stages, name)
        stage.__defaults__ = tuple(_at(clock, one) for one in stage.__defaults__ or ())
        if stage.__kwdefaults__:
            stage.__kwdefaults__.update(
                {key: _at(clock, one) for key, one in stage.__kwdefaults__.items()}
            )


def _at(clock: stages.Clock, default: Any) -> Any:
    return clock if default is stages.system_clock else default


def kill_in(name: str, seconds: float) -> None:
    """Have the process kill itself so many seconds after a stage began, or when it is over."""
    stage = getattr(stages, name)

    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def killed(*arguments: Any, **options: Any) -> None:
        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        stage(*arguments, **options)
        kill()

    setattr(stages, name, killed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak.process", description=__doc__)
    parser.add_argument("--now", type=dt.datetime.fromisoformat, required=True)
    parser.add_argument("--kill-in", choices=_STAGES)
    parser.add_argument("--kill-after", type=float, default=0.0)
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


if __name__ == "__main__":
    options = _options()
    set_clock(options.now)
    if options.kill_in:
        kill_in(options.kill_in, options.kill_after)
    sys.argv = ["mimamori", *options.command]
    main()
