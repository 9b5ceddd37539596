"""`retention:`, how long what is held about people is kept, in days, by kind and by group."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipelines.normalise.country_groups import CountryGroup
from pipelines.settings.names import Months

CASE_HALF_LIVES = 6
"""Findings of so many half-lives count for the risk of a case; then a sixty-fourth is left."""
HISTORY_DAYS = 90
"""The days before a day that detectors read, persons by name: no person is let go before."""

Days = Annotated[int, Field(ge=1, le=36_500)]
Loc = tuple[str, ...]


@dataclass(frozen=True)
class SitePeriods:
    """The periods of a group of sites, in days."""

    access_log_days: int
    pseudonymise_after_days: int
    quarantine_days: int
    findings_days: int


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CountryRetention(_Section):
    """Own periods for the rows of clients in a group of countries; the rest as for all."""

    access_log_days: Days | None = None
    pseudonymise_after_days: Days | None = None


class GroupRetention(CountryRetention):
    """Own periods for a group of sites; the rest as for all."""

    quarantine_days: Days | None = None
    findings_days: Days | None = None


class Retention(_Section):
    """How long rows, findings, reports and earlier states of the lake are kept, in days.

    Reports name people as the rows do, and have the period of these; signatures under reports and
    audits stay as long as findings. Where a group of sites and one of countries both say something
    about a row, the shorter period holds. Persons are pseudonymised by epochs of `epoch_months`;
    the key of an epoch is destroyed with the last of its rows, or `epoch_key_days` after the
    epoch's end where that is earlier.
    """

    access_log_days: Days = 400
    pseudonymise_after_days: Days = 90
    quarantine_days: Days = 90
    findings_days: Days = 400
    reports_days: Days = 90
    snapshot_days: int = Field(default=0, ge=0, le=36_500)
    airflow_days: Days = 90
    epoch_months: Months = 3
    epoch_key_days: Days | None = None
    site_groups: dict[str, GroupRetention] = {}
    country_groups: dict[CountryGroup, CountryRetention] = {}

    def of_site_group(self, group: str | None) -> SitePeriods:
        """Return the periods of a group of sites, for all countries without own ones."""
        own = self.site_groups.get(group or "", GroupRetention())
        return SitePeriods(
            own.access_log_days or self.access_log_days,
            own.pseudonymise_after_days or self.pseudonymise_after_days,
            own.quarantine_days or self.quarantine_days,
            own.findings_days or self.findings_days,
        )

    def of_country_group(self, group: CountryGroup) -> CountryRetention:
        """Return the periods of a group of countries, none where those of its site hold."""
        return self.country_groups.get(group, CountryRetention())

    @property
    def longest_in_clear(self) -> int:
        """The days for which some rows name their persons, of all groups of sites and countries."""
        own = (group.pseudonymise_after_days or 0 for _, group in self._groups())
        return max(self.pseudonymise_after_days, *own, 0)

    @property
    def shortest_in_clear(self) -> int:
        """The days for which all rows name their persons, of all groups of sites and countries."""
        own = (
            days
            for _, group in self._groups()
            for days in (group.pseudonymise_after_days, group.access_log_days)
            if days is not None
        )
        return min(self.pseudonymise_after_days, self.access_log_days, *own)

    def _groups(self) -> Iterator[tuple[Loc, CountryRetention]]:
        for name, group in self.site_groups.items():
            yield ("site_groups", name), group
        for country, periods in self.country_groups.items():
            yield ("country_groups", country), periods

    def deleted_too_early(self) -> Iterator[tuple[Loc, int, int]]:
        """Yield where rows would be deleted before they are pseudonymised, and the two periods."""
        if self.pseudonymise_after_days > self.access_log_days:
            yield ("access_log_days",), self.access_log_days, self.pseudonymise_after_days
        for loc, group in self._groups():
            kept = group.access_log_days or self.access_log_days
            named = group.pseudonymise_after_days or self.pseudonymise_after_days
            is_own = group.access_log_days or group.pseudonymise_after_days
            if named > kept and is_own:
                key = "access_log_days" if group.access_log_days else "pseudonymise_after_days"
                yield (*loc, key), kept, named

    def needed_longer(self, dormant_days: int) -> Iterator[tuple[Loc, int, int]]:
        """Yield where persons or findings would go while detectors still read them.

        With the period of the settings and the days that are needed: the history of the detectors,
        and the days after which an account counts as dormant.
        """
        needed = max(HISTORY_DAYS, dormant_days)
        if self.pseudonymise_after_days < needed:
            yield ("pseudonymise_after_days",), self.pseudonymise_after_days, needed
        if self.findings_days < HISTORY_DAYS:
            yield ("findings_days",), self.findings_days, HISTORY_DAYS
        for loc, group in self._groups():
            named = group.pseudonymise_after_days
            if named is not None and named < needed:
                yield (*loc, "pseudonymise_after_days"), named, needed
            findings = group.findings_days if isinstance(group, GroupRetention) else None
            if findings is not None and findings < HISTORY_DAYS:
                yield (*loc, "findings_days"), findings, HISTORY_DAYS

    def findings_needed_longer(self, half_life_days: int) -> Iterator[tuple[Loc, int, int]]:
        """Yield where findings would go while the risk of an open case still rests on them.

        With the period of the settings and the days that are needed.
        """
        needed = CASE_HALF_LIVES * half_life_days
        if self.findings_days < needed:
            yield ("findings_days",), self.findings_days, needed
        for name, group in self.site_groups.items():
            if group.findings_days is not None and group.findings_days < needed:
                yield ("site_groups", name, "findings_days"), group.findings_days, needed
