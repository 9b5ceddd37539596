"""What a team or a shop hears of: its part of a day's findings, and nothing of the whole."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pipelines.deliver.day import Headline, ReportedDay, worst_of
from pipelines.findings import Severity
from pipelines.report.franchise.overview import page_name
from pipelines.report.franchise.summaries import read_summary_of
from pipelines.report.verdict import Verdict
from pipelines.settings.delivery import Team
from pipelines.settings.detectors import stands_for

Part = Callable[[ReportedDay], ReportedDay | None]
"""Returns a part of a day, None where there is nothing of it that could be told."""


@dataclass(frozen=True)
class SitePlace:
    """Where a site belongs, and the address to write to about it, by the roster.

    `closed_on` is its last day; `days` are those of the last weeks on which lines of it came.
    """

    group: str | None
    franchise: str | None
    mail: str | None = None
    closed_on: dt.date | None = None
    days: frozenset[dt.date] = frozenset()

    def is_open(self, on: dt.date) -> bool:
        """Return whether lines are expected on a day, by the roster."""
        return self.closed_on is None or on < self.closed_on


Places = Mapping[str, SitePlace]


def part_of_team(team: Team, places: Places) -> Part:
    """Return what a team hears of: findings that fit every criterion that it names."""
    nowhere = SitePlace(None, None)

    def fits(one: Headline) -> bool:
        site = one.site_id or ""
        place = places.get(site, nowhere)
        if team.sites and not any(stands_for(key, site) for key in team.sites):
            return False
        wanted = (
            (team.groups, place.group),
            (team.franchises, place.franchise),
            (team.categories, one.category),
        )
        return all(not values or value in values for values, value in wanted)

    return lambda day: _part(day, fits, is_seen=True)


def part_of_shop(shop: str, places: Places) -> Part:
    """Return what a shop hears of: findings at its own sites; its page where there is one.

    A day of which no line of the shop came cannot be judged; days after its last are not told.
    """
    own = {site: place for site, place in places.items() if place.franchise == shop}
    path = f"franchise/{page_name(shop)}"

    def part(day: ReportedDay) -> ReportedDay | None:
        expected = [place for place in own.values() if place.is_open(day.on)]
        if not expected or not (day.folder / path).is_file():
            return None
        is_seen = any(day.on in place.days for place in expected)
        summary = read_summary_of((day.folder / path).parent, shop)
        found = _part(day, lambda one: one.site_id in own, is_seen=is_seen)
        if summary.open_cases and found.summary.verdict is Verdict.CLEAR:
            verdict = {"verdict": Verdict.LOOK_TODAY}  # as the page says
            found = replace(found, summary=found.summary.model_copy(update=verdict))
        return replace(found, path=path, shop=summary)

    return part


def mail_of_shops(places: Places) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each shop that has any, both in order."""
    found: dict[str, set[str]] = {}
    for place in places.values():
        if place.franchise and place.mail:
            found.setdefault(place.franchise, set()).add(place.mail)
    return {shop: tuple(sorted(mails)) for shop, mails in sorted(found.items())}


def _part(day: ReportedDay, fits: Callable[[Headline], bool], *, is_seen: bool) -> ReportedDay:
    headlines = tuple(filter(fits, day.headlines))
    counts = {
        one: sum(shown.is_open and shown.severity is one for shown in headlines) for one in Severity
    }
    worst = worst_of({one: n for one, n in counts.items() if one.needs_a_look})
    is_judged = is_seen and day.summary.verdict is not Verdict.UNJUDGED
    calm = Verdict.CLEAR if is_judged else Verdict.UNJUDGED
    verdict = next((one for one in Verdict if worst and one.severity is worst), calm)
    summary = day.summary.model_copy(
        update={"open": counts, "verdict": verdict, "cases": {}, "troubles": {}}
    )
    return replace(day, summary=summary, headlines=headlines, is_part=True)
