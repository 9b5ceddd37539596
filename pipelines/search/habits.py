"""How much accounts do on a day, before a question and within it."""

import datetime as dt
from collections.abc import Sequence
from statistics import median

from pipelines.query.connection import Session
from pipelines.search.answer import USUAL_DAYS, Habit
from pipelines.search.question import Question
from pipelines.search.source import Lines, Source, rows

_ACCESS_DAYS = """
with line as ({line})
select distinct user_id, log_date from line
where is_personal and user_id in (select unnest($users))
"""


def habits_of(
    session: Session, source: Source, lines: Lines, users: Sequence[str], question: Question
) -> dict[str, Habit]:
    """Return how each account compares with its own past, by what each day at work counts.

    Raises:
        TookTooLongError: it takes longer than limits.sql_seconds.
    """
    days: dict[str, dict[dt.date, tuple[int, int]]] = {user: {} for user in users}
    first = question.first - dt.timedelta(days=USUAL_DAYS)
    for user, on, people, bulk in rows(
        session, source.people_days, users=list(users), first=first, last=question.last
    ):
        days[user][on] = (people, bulk)
    asked = rows(
        session,
        _ACCESS_DAYS.format(line=lines.sql),
        **lines.values,
        first=question.first,
        last=question.last,
        users=list(users),
    )
    uncounted = {user for user, on in asked if on not in days[user]}
    return {
        user: _habit(
            [one for on, one in counted.items() if on < question.first],
            [one for on, one in counted.items() if on >= question.first],
            is_whole=user not in uncounted,
        )
        for user, counted in days.items()
    }


def _habit(
    past: Sequence[tuple[int, int]], now: Sequence[tuple[int, int]], *, is_whole: bool
) -> Habit:
    people = [one for one, _ in past]
    return Habit(
        past_days=len(past),
        usual=median(people) if people else None,
        most_before=max(people, default=None),
        most=max((one for one, _ in now), default=0),
        bulk_before=max((bulk for _, bulk in past), default=0),
        bulk=max((bulk for _, bulk in now), default=0),
        is_whole=is_whole,
    )
