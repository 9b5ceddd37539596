"""How long a search takes over the lake of `ninety_days`: CPU and wall seconds of each question."""

import datetime as dt
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.drawing import ZONE
from bench.generate import DAY
from bench.ninety_days import EVERY_DAY
from pipelines.paths import Home
from pipelines.query.connection import questions
from pipelines.search.question import Question, question
from pipelines.search.run import search
from pipelines.search.source import LakeSource
from pipelines.settings.limits import Limits

_VALUES = (
    ("subject", "12345"),
    ("account", "st-2421"),
    ("account", EVERY_DAY),
    ("address", "126.0.160.39"),
    ("network", "126.0.160.0/24"),
    ("path", "/customers/12345"),
    ("path", "/customers/*"),
    ("path", "/*"),
)


def measure(home: Home) -> Iterator[tuple[Question, int, float, float]]:
    """Yield each question about 30 and 90 days, how many lines it finds, CPU and wall seconds.

    Each opens the lake anew, as a page does.
    """
    last = DAY - dt.timedelta(days=1)
    for kind, value in _VALUES:
        for days in (30, 90):
            asked = question(kind, value, (last - dt.timedelta(days=days - 1), last), last)
            cpu, wall = time.process_time(), time.perf_counter()
            with questions(home, ZONE, Limits()) as session:
                lines = search(session, LakeSource(), asked).total.lines
            yield asked, lines, time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    for one, lines, cpu, wall in measure(Home(Path(sys.argv[1]))):
        days = f"{one.days} days"
        print(
            f"{one.kind:8} {one.value:18} {days:8} {lines:9,} lines {cpu:6.2f} CPU s {wall:6.2f} s"
        )
