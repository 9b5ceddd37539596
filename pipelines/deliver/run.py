"""Who is told of which days by which channel, each once, whatever happens to the others."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipelines.deliver.airflow_connections import airflow_server, airflow_webhook
from pipelines.deliver.channel import Channel, ChannelError, Pause, send_with_patience
from pipelines.deliver.day import ReportedDay, read_day, readable_days
from pipelines.deliver.disclosed import Registrar
from pipelines.deliver.folder import FolderChannel
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.mail import MailChannel
from pipelines.deliver.notice import Notice, alert, copy, daily_digest, weekly_digest
from pipelines.deliver.smtp import OpenServer, server_of
from pipelines.deliver.webhook import WebhookChannel
from pipelines.errors import MimamoriError
from pipelines.records import Act, Records
from pipelines.report.index import days_in
from pipelines.settings.delivery import Deliver, EMail, Webhook
from pipelines.text.messages import message
from pipelines.text.words import Words

log = logging.getLogger(__name__)

OLDEST_DAYS = 7
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
class Means:
    """What deliveries need from outside: secrets, clock, the way to wait, records, the register.

    `secret` gives the value of an environment variable. In Airflow (`is_airflow`) a connection
    goes before `smtp:`, elsewhere `smtp:` goes first.
    """

    secret: Callable[[str], str | None]
    clock: Callable[[], dt.datetime]
    pause: Pause
    records: Records
    register: Registrar
    is_airflow: bool = False


@dataclass(frozen=True)
class Proof:
    """What the ledger says of a notice that was due: sent as it is now, an earlier version, none.

    `period` is a day, or a week as `2026-W47`.
    """

    channel: str
    kind: str
    period: str
    state: Literal["sent", "earlier", "missing"]


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

    Days of the week before the last that were looked at before are looked at again: late lines may
    have changed them, or a channel may have failed. Days older than that are only copied: their
    news is old. A failure at one channel is told in the result and stops nothing. With `dry_run`
    nothing is sent or written.

    Raises:
        MimamoriError: a day has no report, or the ledger cannot be used.
    """
    last = max(days)
    seen = ledger.days_seen(last - dt.timedelta(days=OLDEST_DAYS), last)
    again = set(seen) & set(days_in(reports)) - set(days)
    reported = [read_day(reports, on) for on in sorted(set(days))]
    reported = sorted([*readable_days(reports, again), *reported], key=lambda day: day.on)
    if not dry_run:
        ledger.see(days, means.clock())
    done: list[Delivery] = []
    for name, open_channel in _channels(target, words, means):
        notices = list(_notices(target, name, reported, reports, last, ledger))
        if not notices:
            continue
        try:
            channel = None if dry_run else open_channel()
        except MimamoriError as error:
            done += [_failed(name, notice, error) for notice in notices]
            continue
        for notice in notices:
            done.append(_one(target, name, channel, notice, ledger, means))
    repeated = {on.isoformat() for on in again}
    return [one for one in done if one.status != "already_sent" or one.period not in repeated]


def proven(target: Deliver, reports: Path, ledger: Ledger, days: Sequence[dt.date]) -> list[Proof]:
    """Return every notice that the reports of `days` ask for, and whether the ledger has it.

    A failure itself is not in the ledger: a notice that is not there failed, or nobody tried. Days
    without a readable report ask for nothing, digests of weeks that end on other days neither.

    Raises:
        MimamoriError: the ledger cannot be used.
    """
    names = [
        name
        for name, channel in (
            (MailChannel.name, target.email),
            (WebhookChannel.name, target.webhook),
            (FolderChannel.name, target.folder),
        )
        if channel is not None
    ]
    wanted = set(days)
    found: dict[tuple[str, str, str], Proof] = {}
    for day in readable_days(reports, sorted(wanted)):
        for name in names:
            for notice in _notices(target, name, [day], reports, day.on, ledger):
                if notice.last_on in wanted:
                    sent = ledger.last_fingerprint(notice.kind, notice.period, name)
                    state = _state_of(sent, notice.fingerprint)
                    proof = Proof(name, notice.kind, notice.period, state)
                    found[name, notice.kind, notice.period] = proof
    return list(found.values())


def _state_of(sent: str | None, fingerprint: str) -> Literal["sent", "earlier", "missing"]:
    if sent is None:
        return "missing"
    return "sent" if sent == fingerprint else "earlier"


def require_sent(deliveries: Sequence[Delivery]) -> None:
    """Raise MimamoriError, a line for each delivery that failed, when any did."""
    failed = [one for one in deliveries if one.status == "failed"]
    if failed:
        raise MimamoriError(
            "\n".join(f"deliver {one.period}: {one.channel}: {one.message}" for one in failed)
        )


def _one(
    target: Deliver,
    name: str,
    channel: Channel | None,
    notice: Notice,
    ledger: Ledger,
    means: Means,
) -> Delivery:
    """Deliver one notice unless the ledger has it; `channel` is None for a dry run."""
    kind, period = notice.kind, notice.period
    try:
        if ledger.last_fingerprint(kind, period, name) == notice.fingerprint:
            return Delivery(name, kind, period, "already_sent")
        if channel is None:
            return Delivery(name, kind, period, "would_send")
        with ledger.delivery(kind, period, name, means.clock()) as entry:
            if entry.fingerprint == notice.fingerprint:
                return Delivery(name, kind, period, "already_sent")
            about = {"kind": kind, "period": period}
            with means.records.use(Act(f"deliver {name}", about), means.clock):
                head = means.records.head().hash
                is_update = entry.fingerprint is not None
                full = replace(notice, is_update=is_update, head=head)
                receipt = send_with_patience(channel, full, target.attempts, means.pause)
                means.register(channel.name, full, receipt)
            entry.sent, entry.receipt = notice.fingerprint, replace(receipt, head=head)
    except MimamoriError as error:  # the ledger's too: the other channels are still tried
        return _failed(name, notice, error)
    return Delivery(name, kind, period, "sent", receipt.remark)


def _failed(name: str, notice: Notice, error: MimamoriError) -> Delivery:
    log.warning("deliver %s: %s: %s", notice.period, name, error)
    return Delivery(name, notice.kind, notice.period, "failed", str(error))


def _notices(
    target: Deliver,
    name: str,
    reported: Sequence[ReportedDay],
    reports: Path,
    last: dt.date,
    ledger: Ledger,
) -> Iterator[Notice]:
    """What one channel is to hear of: alerts or copies by day, then the digest that is due."""
    if name == "folder" and target.folder is not None and target.folder.every_day:
        yield from (copy(day) for day in reported)
        return
    fresh = [day for day in reported if (last - day.on).days <= OLDEST_DAYS]
    for day in fresh:
        notice = alert(day, target.threshold)
        sent = ledger.last_fingerprint("alert", notice.period, name)
        if day.warrants(target.threshold) or sent is not None:
            yield notice
        elif target.digest == "daily":
            yield daily_digest(day)
    if target.digest == "weekly":
        digest = weekly_digest(reports, last)
        if digest is not None:
            yield digest


def _channels(
    target: Deliver, words: Words, means: Means
) -> Iterator[tuple[str, Callable[[], Channel]]]:
    """The channels that settings name, each with the way to open it."""
    email, webhook, folder = target.email, target.webhook, target.folder
    if email is not None:
        yield (
            MailChannel.name,
            lambda: MailChannel(
                email, words, target.link, _server(email, target, means), means.clock
            ),
        )
    if webhook is not None:
        yield (
            WebhookChannel.name,
            lambda: WebhookChannel(
                webhook, words, target.link, _address(webhook, means), target.timeout_seconds
            ),
        )
    if folder is not None:
        yield FolderChannel.name, lambda: FolderChannel(folder, words)


def _server(email: EMail, target: Deliver, means: Means) -> OpenServer:
    if email.connection is not None and (means.is_airflow or email.smtp is None):
        return airflow_server(email.connection)
    if email.smtp is None:
        raise ChannelError(message("deliver.run.mail_without_server", at="deliver.email"))
    password = None
    if email.smtp.password_env is not None:
        password = _secret(means, email.smtp.password_env)
    return server_of(email.smtp, password, target.timeout_seconds)


def _address(webhook: Webhook, means: Means) -> str:
    if webhook.connection is not None:
        return airflow_webhook(webhook.connection)
    return _secret(means, webhook.url_env or "")


def _secret(means: Means, name: str) -> str:
    value = means.secret(name)
    if not value:
        raise ChannelError(message("deliver.run.secret_missing", name=name))
    return value
