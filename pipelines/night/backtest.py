"""What other values of a detector would have changed on past days, with nothing written."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from pipelines import lake
from pipelines.context.load import make_context_tables, read_all
from pipelines.coverage.blind import make_blind_sites
from pipelines.detect.aggregates import load_macros
from pipelines.detect.cache import cache_lake
from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.day import make_day_tables
from pipelines.detect.run import judged_day
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.sigma.trial import found_on
from pipelines.detect.tuning import changed
from pipelines.errors import MimamoriError
from pipelines.findings import Finding, Severity
from pipelines.lake import limited_memory
from pipelines.lake.keyed_hashes import use_salts
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.triage.pseudonymous import pseudonymous_users
from pipelines.triage.store import read_findings
from pipelines.triage.weigh import weigh_alone

ComparedWith = Literal["settings", "findings"]
"""What a try is compared with: the settings in force, or the findings that are on file."""

_Try = Callable[[duckdb.DuckDBPyConnection, dt.date], tuple[list[Finding], list[Finding]]]
"""What was, and what would be found on a day whose tables of the context and cache stand."""


@dataclass(frozen=True)
class DayChange:
    """What would have changed on a day; `changed` are those of another severity, with that before.

    `before` and `after` count all findings of the detector.
    """

    on: dt.date
    before: int
    after: int
    gained: tuple[Finding, ...]
    lost: tuple[Finding, ...]
    changed: tuple[tuple[Severity, Finding], ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "date": self.on.isoformat(),
            "before": self.before,
            "after": self.after,
            "gained": [one.as_json() for one in self.gained],
            "lost": [one.as_json() for one in self.lost],
            "changed": [
                {"severity_before": str(severity), **one.as_json()}
                for severity, one in self.changed
            ],
        }


@dataclass(frozen=True)
class Backtest:
    """The days that were tried, in order, and what they are compared with."""

    compared_with: ComparedWith
    days: tuple[DayChange, ...]

    def count(self, what: Literal["gained", "lost", "changed"]) -> int:
        """Return how many findings there would have been more, less, or of another severity."""
        return sum(len(getattr(day, what)) for day in self.days)


def try_values(
    home: Home,
    settings: Settings,
    detector: Detector,
    values: Mapping[str, Any],
    days: Sequence[dt.date],
) -> Backtest:
    """Return what a detector would have found on the days with other values of its parameters.

    They count where settings say nothing else for a site. It is compared with the values in force;
    without any, the values in force are compared with the findings on file. It is tried as if it
    were active. Reads only: aggregates, and findings of days before, are as they are on file.

    Raises:
        MimamoriError: it could not be run on a day; there is no lake.
    """
    tuning = changed(settings.detectors.get(detector.id), {}).model_copy(update={"mode": "active"})
    in_force = _with(settings, detector, tuning)
    tried = _with(settings, detector, changed(tuning, values))
    # How many findings may be chance is judged by the tests of all detectors of a category.
    beside = [
        one
        for one in load_catalogue().values()
        if one.tests_query and one.category == detector.category and one != detector
    ]
    chosen = [detector, *(beside if detector.tests_query else ())]

    def both(con: duckdb.DuckDBPyConnection, day: dt.date) -> tuple[list[Finding], list[Finding]]:
        make_blind_sites(con, settings, day)
        bound = make_day_tables(con, settings, day)

        def found(by: Settings) -> list[Finding]:
            detection = judged_day(con, by, day, bound, chosen)
            if any(run.mode == "failed" for run in detection.runs if run.detector == detector.id):
                raise MimamoriError(message("night.backtest.failed", at=day, detector=detector.id))
            own = [one for one in detection.findings if one.detector == detector.id]
            return weigh_alone(con, by, day, own, pseudonymous_users(con))

        after = found(tried)
        return found(in_force) if values else _on_file(con, day, detector.id), after

    return Backtest("settings" if values else "findings", _tried(home, settings, days, both))


def try_rules(
    home: Home, settings: Settings, rules: Sequence[Rule], detector: str, days: Sequence[dt.date]
) -> Backtest:
    """Return what a Sigma rule, with those that it rests on, would change of the findings on file.

    Errors as of `try_values`.
    """

    def both(con: duckdb.DuckDBPyConnection, day: dt.date) -> tuple[list[Finding], list[Finding]]:
        make_day_tables(con, settings, day)
        found = [one for one in found_on(con, settings, rules, day) if one.detector == detector]
        weighed = weigh_alone(con, settings, day, found, pseudonymous_users(con))
        return _on_file(con, day, detector), weighed

    return Backtest("findings", _tried(home, settings, days, both))


def _with(settings: Settings, detector: Detector, tuning: Any) -> Settings:
    return settings.model_copy(update={"detectors": {**settings.detectors, detector.id: tuning}})


def _tried(
    home: Home, settings: Settings, days: Sequence[dt.date], both: _Try
) -> tuple[DayChange, ...]:
    with lake.open_reader(home, settings.timezone) as con, limited_memory(con):
        load_macros(con)
        if home.pseudonym_key.exists():  # some detectors compare keyed hashes
            use_salts(con, Pseudonyms.of(home))
        make_context_tables(con, settings, read_all(con, settings))
        cache_lake(con)
        return tuple(_change(day, *both(con, day)) for day in days)


def _on_file(con: duckdb.DuckDBPyConnection, day: dt.date, detector: str) -> list[Finding]:
    return [one for one in read_findings(con, day) if one.detector == detector]


def _change(day: dt.date, before: Sequence[Finding], after: Sequence[Finding]) -> DayChange:
    old = {one.finding_id: one for one in before}
    new = {one.finding_id: one for one in after}
    return DayChange(
        day,
        len(old),
        len(new),
        tuple(one for name, one in new.items() if name not in old),
        tuple(one for name, one in old.items() if name not in new),
        tuple(
            (old[name].severity_before_budget, one)
            for name, one in new.items()
            if name in old and old[name].severity_before_budget != one.severity
        ),
    )
