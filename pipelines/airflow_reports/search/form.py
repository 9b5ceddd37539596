"""The form of the search: what was typed, or picked from an answer, and what it asks."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from pipelines.airflow_reports.casework.forms import Form, line_of
from pipelines.airflow_reports.casework.history import ID_LIMIT
from pipelines.airflow_reports.casework.picks import picked
from pipelines.airflow_reports.casework.review_page import day_of
from pipelines.airflow_reports.casework.visit import Visit
from pipelines.errors import UsageError
from pipelines.search.answer import PAST_DAYS
from pipelines.search.question import DEFAULT_DAYS, LONGEST_VALUE, Question, question
from pipelines.search.source import Source
from pipelines.text.display import visible
from pipelines.text.messages import message

_MOST_PAGES_DIGITS = 4
_LONGEST_TRAIL = 10
_TRAIL_LETTERS = 8_000
_STEP = re.compile(
    r"[a-z]{1,10}:[A-Za-z0-9_.~%-]+;[0-9]{4}-[0-9]{2}-[0-9]{2};[0-9]{4}-[0-9]{2}-[0-9]{2};[0-9]{1,4}"
)


@dataclass(frozen=True)
class Typed:
    """What a form says, not judged yet; `page` is that of the lines, from 1.

    `trail` are the searches that led here, the last one at the end.
    """

    kind: str
    value: str
    first: str
    last: str
    page: int = 1
    trail: tuple[str, ...] = ()

    @property
    def step(self) -> str:
        """This search as the trail of the next one has it."""
        return f"{picked(self.kind, self.value)};{self.first};{self.last};{self.page}"

    @property
    def onward(self) -> tuple[str, ...]:
        """The trail of a search that this one leads to."""
        return (*self.trail, self.step)

    @classmethod
    def of_month(cls, last: dt.date) -> "Typed":
        """Return a blank form, about the last days up to `last`."""
        first = last - dt.timedelta(days=DEFAULT_DAYS - 1)
        return cls("", "", first.isoformat(), last.isoformat())


@dataclass(frozen=True)
class BackView:
    """The button that leads to the search before: what it is about, and what it sends."""

    value: str
    picked: str
    first: str
    last: str
    page: str
    trail: str


@dataclass(frozen=True)
class FormView:
    """The form as it is shown: kinds by name and label, and what was typed."""

    kinds: tuple[tuple[str, str], ...]
    kind: str
    value: str
    picked: str
    first: str
    last: str
    today: str
    is_pseudonymous: bool
    pseudonymous_before: dt.date | None
    trail: str
    onward: str
    back: BackView | None


def typed_in(form: Form, today: dt.date) -> Typed | None:
    """Return what was sent; None where a page number is none.

    A button of an answer sends `pick`, a kind and a percent-encoded value, in place of both fields.
    """
    kind, value = form.get("kind", ""), form.get("value", "")
    if "pick" in form:
        kind, _, encoded = form["pick"].partition(":")
        value = unquote(encoded)
    blank = Typed.of_month(today)
    page = form.get("page", "1")
    if not (page.isascii() and page.isdigit() and len(page) <= _MOST_PAGES_DIGITS):
        return None
    first, last = (line_of(form, name) for name in ("from", "to"))
    typed = Typed(kind, value, first or blank.first, last or blank.last, max(int(page), 1))
    return replace(typed, trail=_trail(form.get("trail", ""), typed))


def _trail(text: str, typed: Typed) -> tuple[str, ...]:
    """The searches before this one; of a long way the last ones, as a form is bounded."""
    steps = [one for one in text.split(" ") if _STEP.fullmatch(one)]
    if steps and steps[-1].rpartition(";")[0] == typed.step.rpartition(";")[0]:
        steps.pop()  # the same search was sent again
    while len(steps) > _LONGEST_TRAIL or sum(map(len, steps)) > _TRAIL_LETTERS:
        del steps[0]
    return tuple(steps)


def asked_in(typed: Typed, today: dt.date, source: Source) -> Question:
    """Return what a form asks.

    Raises:
        UsageError: a field is not right; the message says which.
    """
    first, last = day_of(typed.first), day_of(typed.last)
    if first is None or last is None:
        raise UsageError(message("airflow_reports.casework.no_day"))
    return question(
        typed.kind,
        typed.value,
        (first, last),
        today,
        source.kinds,
        is_pseudonymous=source.is_pseudonymous,
    )


def named_from(visit: Visit, source: Source) -> dt.date | None:
    """Return the first day all of whose lines name their persons; None where none ever does."""
    if source.is_pseudonymous:
        return None
    return visit.today - dt.timedelta(days=visit.settings.retention.shortest_in_clear)


def form_view(visit: Visit, source: Source, typed: Typed, *, is_answered: bool = False) -> FormView:
    """Return the form with what was typed; searches go on from one that `is_answered`."""
    words = visit.words
    first = day_of(typed.first)
    clear_from = named_from(visit, source)
    past = None if first is None else first - dt.timedelta(days=PAST_DAYS)
    is_old = clear_from is not None and past is not None and past < clear_from
    return FormView(
        kinds=tuple((one, words(f"search.kind.{one}")) for one in source.kinds),
        kind=typed.kind,
        value=typed.value[:LONGEST_VALUE],
        picked=picked(typed.kind, typed.value),
        first=typed.first,
        last=typed.last,
        today=visit.today.isoformat(),
        is_pseudonymous=source.is_pseudonymous,
        pseudonymous_before=clear_from if is_old else None,
        trail=" ".join(typed.trail),
        onward=" ".join(typed.onward if is_answered else typed.trail),
        back=_back(typed.trail) if typed.trail else None,
    )


def _back(trail: Sequence[str]) -> BackView:
    *before, step = trail
    pick, first, last, page = step.split(";")
    value = unquote(pick.partition(":")[2])
    return BackView(visible(value, ID_LIMIT), pick, first, last, page, " ".join(before))
