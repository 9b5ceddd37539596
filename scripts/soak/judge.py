"""What came of a soak: for each kind of fault whether it was accounted for, reported, recovered."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from soak.faults import KINDS, Fault
from soak.lines import Lines
from soak.outages import Ended
from soak.play import Plan, Played
from soak.reported import Report, Reported
from soak.verdict import ACCOUNTED, ONCE, RECOVERED, REPORTED, Verdict

_CLEAR = "clear"
_ROTATION = "rotating during the run"
_MAIL = "mail down"
# What was not written yet when a log was read is missed that night, by a gap and nothing else.
_OF_ROTATION = frozenset({"log-gap", "volume-anomaly"})


def judge(
    plan: Plan,
    played: Played,
    lines: Mapping[str, Lines],
    unproven: Sequence[str],
    names: Mapping[tuple[str, dt.date], str],
) -> Verdict:
    """Judge what was played by the plan and the lines that were sent, and by nothing else.

    `lines` are those of each site, `unproven` what doctor finds wrong with the lake, and `names`
    how a report names the file of a site's day.
    """
    verdict = Verdict(lines=sum(one.sent for one in lines.values()))
    disturbed = {one.site_id for one in plan.faults} | set(plan.rotating.values())
    verdict.calm_sites = sum(site not in disturbed for site in lines)
    verdict.wrong += [
        f"{site_id}: {_amiss(one)}" for site_id, one in lines.items() if not one.are_right
    ]
    verdict.wrong += [f"doctor: {one}" for one in unproven]
    for fault in plan.faults:
        _Judge(verdict, plan, played).fault(fault, lines[fault.site_id].are_right, names)
    for day, site_id in plan.rotating.items():
        _Judge(verdict, plan, played).rotation(day, site_id, lines[site_id].are_right)
    for day in plan.days:
        _Judge(verdict, plan, played).night(day)
        _Judge(verdict, plan, played).mail(day)
    verdict.wrong += _wrong_mails(plan, played)
    verdict.wrong += _false_alarms(plan, played)
    verdict.wrong += _false_all_clears(plan, played)
    verdict.wrong += _without_all_clear(plan, played, verdict)
    return verdict


def _amiss(one: Lines) -> str:
    return "; ".join(
        f"{len(numbers)} lines {what} {sorted(numbers)[:3]}"
        for what, numbers in (
            ("lost", one.lost), ("twice", one.twice), ("from nowhere", one.invented),
            ("altered", one.altered), ("without a number", range(one.unnumbered)),
        )
        if numbers
    )  # fmt: skip


@dataclass(frozen=True)
class _Judge:
    """Judges a fault, a rotation, a night or its mail; what is wrong goes into the verdict."""

    verdict: Verdict
    plan: Plan
    played: Played

    def fault(
        self, fault: Fault, are_right: bool, names: Mapping[tuple[str, dt.date], str]
    ) -> None:
        kind = KINDS[fault.kind]
        row = self.verdict.injected(fault.kind)
        name = f"{fault.kind} ({fault.site_id}, {fault.day})"
        row.note(ACCOUNTED, are_right)  # the lines themselves are among what is wrong
        is_reported = is_once = True
        for day in () if kind.is_harmless else self._days_of(fault):
            report = self._first_report(fault, day)
            of_site = [] if report is None else report.of(fault.site_id)
            found = [one for one in of_site if one.detector in kind.reported_by]
            is_named = not kind.is_unreadable
            if report is not None and kind.is_unreadable:
                is_named = names[fault.site_id, day] in report.page
            here = bool(found) == bool(kind.reported_by) and report is not None and is_named
            others = [one for one in of_site if one not in found]
            once = here and len(found) <= 1 and _are_beside(others, kind.beside)
            is_reported &= here
            is_once &= once
            if not once:
                self.verdict.wrong.append(f"{name}: of {day}: {of_site}, file named: {is_named}")
        if not kind.is_harmless:
            row.note(REPORTED, is_reported)
            row.note(ONCE, is_once)
        row.note(RECOVERED, self._is_recovered(name, fault))

    def _days_of(self, fault: Fault) -> list[dt.date]:
        return [one for one in self.plan.days if fault.day <= one <= fault.last]

    def _first_report(self, fault: Fault, day: dt.date) -> Report | None:
        """The report of a day after the first night from which on it must tell of a fault."""
        known = day + dt.timedelta(days=KINDS[fault.kind].is_late)
        return next((one for _, one in _done(self.plan, self.played, day, known)), None)

    def _is_recovered(self, name: str, fault: Fault) -> bool:
        """Nothing is left of what was mended; the days after are as any other."""
        kind, last = KINDS[fault.kind], self.played.reports[self.plan.days[-1]]
        after = fault.last + dt.timedelta(days=1 + kind.neighbours)
        calm = [
            day
            for day in self.plan.days
            if day >= after or ((kind.is_mended or kind.is_harmless) and day >= fault.day)
        ]
        wrong = [
            (day, last[day].of(fault.site_id) if day in last else "no report")
            for day in calm
            if day not in last or last[day].of(fault.site_id)
        ]
        if wrong:
            self.verdict.wrong.append(f"{name}: not recovered: {wrong[:3]}")
        return not wrong

    def rotation(self, day: dt.date, site_id: str, are_right: bool) -> None:
        row = self.verdict.injected(_ROTATION)
        row.note(ACCOUNTED, are_right)
        report = self.played.reports[day].get(day)
        found = report.of(site_id) if report else []
        row.note(ONCE, _are_beside(found, _OF_ROTATION))
        last = self.played.reports[self.plan.days[-1]].get(day)
        row.note(RECOVERED, last is not None and not last.of(site_id))
        if not row.is_well():
            self.verdict.wrong.append(f"rotating ({site_id}, {day}): {found}, then {last}"[:600])

    def night(self, day: dt.date) -> None:
        """It ends as it must; the next makes up for what it left undone."""
        outage, ended = self.plan.outages.get(day), self.played.ended[day]
        if outage is None:
            if ended.code or day not in self.played.reports[day]:
                self.verdict.wrong.append(
                    f"night of {day} ended with {ended.code}: {_end_of(ended)}"
                )
            return
        row = self.verdict.injected(outage.name)
        is_said = ended.code == outage.code and outage.says in ended.messages
        is_said &= "Traceback" not in ended.messages
        report = self.played.reports[day].get(day)
        # A night that ends early may have written its report just before.
        is_clear = outage.is_fatal and report is not None and report.verdict == _CLEAR
        is_clear &= not _is_calm(self.plan, day)
        row.note(REPORTED, is_said and not is_clear)
        if outage.says:
            row.note(ONCE, ended.messages.count(outage.says) == 1)
        after = self.plan.days[self.plan.days.index(day) + 1] if outage.is_fatal else day
        made_up = {day, after} <= self.played.reports[after].keys()
        row.note(RECOVERED, made_up)
        if not row.is_well():
            self.verdict.wrong.append(
                f"{outage.name} ({day}): ended with {ended.code}, all-clear: {is_clear},"
                f" made up for: {made_up}: {_end_of(ended)}"
            )

    def mail(self, day: dt.date) -> None:
        """What was reported is sent, or the sender says that it cannot, and sends it later."""
        ended, has_report = self.played.delivered[day], day in self.played.reports[day]
        is_down = day in self.plan.without_mail
        fails = is_down or not has_report
        is_said = ended.code == fails and "Traceback" not in ended.messages
        if not is_said:
            self.verdict.wrong.append(f"mail of {day} ended with {ended.code}: {_end_of(ended)}")
        nights = [one.night for one in self.played.mails if one.day == day]
        if is_down:
            row = self.verdict.injected(_MAIL)
            row.note(REPORTED, is_said and bool(ended.messages.strip()))
            row.note(RECOVERED, any(night > day for night in nights))
            if not row.is_well():
                self.verdict.wrong.append(f"mail down ({day}): sent in {nights}: {_end_of(ended)}")


def _done(
    plan: Plan, played: Played, day: dt.date, since: dt.date
) -> Iterator[tuple[dt.date, Report]]:
    """The nights from a day on that were not left undone, with their report of the day."""
    for night in plan.days:
        is_undone = night in plan.outages and plan.outages[night].is_fatal
        if night >= since and not is_undone and day in played.reports[night]:
            yield night, played.reports[night][day]


def _are_beside(found: Sequence[Reported], allowed: frozenset[str]) -> bool:
    names = [one.detector for one in found]
    return set(names) <= allowed and len(names) == len(set(names))


def _end_of(ended: Ended) -> str:
    return ended.messages[-600:].strip()


def _wrong_mails(plan: Plan, played: Played) -> Iterator[str]:
    """Days whose mail did not come in the first night that could, and mails too many.

    A mail more of a day is one too many unless its report has been another meanwhile.
    """
    sent: dict[dt.date, list[dt.date]] = defaultdict(list)
    for mail in played.mails:
        sent[mail.day].append(mail.night)
    for day in plan.days:
        with_report = [
            night
            for night in plan.days
            if day in played.reports[night] and night not in plan.without_mail
        ]
        # The mail of a night is sent to its day: a night without a report of its own sends none.
        able = [night for night in with_report if night in played.reports[night]]
        if not able:
            yield f"mail: no night could send {day}"
        elif min(sent[day], default=None) != able[0]:
            yield f"mail of {day} came in {sent[day]}, not first in {able[0]}"
        pages = {played.reports[night][day].page for night in with_report}
        if len(sent[day]) > len(pages):
            yield f"mail of {day} came {len(sent[day])} times: {len(pages)} reports"
    for name, count in Counter(one.id for one in played.mails).items():
        if count > 1:
            yield f"mail {name} was sent {count} times"


def _false_alarms(plan: Plan, played: Played) -> Iterator[str]:
    """Findings, in any report after any night, that nothing done to that site's day explains."""
    seen = set()
    for reports in played.reports.values():
        for day, report in reports.items():
            for one in report.findings:
                if one.detector not in _explained(plan, one.site_id, day) and (
                    (day, one) not in seen
                ):
                    seen.add((day, one))
                    yield f"false alarm: {day} {one}"


def _explained(plan: Plan, site_id: str, day: dt.date) -> set[str]:
    """The detectors that may speak of a site's day."""
    found = set(_OF_ROTATION) if plan.rotating.get(day) == site_id else set()
    for fault in plan.faults:
        kind = KINDS[fault.kind]
        if any(fault.is_on(site_id, one) for one in _around(day, kind.neighbours)):
            found |= kind.reported_by | kind.beside
    return found


def _around(day: dt.date, neighbours: int) -> list[dt.date]:
    return [day + dt.timedelta(days=back) for back in range(-neighbours, neighbours + 1)]


def _false_all_clears(plan: Plan, played: Played) -> Iterator[str]:
    """Reports that say all is well of a day on which something was wrong that could be known."""
    for night, reports in played.reports.items():
        for day, report in reports.items():
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


def _is_calm(plan: Plan, day: dt.date) -> bool:
    """Nothing was wrong with any site's delivery of a day, nor with that of a day that it shows."""
    return day not in plan.rotating and not any(
        fault.day <= one <= fault.last
        for fault in plan.faults
        for one in _around(day, KINDS[fault.kind].neighbours)
        if not KINDS[fault.kind].is_harmless
    )


def _without_all_clear(plan: Plan, played: Played, verdict: Verdict) -> Iterator[str]:
    """Days on which nothing was wrong, and whose report does not say so.

    The first night reads the history too, and its own report, which alone is left out here, rightly
    says that lines are of long ago.
    """
    for day in plan.days[1:]:
        if not _is_calm(plan, day):
            continue
        verdict.calm_days += 1
        for night, report in _done(plan, played, day, day):
            if report.verdict != _CLEAR:
                yield (
                    f"no all-clear for {day} after the night of {night}:"
                    f" {report.verdict} {report.troubles}"
                )
