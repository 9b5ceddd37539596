"""Who is told of which days by which channel, each once, whatever happens to the others."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from pipelines.deliver.channel import Channel, ChannelError, with_patience
from pipelines.deliver.day import read_day, readable_days
from pipelines.deliver.ledger import Ledger, State
from pipelines.deliver.means import Means
from pipelines.deliver.notice import Notice
from pipelines.deliver.outlets import OLDEST_DAYS, Outlet, outlets_of_all, outlets_of_parts
from pipelines.deliver.part import Places
from pipelines.errors import MimamoriError
from pipelines.records import Act
from pipelines.report.index import days_in
from pipelines.settings.delivery import Deliver
from pipelines.text.messages import message
from pipelines.text.words import Words

log = logging.getLogger(__name__)

UNREACHED = 3
"""Letters in a row, after which the mail server counts as down."""
Status = Literal["sent", "already_sent", "would_send", "failed"]


@dataclass(frozen=True)
class Delivery:
    """What became of one notice at one channel; `message` is empty where all is said."""

    channel: str
    kind: str
    period: str
    status: Status
    message: str = ""


@dataclass(frozen=True)
class Proof:
    """What the ledger says of a notice that was due: sent as it is now, an earlier version, none.

    `period` is a day, or a week as `2026-W47`.
    """

    channel: str
    kind: str
    period: str
    state: State


def deliver_days(
    target: Deliver,
    words: Words,
    reports: Path,
    ledger: Ledger,
    days: Sequence[dt.date],
    means: Means,
    *,
    dry_run: bool = False,
) -> list[Delivery]:
    """Tell of the reported `days`; return what was sent, was sent before, or failed.

    So are the reported days of the week before the last, from the first that was ever looked at on:
    late lines may have changed them, a channel may have failed, or their own night ended before its
    report was written. Days older than that are only copied: their news is old. A failure at one
    channel is part of the result and stops nothing. With `dry_run` nothing is sent or written.

    Raises:
        MimamoriError: a day has no report, or the ledger cannot be used.
    """
    last = max(days)
    first = max(ledger.first_day_seen() or last, last - dt.timedelta(days=OLDEST_DAYS))
    again = {on for on in days_in(reports) if first <= on <= last} - set(days)
    reported = [read_day(reports, on) for on in sorted(set(days))]
    reported = sorted([*readable_days(reports, again), *reported], key=lambda day: day.on)
    if not dry_run:
        ledger.see(days, means.clock())
    done: list[Delivery] = []
    unreached = 0
    try:
        everybody = [*outlets_of_all(target)]
        everybody += outlets_of_parts(target, means.places())
    except MimamoriError as error:  # whoever hears of everything still does
        log.warning("deliver: %s", error)
        done.append(Delivery("teams, shops", "alert", last.isoformat(), "failed", str(error)))
    for outlet in everybody:
        notices = list(outlet.notices(reported, reports, last, ledger))
        if not notices:
            continue
        try:
            if outlet.part is not None and unreached >= UNREACHED:
                raise ChannelError(message("deliver.run.server_down"))
            channel = None if dry_run else outlet.opened(words, means)
        except MimamoriError as error:
            done += [_failed(outlet.name, notice, error) for notice in notices]
            continue
        for notice in notices:
            one, is_unreached = _one(target, outlet, channel, notice, ledger, means)
            unreached = unreached + 1 if is_unreached else 0
            done.append(one)
    repeated = {on.isoformat() for on in again}
    return [one for one in done if one.status != "already_sent" or one.period not in repeated]


def proven(
    target: Deliver, places: Places, reports: Path, ledger: Ledger, days: Sequence[dt.date]
) -> list[Proof]:
    """Return every notice that the reports of `days` ask for, and whether the ledger has it.

    A failure itself is not in the ledger: a notice that is not there failed, or nobody tried. Days
    without a readable report ask for nothing, digests of weeks that end on other days neither.

    Raises:
        MimamoriError: the ledger cannot be used.
    """
    wanted = set(days)
    found: dict[tuple[str, str, str], Proof] = {}
    for day in readable_days(reports, sorted(wanted)):
        for outlet in (*outlets_of_all(target), *outlets_of_parts(target, places)):
            for notice in outlet.notices([day], reports, day.on, ledger):
                if notice.last_on in wanted:
                    named = notice.kind, notice.period, outlet.name
                    state = ledger.state(*named, notice.fingerprint)
                    proof = Proof(outlet.name, notice.kind, notice.period, state)
                    found[outlet.name, notice.kind, notice.period] = proof
    return list(found.values())


def require_sent(deliveries: Sequence[Delivery]) -> None:
    """Raise MimamoriError, a line for each delivery that failed, when any did."""
    failed = [one for one in deliveries if one.status == "failed"]
    if failed:
        raise MimamoriError(
            "\n".join(f"deliver {one.period}: {one.channel}: {one.message}" for one in failed)
        )


def _one(
    target: Deliver,
    outlet: Outlet,
    channel: Channel | None,
    notice: Notice,
    ledger: Ledger,
    means: Means,
) -> tuple[Delivery, bool]:
    """Deliver one notice unless the ledger has it; `channel` is None for a dry run.

    Besides, whether trying again later has a chance.
    """
    name, kind, period = outlet.name, notice.kind, notice.period
    try:
        if ledger.state(kind, period, name, notice.fingerprint) == "sent":
            return Delivery(name, kind, period, "already_sent"), False
        if channel is None:
            return Delivery(name, kind, period, "would_send"), False
        with ledger.delivery(kind, period, name, notice.fingerprint, means.clock()) as entry:
            if entry.state == "sent":
                return Delivery(name, kind, period, "already_sent"), False
            about = {"kind": kind, "period": period}
            with means.records.use(Act(f"deliver {name}", about), means.clock):
                head = means.records.head().hash
                is_update = entry.state == "earlier"
                full = replace(notice, is_update=is_update, head=head)
                receipt = with_patience(partial(channel.send, full), target.attempts, means.pause)
                told = sum(notice.counts.values())
                whose = f"report {period}"
                means.register(outlet.route, whose, receipt, shop=outlet.shop, rows=told)
            entry.receipt = replace(receipt, head=head)
    except MimamoriError as error:  # the ledger's too: the other channels are still tried
        may_pass = isinstance(error, ChannelError) and error.may_pass
        return _failed(name, notice, error), may_pass
    return Delivery(name, kind, period, "sent", receipt.remark), False


def _failed(name: str, notice: Notice, error: MimamoriError) -> Delivery:
    log.warning("deliver %s: %s: %s", notice.period, name, error)
    return Delivery(name, notice.kind, notice.period, "failed", str(error))
