"""The cases of a day in the order in which its page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.triage.cases.read import Case
from pipelines.triage.cases.risk import Rise

_AT_WORK = frozenset({"staff", "franchise", "contractor", "system"})


@dataclass(frozen=True)
class DayCases:
    """All open cases as of a day, by severity and risk; `user_types` are those of the day's users.

    Of the cases that rose those of people at work come first: nobody outside can make so many
    others that these are not seen.
    """

    found: tuple[Case, ...] = ()
    user_types: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def rising(self) -> tuple[Case, ...]:
        """Cases that somebody must look at today."""
        risen = [case for case in self.found if case.rise is not None]
        return tuple(sorted(risen, key=self._is_from_outside))

    @cached_property
    def added_up(self) -> tuple[Case, ...]:
        """Of these, those that no finding of the day makes `high`, but all of them together."""
        return tuple(case for case in self.rising if case.rise is Rise.ADDED_UP)

    @cached_property
    def unanswered(self) -> tuple[Case, ...]:
        """Of these, those whose manager was to answer by the day before, and did not.

        What else raised such a case on the day takes nothing from it.
        """
        return tuple(case for case in self.rising if case.is_newly_unanswered)

    @cached_property
    def as_a_whole(self) -> tuple[Case, ...]:
        """Cases that no finding of the day makes `high` since today: by sum, or unanswered."""
        whole = {case.case_id: case for case in (*self.added_up, *self.unanswered)}
        return tuple(whole.values())

    @cached_property
    def shown(self) -> tuple[Case, ...]:
        """Cases from `medium` up and those that somebody has: first those that rose."""
        others = [case for case in self.found if case.rise is None]
        return tuple(case for case in (*self.rising, *others) if case.needs_a_look)

    def of(self, case_id: str | None) -> Case | None:
        """Return an open case by its id; None where there is none."""
        return self._by_id.get(case_id or "")

    @cached_property
    def _by_id(self) -> dict[str, Case]:
        return {case.case_id: case for case in self.found}

    def _is_from_outside(self, case: Case) -> bool:
        return case.actor_kind != "user" or self.user_types.get(case.actor) not in _AT_WORK
