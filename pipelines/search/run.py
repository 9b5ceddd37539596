"""Answers a question within the limits of a query: few rows, bounded memory, bounded time."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipelines.query.connection import Clock, Session
from pipelines.search.answer import (
    PAST_DAYS,
    Answer,
    Count,
    Found,
    Line,
    Parties,
)
from pipelines.search.habits import habits_of
from pipelines.search.open_cases import open_cases_of, with_cases, with_origins
from pipelines.search.parties import asked_of, origins_of, parties_of, values_of
from pipelines.search.question import Question
from pipelines.search.source import PEOPLE_SHOWN, Lines, Source, bound, rows

FINDINGS_SHOWN = 50
LINES_A_PAGE = 100
MOST_KEPT = 1_500_000
"""Lines that one search holds in memory, some 100 bytes each."""
FEW_KEPT = 50_000
"""So many are held with all columns; of more those that counts need, which takes half the time."""
MOST_PAGES = 100
"""Further lines are in the CSV file."""
_BATCH_ROWS = 1000

# The hour of an instant in a zone takes long; every zone begins its hours with a quarter of one.
_HOURS = """
with line as ({line}),
quarter as (
    select
        log_date, epoch_us(time) // 900000000 as number, count(*) as lines,
        count(*) filter (where is_personal) as accesses,
        count(*) filter (where status >= 400) as errors
    from line
    group by all
)
select
    log_date, hour(to_timestamp(number * 900)), sum(lines)::bigint, sum(accesses)::bigint,
    sum(errors)::bigint
from quarter
group by all
order by all
"""
_LINES = """
with line as ({line}),
page as (select * from line order by time {order}, event_id {limit}),
place as ({places}),
browser as ({browsers})
select
    page.time, page.site_id, page.user_id, page.user_type, page.is_credited, place.address,
    place.country, page.method, page.url_path, page.status, page.bytes, page.resource_id,
    page.resource_kind, page.data_level, page.subject_id, page.session_id, browser.browser,
    page.file_id, page.line_no
from page
left join place on place.origin = page.origin
left join browser on browser.agent = page.agent
order by page.time {order}, page.event_id
"""
_PICKED = """
with line as ({line})
select log_date, event_id from line order by time desc, event_id {limit}
"""
_BEFORE = """
with line as ({line})
select user_id, count(distinct log_date) from line
where is_personal and user_id in (select unnest($users)) group by user_id
"""
_USERS_BEFORE = """
with line as ({line})
select count(distinct user_id) from line where is_personal
"""
_FINDINGS = """
select *, count(*) over () from ({findings})
where ({condition})
order by
    log_date desc, list_position(['critical', 'high', 'medium', 'low', 'info'], severity),
    finding_id
limit $most
"""


@dataclass(frozen=True)
class _OneTime(Session):
    """A session all of whose questions share the time of one."""

    time: Clock | None = None

    def clock(self) -> Clock:
        """Return the clock that all of them have."""
        return self.time or super().clock()


def search(
    session: Session,
    source: Source,
    question: Question,
    page: int = 1,
    *,
    named_from: dt.date | None = None,
) -> Answer:
    """Return what the data of a role say to a question; `page` counts pages of lines from 1.

    Lines before `named_from` may not be found by their value, as they are pseudonymised.

    Raises:
        UsageError: more addresses than one search looks for.
        TookTooLongError: all of it takes longer than limits.sql_seconds.
        duckdb.OutOfMemoryException: it needs more memory than limits.sql_memory_mb.
        MimamoriError: there are no lines yet.
    """
    timed = _OneTime(
        session.con, session.reach, session.limits, session.last_resort, time=session.clock()
    )
    return _answer(timed, source, question, page, named_from)


def _answer(
    session: Session, source: Source, question: Question, page: int, named_from: dt.date | None
) -> Answer:
    if question.kind == "finding":
        found, cut = _findings(session, source, question, ())
        return Answer(question, findings=found, findings_cut=cut)
    if question.kind == "person":
        people = source.people(session, question.value)
        if len(people) > 1:
            more = len(people) > PEOPLE_SHOWN
            return Answer(question, people=tuple(people[:PEOPLE_SHOWN]), has_more_people=more)
        if people:
            question = replace(question, value=people[0][0])
    lines = kept(session, source.lines(session, _with_past(question)), question)
    answer = _counted(session, lines, question)
    found, cut = _findings(session, source, question, lines.actors)
    answer = replace(answer, findings=found, findings_cut=cut)
    if not answer.total.lines:
        return answer
    past = _past(session, source, question, named_from)
    open_cases = open_cases_of(session, source, lines, question)
    cases = {one.name: one for one in open_cases}
    ((users_before,),) = (
        asked_of(session, _USERS_BEFORE.format(line=lines.sql), lines, past) if past else ((0,),)
    )
    return replace(
        answer,
        past_from=past.first if past else None,
        users_before=users_before,
        open_cases=open_cases,
        accounts=with_origins(
            session,
            lines,
            question,
            with_cases(_accounts(session, source, lines, question, past), cases),
            cases,
        ),
        subjects=Parties()
        if question.kind == "subject"
        else parties_of(session, lines, question, "subject_id", "resource_id", _WITH_SUBJECT),
        origins=with_cases(origins_of(session, lines, question), cases),
        lines=_page(session, lines, question, page),
    )


def read_until(session: Session, source: Source, today: dt.date) -> dt.date | None:
    """Return the last day of which a role has lines, None where it has none; none after today.

    Raises:
        TookTooLongError: it takes longer than limits.sql_seconds.
        duckdb.Error: the role's data have no lines yet.
    """
    ((last,),) = rows(session, source.last_day, today=today)
    return last if isinstance(last, dt.date) else None


def all_lines(session: Session, lines: Lines, question: Question) -> Iterator[list[Line]]:
    """Yield all lines of a question in batches, the oldest first, in bounded memory.

    Raises:
        MimamoriError: DuckDB works longer than limits.sql_seconds.
    """
    sql = _of_lines(lines, "asc", "")
    clock = session.clock()
    with clock.running():
        session.con.execute(sql, bound(sql, values_of(lines, question)))
    while True:
        with clock.running():
            batch = session.con.fetchmany(_BATCH_ROWS)
        if not batch:
            return
        yield [Line(*row) for row in batch]


_WITH_SUBJECT = "where subject_id is not null and is_personal"


def kept(session: Session, lines: Lines, question: Question) -> Lines:
    """Return the lines, held in memory where they are few: then the files are read only once.

    Of more than `FEW_KEPT` the columns of lines that are shown are read again, for these alone. Of
    more than `MOST_KEPT` nothing is held, and each part of an answer reads the files.
    """
    held = "select * from hit where log_date between $first and $last"
    few = min(FEW_KEPT, MOST_KEPT)
    if _held(session, lines, question, lines.sql, few):
        return replace(lines, sql=held, values={})
    counted = f"select * exclude ({_SHOWN_ALONE}) from ({lines.sql})"
    if _held(session, lines, question, counted, MOST_KEPT):
        return replace(lines, sql=held, values={}, whole=lines)
    with session.clock().running():
        session.con.execute("drop table hit")
    return lines


_SHOWN_ALONE = (
    "method, url_path, bytes, session_id, agent, file_id, line_no, resource_kind, data_level"
)


def _held(session: Session, lines: Lines, question: Question, sql: str, most: int) -> bool:
    """Hold lines in the table `hit`, which goes with the session; False where they are more."""
    with session.clock().running():
        sql = f"create or replace temp table hit as {sql} limit {most + 1}"
        session.con.execute(sql, bound(sql, values_of(lines, _with_past(question))))
    ((count,),) = rows(session, "select count(*) from hit")
    return bool(count <= most)


def count_lines(session: Session, lines: Lines, question: Question) -> int:
    """Return how many lines a question is about."""
    ((count,),) = asked_of(session, f"select count(*) from ({lines.sql})", lines, question)
    return int(count)


def _with_past(question: Question) -> Question:
    return replace(question, first=question.first - dt.timedelta(days=PAST_DAYS))


def _past(
    session: Session, source: Source, question: Question, named_from: dt.date | None
) -> Question | None:
    """The days before a question whose lines can be found; None where there is no such day."""
    ((first_day,),) = rows(session, source.first_day)
    if first_day is None:
        return None
    first = max(_with_past(question).first, first_day, named_from or first_day)
    last = question.first - dt.timedelta(days=1)
    return replace(question, first=first, last=last) if first <= last else None


def _counted(session: Session, lines: Lines, question: Question) -> Answer:
    days: dict[dt.date, Count] = {}
    hours: dict[int, Count] = {}
    past: dict[int, Count] = {}
    refused = 0
    found = asked_of(session, _HOURS.format(line=lines.sql), lines, _with_past(question))
    for on, hour, count, accesses, errors in found:
        one = Count(count, accesses)
        days[on] = days.get(on, Count()) + one
        of = past if on < question.first else hours
        of[hour] = of.get(hour, Count()) + one
        refused += errors if on >= question.first else 0
    return Answer(question, days, hours, past, refused)


def _accounts(
    session: Session,
    source: Source,
    lines: Lines,
    question: Question,
    past: Question | None,
) -> Parties:
    """Who is behind the lines, each beside the own past."""
    found = parties_of(session, lines, question, "user_id", "user_type", "")
    users = [one.name for one in found.shown if one.name is not None]
    if not users:
        return found
    sql = _BEFORE.format(line=lines.sql)
    seen = dict(asked_of(session, sql, lines, past, users=users)) if past else {}
    is_whole = past is not None and past.first == _with_past(question).first
    names = source.names(session, users)
    habits = habits_of(session, source, lines, users, question)
    return replace(
        found,
        shown=tuple(
            one
            if one.name is None
            else replace(
                one,
                note=names.get(one.name, ""),
                before=seen.get(one.name, 0) if past else None,
                is_new=is_whole and one.name not in seen,
                habit=habits[one.name],
            )
            for one in found.shown
        ),
    )


def _page(session: Session, lines: Lines, question: Question, page: int) -> tuple[Line, ...]:
    number = min(max(page, 1), MOST_PAGES)
    limit = f"limit {LINES_A_PAGE} offset {(number - 1) * LINES_A_PAGE}"
    if lines.whole is None:
        sql = _of_lines(lines, "desc", limit)
        return tuple(Line(*row) for row in asked_of(session, sql, lines, question))
    picked = asked_of(session, _PICKED.format(line=lines.sql, limit=limit), lines, question)
    if not picked:
        return ()
    days = [on for on, _ in picked]
    of_days = replace(question, first=min(days), last=max(days))
    ids = [str(event_id) for _, event_id in picked]  # in a mart they are pseudonyms
    named = f"select * from ({lines.whole.sql}) where event_id::varchar in (select unnest($ids))"
    whole = replace(lines.whole, sql=named)
    sql = _of_lines(whole, "desc", "")
    return tuple(Line(*row) for row in asked_of(session, sql, whole, of_days, ids=ids))


def _of_lines(lines: Lines, order: str, limit: str) -> str:
    return _LINES.format(
        line=lines.sql, places=lines.places, browsers=lines.browsers, order=order, limit=limit
    )


def _findings(
    session: Session, source: Source, question: Question, actors: Sequence[str]
) -> tuple[tuple[Found, ...], int]:
    if "findings" not in session.reach.relations:
        return (), 0
    if question.kind == "finding":
        condition = "$value in (finding_id, case_id)"
    elif actors:
        condition = "actor in (select unnest($actors)) and log_date between $first and $last"
    else:
        return (), 0
    found = rows(
        session,
        _FINDINGS.format(findings=source.findings, condition=condition),
        value=question.value,
        actors=list(actors),
        first=question.first,
        last=question.last,
        most=FINDINGS_SHOWN,
    )
    shown = tuple(Found(*row[:-1]) for row in found)
    return shown, found[0][-1] - len(shown) if found else 0
