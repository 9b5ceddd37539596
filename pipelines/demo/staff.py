"""People at work: who they are, how much they do, and who is at the desk on a given day."""

from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np

from pipelines.demo.columns import Bools, Floats, Ints
from pipelines.demo.days import Day

_TURN = "DDEENN--"  # around the clock: two early days, two evenings, two nights, two days off
_TURN_HOURS = {"D": (8.0, 16.5), "E": (16.0, 23.9), "N": (0.0, 8.5)}
_ABSENT = 0.06
_WEEKEND_DAY = 5  # Saturday; on Sundays and holidays business sites rest


class Rhythm(StrEnum):
    """When the people of a site work."""

    BUSINESS = "business"
    AROUND_THE_CLOCK = "around the clock"


@dataclass(frozen=True)
class Crew:
    """The people who log in to a site for their work, as columns: one row a person."""

    rhythm: Rhythm
    user: Ints  # World.users
    own: Bools  # staff or franchise; False for contractors
    office: Ints  # World.addresses, one for everybody in an office
    home: Ints
    remote: Floats  # share of days worked from home
    agent: Ints  # World.agents
    cases: Floats  # customers looked after on a normal day
    begins: Floats  # hours of the shift; of no meaning around the clock
    ends: Floats
    saturdays: Bools
    turn: Ints  # place in the rota around the clock
    admin: Bools
    abroad: Bools  # works from another country, always did
    busiest: Bools  # always handles several times what the others do

    def __len__(self) -> int:
        """Count the people."""
        return len(self.user)

    def take(self, rows: Ints) -> "Crew":
        """Return the people in these rows."""
        columns = {
            item.name: getattr(self, item.name)[rows]
            for item in fields(self)
            if item.name != "rhythm"
        }
        return Crew(rhythm=self.rhythm, **columns)


@dataclass(frozen=True)
class Attendance:
    """Who works on a day and from when to when, in hours, row by row of the crew."""

    present: Bools
    begins: Floats
    ends: Floats


def attendance(crew: Crew, day: Day, rng: np.random.Generator) -> Attendance:
    """Return who is at work on `day`; the same `rng` state gives the same answer."""
    people = len(crew)
    well = rng.random(people) >= _ABSENT
    late = rng.normal(0.0, 0.15, people)
    if crew.rhythm is Rhythm.AROUND_THE_CLOCK:
        turns = [_TURN[(int(place) + day.on.toordinal()) % len(_TURN)] for place in crew.turn]
        hours = np.array([_TURN_HOURS.get(turn, (0.0, 0.0)) for turn in turns]).reshape(-1, 2)
        on_duty = np.array([turn in _TURN_HOURS for turn in turns], dtype=bool)
        begins = np.clip(hours[:, 0] + np.abs(late), 0.0, 23.0)
        return Attendance(well & on_duty, begins, hours[:, 1])
    if day.working:
        present = well
    elif day.on.weekday() == _WEEKEND_DAY:
        present = well & crew.saturdays
    else:
        present = np.zeros(people, dtype=bool)
    return Attendance(present, crew.begins + np.abs(late), crew.ends)
