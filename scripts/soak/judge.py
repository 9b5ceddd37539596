"""What came of a soak: for each kind of fault whether it was accounted for, told, and recovered."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.paths import Home
from soak.faults import KINDS, Fault
from soak.lines import Lines, lines_of_lake, proofs_that_fail
from soak.outages import Ended
from soak.play import Plan, Played
from soak.told import Told
from soak.world import World

_CLEAR = "clear"
COLUMNS = ("injected", "accounted", "told", "told once", "recovered")


@dataclass
class Row:
    """How many faults of a kind there were, and for how many of them each column holds."""

    injected: int = 0
    accounted: int = 0
    told: int = 0
    told_once: int = 0
    recovered: int = 0

    def counts(self) -> tuple[int, ...]:
        """Return the figures in the order of COLUMNS."""
        return (self.injected, self.accounted, self.told, self.told_once, self.recovered)


@dataclass
class Verdict:
    """The table by kind, sites without fault, lines, and whatever was not as it has to be."""

    rows: dict[str, Row] = field(default_factory=lambda: defaultdict(Row))
    calm_sites: int = 0
    lines: int = 0
    wrong: list[str] = field(default_factory=list)


def judge(home: Home, plan: Plan, world: World, played: Played) -> Verdict:
    """Judge what was played by the plan and the lines that were sent, and by nothing else."""
    verdict = Verdict()
    lines = lines_of_lake(home, world)
    verdict.lines = sum(one.sent for one in lines.values())
    disturbed = {one.site_id for one in plan.faults} | set(plan.rotating.values())
    verdict.calm_sites = sum(site not in disturbed for site in lines)
    for site_id, one in lines.items():
        if not one.are_right:
            verdict.wrong.append(f"{site_id}: {_amiss(one)}")
    verdict.wrong += [f"doctor: {one}" for one in proofs_that_fail(home)]
    for fault in plan.faults:
        _judge_fault(verdict, fault, plan, played, lines[fault.site_id])
    for day, site_id in plan.rotating.items():
        _judge_rotation(verdict, day, site_id, plan, played, lines[site_id])
    _judge_nights(verdict, plan, played)
    _judge_mail(verdict, plan, played)
    verdict.wrong += _false_alarms(plan, played)
    verdict.wrong += _false_all_clears(plan, played)
    return verdict


def _amiss(one: Lines) -> str:
    return (
        f"{len(one.lost)} lines lost {sorted(one.lost)[:3]}, {len(one.twice)} twice"
        f" {sorted(one.twice)[:3]}, {len(one.invented)} from nowhere {sorted(one.invented)[:3]}"
    )


def _judge_fault(verdict: Verdict, fault: Fault, plan: Plan, played: Played, lines: Lines) -> None:
    kind, row = KINDS[fault.kind], verdict.rows[fault.kind]
    name = f"{fault.kind} ({fault.site_id}, {fault.day})"
    row.injected += 1
    row.accounted += lines.are_right
    told, once = True, True
    for day in (one for one in plan.days if fault.day <= one <= fault.last):
        first = _seen(fault, day, plan, played)
        report = played.told[first][day]
        found = [one for one in report.of(fault.site_id) if one.detector in kind.told_by]
        is_told = bool(found) or not kind.told_by
        if kind.is_unreadable and f"{day}.log" not in report.page:
            is_told = False
        told &= is_told
        others = [one for one in report.of(fault.site_id) if one not in found]
        is_once = len(found) == bool(kind.told_by) and _are_beside(others, kind.beside)
        once &= is_once
        if not (is_told and is_once):
            verdict.wrong.append(f"{name}: of {day} is told {report.of(fault.site_id)}")
    row.told += told
    row.told_once += told and once
    row.recovered += _recovered(verdict, name, fault, plan, played)


def _seen(fault: Fault, day: dt.date, plan: Plan, played: Played) -> dt.date:
    """The first night after which the report of a day must tell of a fault."""
    kind = KINDS[fault.kind]
    begin = day + dt.timedelta(days=kind.is_late)
    return next(
        night for night in plan.days
        if night >= begin and day in played.told[night] and not _is_undone(plan, night)
    )  # fmt: skip


def _is_undone(plan: Plan, night: dt.date) -> bool:
    return night in plan.outages and plan.outages[night].is_fatal


def _are_beside(found: list[Told], allowed: frozenset[str]) -> bool:
    names = [one.detector for one in found]
    return set(names) <= allowed and len(names) == len(set(names))


def _recovered(verdict: Verdict, name: str, fault: Fault, plan: Plan, played: Played) -> bool:
    """Nothing is left of what was mended; the days after are as any other."""
    kind, last = KINDS[fault.kind], played.told[plan.days[-1]]
    after = fault.last + dt.timedelta(days=1 + kind.neighbours)
    wrong = [
        (day, found)
        for day, report in last.items()
        if day >= after or (kind.is_mended and day >= fault.day)
        for found in report.of(fault.site_id)
    ]
    if wrong:
        verdict.wrong.append(f"{name}: not recovered: {wrong[:3]}")
    return not wrong


def _judge_rotation(
    verdict: Verdict, day: dt.date, site_id: str, plan: Plan, played: Played, lines: Lines
) -> None:
    row = verdict.rows["rotating during the run"]
    row.injected += 1
    row.accounted += lines.are_right
    # What was not written yet may be missed that night, by a gap and nothing else.
    told = played.told[day].get(day)
    found = told.of(site_id) if told else []
    row.told += 1
    row.told_once += _are_beside(found, frozenset({"log-gap", "volume-anomaly"}))
    left = played.told[plan.days[-1]][day].of(site_id)
    row.recovered += not left
    if left:
        verdict.wrong.append(f"rotating ({site_id}, {day}): not recovered: {left}")


def _judge_nights(verdict: Verdict, plan: Plan, played: Played) -> None:
    for number, day in enumerate(plan.days):
        outage, ended = plan.outages.get(day), played.ended[day]
        if outage is None:
            if ended.code:
                verdict.wrong.append(f"night of {day} ended with {ended.code}: {_end_of(ended)}")
            continue
        row = verdict.rows[outage.name]
        row.injected += 1
        is_told = ended.code == outage.code and outage.says in ended.messages
        is_told &= "Traceback" not in ended.messages
        report = played.told[day].get(day)
        has_no_all_clear = not outage.is_fatal or report is None or report.verdict != _CLEAR
        row.told += is_told and has_no_all_clear
        row.told_once += is_told and ended.messages.count(outage.says or "\0") <= 1
        after = plan.days[number + 1]
        made_up = day in played.told[after if outage.is_fatal else day]
        made_up &= not outage.is_fatal or after in played.told[after]
        row.recovered += made_up
        row.accounted += made_up
        if not (is_told and has_no_all_clear and made_up):
            verdict.wrong.append(
                f"{outage.name} ({day}): ended with {ended.code}, all-clear:"
                f" {not has_no_all_clear}, made up for: {made_up}: {_end_of(ended)}"
            )


def _end_of(ended: Ended) -> str:
    return ended.messages[-600:].strip()


def _judge_mail(verdict: Verdict, plan: Plan, played: Played) -> None:
    """A night without mail says so, and the next one sends what was not sent; nothing twice."""
    row = verdict.rows["mail down"]
    for day, ended in played.delivered.items():
        is_down = day in plan.without_mail
        if is_down:
            row.injected += 1
            row.accounted += 1
            row.told += ended.code == 1 and "Traceback" not in ended.messages
            row.told_once += ended.code == 1
            later = [one for one in played.delivered if one > day and one not in plan.without_mail]
            row.recovered += bool(later) and played.delivered[later[0]].code == 0
        if ended.code != is_down:
            verdict.wrong.append(f"mail of {day} ended with {ended.code}: {_end_of(ended)}")
    twice = {one for one in played.mails if played.mails.count(one) > 1}
    if twice:
        verdict.wrong.append(f"mails that were sent twice: {sorted(twice)}")


def _false_alarms(plan: Plan, played: Played) -> Iterator[str]:
    """Findings, in any report after any night, on a site's day that nothing was done to."""
    seen = set()
    for told in played.told.values():
        for day, report in told.items():
            for one in report.findings:
                if not _has_cause(plan, one.site_id, day) and (day, one) not in seen:
                    seen.add((day, one))
                    yield f"false alarm: {day} {one}"


def _has_cause(plan: Plan, site_id: str, day: dt.date) -> bool:
    if plan.rotating.get(day) == site_id:
        return True
    return any(
        fault.is_on(site_id, day - dt.timedelta(days=back))
        for fault in plan.faults
        for back in range(-KINDS[fault.kind].neighbours, KINDS[fault.kind].neighbours + 1)
        if not KINDS[fault.kind].is_harmless
    )


def _false_all_clears(plan: Plan, played: Played) -> Iterator[str]:
    """Reports that say all is well of a day on which something was wrong that could be known."""
    for night, told in played.told.items():
        for day, report in told.items():
            if report.verdict != _CLEAR:
                continue
            for fault in plan.faults:
                kind = KINDS[fault.kind]
                is_known = fault.day + dt.timedelta(days=kind.is_late) <= night
                is_over = kind.is_mended and night > fault.day
                if (
                    fault.day <= day <= fault.last
                    and is_known
                    and not (is_over or kind.is_harmless)
                ):
                    yield f"all-clear for {day} after the night of {night}: {fault}"
