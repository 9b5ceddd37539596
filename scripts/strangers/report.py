"""The figures as tables, each miss and each false case as a line, and all of it as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from strangers.score import (
    GRADES,
    FalseCase,
    Fate,
    Score,
    Share,
    false_a_day,
    families,
    flagged,
    median_days,
    precision,
    recall,
)

_KINDS = (("days", False), ("weeks", True))


def tables_of(scores: Sequence[Score]) -> Iterator[str]:
    """Yield the figures by kind of world and by world, then by family of incident."""
    for kind, is_of_weeks in _KINDS:
        of_kind = [one for one in scores if one.seen.is_of_weeks is is_of_weeks]
        if of_kind:
            yield from _table(kind, of_kind)
    yield from _by_family(scores)


def details_of(scores: Sequence[Score]) -> Iterator[str]:
    """Yield each miss and each false case as a line, by world."""
    for score in scores:
        yield from _details(score)


def as_json(scores: Sequence[Score]) -> list[dict[str, Any]]:
    """Return each world with its misses and false cases."""
    return [
        {
            "world": one.seen.world,
            "seed": one.seen.seed,
            "days": len(one.seen.truth["days"]),
            "lines": one.seen.lines,
            "cases": one.cases,
            "incidents": [
                {
                    **fate.incident,
                    "rank": fate.rank,
                    "days_to_detection": fate.days,
                    "detectors": sorted(fate.detectors),
                }
                for fate in one.fates
            ],
            "false": [
                {
                    "date": false.on.isoformat(),
                    "severity": str(false.case.severity),
                    "detectors": list(false.case.detectors),
                    "actor": false.case.actor,
                    "summaries": [finding.summary for finding in false.findings],
                    "annoyance": false.annoyance,
                }
                for false in one.false
            ],
        }
        for one in scores
    ]


def _table(kind: str, scores: Sequence[Score]) -> Iterator[str]:
    names = sorted({one.seen.world for one in scores})
    rows = [(name, [one for one in scores if one.seen.world == name]) for name in names]
    lines = sum(one.seen.lines for one in scores) // len(scores)
    yield f"\nWorlds of {kind}: {len(scores)} of {lines:,} lines on average.\n"
    yield (
        "| world | incidents | recall | easy | medium | hard | in 1 a day | in 3 | in 5 |"
        " precision | false a day | false a week | annoyances | days to detection |"
    )
    yield "| --- |" + " ---: |" * 13
    for name, of in [*rows, ("**all**", list(scores))]:
        yield _row(name, of)
    if len(rows) > 1:
        yield f"\nSpread of recall {_spread(recall(of) for _, of in rows)},"
        yield f"of precision {_spread(precision(of) for _, of in rows)} points."


def _by_family(scores: Sequence[Score]) -> Iterator[str]:
    yield "\n| family | incidents | found by its detectors | false | by the plain query | false |"
    yield "| --- |" + " ---: |" * 5
    for name, (detectors, query) in families(scores).items():
        cells = (detectors.found.of, detectors.found.n, detectors.false, query.found.n, query.false)
        yield f"| {name} | {' | '.join(map(str, cells))} |"


def _row(name: str, scores: Sequence[Score]) -> str:
    by_grade = (f"{recall(scores, grade=grade).value:.2f}" for grade in GRADES)
    by_rank = (f"{recall(scores, most).value:.2f}" for most in (1, 3, 5))
    days = median_days(scores)
    cells = [
        name,
        str(recall(scores).of),
        _interval(recall(scores)),
        *by_grade,
        *by_rank,
        _interval(precision(scores)),
        f"{false_a_day(scores):.2f}",
        f"{7 * false_a_day(scores):.1f}",
        f"{flagged(scores).n}/{flagged(scores).of}",
        "–" if days is None else f"{days:g}",
    ]
    return f"| {' | '.join(cells)} |"


def _interval(share: Share) -> str:
    low, high = share.bounds()
    return f"{share.value:.2f} ({low:.2f}–{high:.2f})"


def _spread(shares: Iterable[Share]) -> str:
    values = [100 * one.value for one in shares]
    return f"{max(values) - min(values):.0f}"


def _details(score: Score) -> Iterator[str]:
    name = f"{score.seen.world} {score.seen.seed} {len(score.seen.truth['days'])}"
    yield f"\n{name}"
    yield from (_miss(one) for one in score.fates if not one.is_found)
    yield from (_false(one) for one in score.false)


def _miss(fate: Fate) -> str:
    one = fate.incident
    days = one["first_day"] + ("" if one["last_day"] == one["first_day"] else f"–{one['last_day']}")
    actors = ", ".join(one["actors"][:3])
    return f"miss  {days} {one['grade']} {one['family']} {actors}: {one['what']}"


def _false(false: FalseCase) -> str:
    why = f" [{false.annoyance['what']}]" if false.annoyance else ""
    said = false.findings[0].summary if false.findings else ""
    detectors = ", ".join(false.case.detectors)
    return f"false {false.on} {false.case.severity} {detectors} {false.case.actor}:{why} {said}"
