"""The figures of an evaluation as tables, beside what they have to be."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from targets import Target, at_least, at_most, figure, table, target_table

from evaluate.run import Seconds
from evaluate.score import Score
from evaluate.truth import LEVELS_OF_A_DAY, Level

MIN_RECALL = {Level.EASY: 0.98, Level.MEDIUM: 0.95, Level.HARD: 0.92}
MIN_PRECISION = 0.95
MAX_FALSE_A_DAY = 0.2
MAX_DECOYS = 0.03
MIN_RECIPROCAL_RANK = 0.85
MIN_RECALL_OF_WEEKS = 0.90
MIN_PRECISION_OF_WEEKS = 0.90
MAX_MEDIAN_DAYS = 7.0
MAX_FALSE_A_DAY_OF_WEEKS = 0.3
MAX_DECOYS_OF_WEEKS = 0.02
MIN_RECALL_OF_WEB = 0.97
MAX_DECOYS_OF_WEB = 0.01
_TOP = 5
_FIRST_OF_A_DAY = (1, 3, 5)
_FORM = ".2f"


@dataclass(frozen=True)
class World:
    """One world that was looked at."""

    seed: int
    level: Level
    lines: int
    seconds: Seconds
    score: Score


@dataclass(frozen=True)
class Figures:
    """Sums over some worlds, of one detector or of all."""

    incidents: int
    found: int
    by_itself: int
    findings: int
    true: int
    false: int
    false_on_clean_days: int
    clean_days: int
    decoys: int
    decoys_flagged: int
    reciprocal_ranks: float
    in_top: int
    days: tuple[int, ...]  # to detection, of each that was found
    best_ranks: tuple[int, ...]

    @property
    def recall(self) -> float | None:
        """Share of incidents that were found."""
        return _ratio(self.found, self.incidents)

    @property
    def precision(self) -> float | None:
        """Share of findings that tell of an incident."""
        return _ratio(self.true, self.true + self.false)

    @property
    def false_a_day(self) -> float | None:
        """False alarms a day without incidents."""
        return _ratio(self.false_on_clean_days, self.clean_days)

    @property
    def decoy_share(self) -> float | None:
        """Share of decoys that were flagged."""
        return _ratio(self.decoys_flagged, self.decoys)

    @property
    def reciprocal_rank(self) -> float | None:
        """Mean reciprocal rank of the incidents, those that were not found included."""
        return _ratio(self.reciprocal_ranks, self.incidents)

    @property
    def median_days(self) -> float | None:
        """Median days to detection of the incidents that were found."""
        return float(statistics.median(self.days)) if self.days else None

    def recall_at(self, most: int) -> float | None:
        """Share of incidents that somebody sees who reads so many findings of every day."""
        return _ratio(sum(rank <= most for rank in self.best_ranks), self.incidents)

    @property
    def top_share(self) -> float | None:
        """Share of the found incidents that stand among the first five of their day."""
        return _ratio(self.in_top, self.found)


def figures(
    worlds: Iterable[World], detector: str | None = None, *, variant: str | None = None
) -> Figures:
    """Return the sums over the worlds.

    With a detector: incidents are those made for it, findings and decoys those that it took. With
    a variant: incidents are those of it.
    """
    scores = [world.score for world in worlds]
    fates = [fate for score in scores for fate in score.fates
             if detector in {None, fate.incident.kind}
             and variant in {None, fate.incident.variant}]  # fmt: skip
    judged = [one for score in scores for one in score.findings
              if detector in {None, one.finding.detector}]  # fmt: skip
    return Figures(
        incidents=len(fates),
        found=sum(fate.is_found for fate in fates),
        by_itself=sum(fate.is_found and fate.incident.kind in fate.by for fate in fates),
        findings=len(judged),
        true=sum(one.is_true for one in judged),
        false=sum(one.is_false for one in judged),
        false_on_clean_days=sum(
            detector in {None, one.finding.detector}
            for score in scores for one in score.false_on_clean_days
        ),
        clean_days=sum(len(score.truth.clean) for score in scores),
        decoys=sum(len(score.truth.decoys) for score in scores),
        decoys_flagged=sum(
            detector is None or detector in by for score in scores for _, by in score.flagged
        ),
        reciprocal_ranks=sum(1 / fate.rank_among_false for fate in fates if fate.rank_among_false),
        in_top=sum(fate.rank is not None and fate.rank <= _TOP for fate in fates),
        days=tuple(fate.days for fate in fates if fate.days is not None),
        best_ranks=tuple(fate.best_rank for fate in fates if fate.best_rank is not None),
    )  # fmt: skip


def targets(worlds: Sequence[World]) -> list[Target]:
    """Return the totals beside what they have to be; worlds of weeks have targets of their own."""
    of_days = [world for world in worlds if world.level in LEVELS_OF_A_DAY]
    of_weeks, of_web = _of(worlds, Level.WEEKS), _of(worlds, Level.WEB)
    return [
        *(_targets_of_days(of_days) if of_days or not (of_weeks or of_web) else ()),
        *(_targets_of_weeks(figures(of_weeks)) if of_weeks else ()),
        *(_targets_of_web(figures(of_web)) if of_web else ()),
    ]


def _targets_of_days(worlds: Sequence[World]) -> list[Target]:
    """Of each level by itself, so that a plain one does not make up for another."""
    found = []
    for level, limit in MIN_RECALL.items():
        sums = figures(_of(worlds, level))
        top = sums.top_share
        found += [
            at_least(f"recall, {level}", limit, sums.recall, _FORM),
            at_least(f"precision, {level}", MIN_PRECISION, sums.precision, _FORM),
            at_most(f"false alarms a clean day, {level}", MAX_FALSE_A_DAY, sums.false_a_day, _FORM),
            at_most(f"decoys flagged, {level}", MAX_DECOYS, sums.decoy_share, _FORM),
            at_least(f"mean reciprocal rank, {level}", MIN_RECIPROCAL_RANK, sums.reciprocal_rank,
                     _FORM),
            Target(f"found incidents in the top 5 of their day, {level}", "1.00", _text(top),
                   None if top is None else top == 1.0),
        ]  # fmt: skip
    return found


def _targets_of_weeks(sums: Figures) -> list[Target]:
    level = Level.WEEKS
    return [
        at_least(f"recall, {level}", MIN_RECALL_OF_WEEKS, sums.recall, _FORM),
        at_least(f"precision, {level}", MIN_PRECISION_OF_WEEKS, sums.precision, _FORM),
        at_most(f"median days to detection, {level}", MAX_MEDIAN_DAYS, sums.median_days, _FORM),
        at_most(f"false alarms a day, {level}", MAX_FALSE_A_DAY_OF_WEEKS, sums.false_a_day, _FORM),
        at_most(f"decoys flagged, {level}", MAX_DECOYS_OF_WEEKS, sums.decoy_share, _FORM),
    ]


def _targets_of_web(sums: Figures) -> list[Target]:
    return [
        at_least(f"recall, {Level.WEB}", MIN_RECALL_OF_WEB, sums.recall, _FORM),
        at_most(f"decoys flagged, {Level.WEB}", MAX_DECOYS_OF_WEB, sums.decoy_share, _FORM),
    ]


def markdown(worlds: Sequence[World]) -> str:
    """Return the tables: targets, then each level, then each detector by level."""
    levels = [level for level in Level if _of(worlds, level)]
    seeds = sorted({world.seed for world in worlds})
    lines = sum(world.lines for world in worlds) / max(1, len(worlds))
    head = (
        f"Seeds {', '.join(map(str, seeds))}; levels {', '.join(levels)}; {len(worlds)} worlds"
        f" of {lines:,.0f} lines on average."
    )
    return "\n\n".join([
        head,
        target_table(targets(worlds)),
        table(_COLUMNS, [_row(f"all, {level}", figures(_of(worlds, level))) for level in levels]),
        table(_COLUMNS, [
            _row(f"{detector}, {level}", figures(_of(worlds, level), detector))
            for detector in _detectors(worlds) for level in levels
        ]),
        *([_by_variant(_of(worlds, Level.WEEKS))] if Level.WEEKS in levels else ()),
    ])  # fmt: skip


def _by_variant(worlds: Sequence[World]) -> str:
    """What became of each way to collect slowly: when it was found, and how high it stood."""
    variants = sorted({fate.incident.variant for world in worlds for fate in world.score.fates})
    rows = []
    for variant in (None, *variants):
        sums = figures(worlds, variant=variant)
        rows.append((
            variant or "all", str(sums.incidents), _text(sums.recall),
            _text(_ratio(sums.by_itself, sums.incidents)), _text(sums.median_days),
            *(_text(sums.recall_at(most)) for most in _FIRST_OF_A_DAY),
        ))  # fmt: skip
    at = (f"recall at {most} a day" for most in _FIRST_OF_A_DAY)
    return table(("variant, weeks", "incidents", "recall", "by itself", "median days", *at), rows)


_COLUMNS = ("detector, level", "incidents", "recall", "by itself", "findings", "precision",
            "false/clean day", "decoys flagged", "recip. rank", "top 5")  # fmt: skip


def _row(title: str, sums: Figures) -> tuple[str, ...]:
    return (
        title, str(sums.incidents), _text(sums.recall),
        _text(_ratio(sums.by_itself, sums.incidents)), str(sums.findings),
        _text(sums.precision), _text(sums.false_a_day),
        f"{sums.decoys_flagged}/{sums.decoys}", _text(sums.reciprocal_rank), _text(sums.top_share),
    )  # fmt: skip


def _detectors(worlds: Sequence[World]) -> list[str]:
    kinds = {fate.incident.kind for world in worlds for fate in world.score.fates}
    raised = {one.finding.detector for world in worlds for one in world.score.findings}
    return sorted(kinds | raised)


def details(worlds: Iterable[World]) -> list[str]:
    """Return one line for each miss, each false alarm and each decoy that was flagged."""
    found = []
    for world in worlds:
        name = f"{world.seed}/{world.level}"
        for fate in world.score.fates:
            one = fate.incident
            if not fate.is_found:
                by = f", but by {', '.join(fate.by)}" if fate.by else ""
                found.append(
                    f"miss   {name} {one.dates[0]} {one.kind} ({one.variant})"
                    f" {one.actors[0][0]} {one.actors[0][1]!r} at {one.sites[0]},"
                    f" {one.lines} lines{by}"
                )
        for judged in world.score.findings:
            if judged.is_false:
                raised = judged.finding
                decoys = "".join(f" [decoy {decoy.kind}]" for decoy in judged.decoys)
                clean = " clean day" if raised.date in world.score.truth.clean else ""
                found.append(
                    f"false  {name} {raised.date} {raised.detector}"
                    f" {raised.severity} {raised.score:.0f}"
                    f" {raised.actor_kind} {raised.actor!r} at {raised.site_id}:{clean}{decoys}"
                    f" {raised.summary}"
                )
    return found


def as_json(worlds: Sequence[World]) -> dict[str, Any]:
    """Return everything as values for JSON."""
    return {
        "targets": [vars(one) for one in targets(worlds)],
        "levels": {level.value: vars(figures(_of(worlds, level))) for level in Level},
        "detectors": {
            detector: {level.value: vars(figures(_of(worlds, level), detector)) for level in Level}
            for detector in _detectors(worlds)
        },
        "worlds": [
            {"seed": world.seed, "level": world.level.value, "lines": world.lines,
             "seconds": vars(world.seconds)}
            for world in worlds
        ],
        "details": details(worlds),
    }  # fmt: skip


def _of(worlds: Iterable[World], level: Level) -> list[World]:
    return [world for world in worlds if world.level is level]


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _text(value: float | None) -> str:
    return figure(value, _FORM)
