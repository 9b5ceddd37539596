"""Who hears of what: the recipients that settings name, and what each of them is told of."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipelines.deliver.airflow_connections import airflow_server, airflow_webhook
from pipelines.deliver.channel import Channel, ChannelError
from pipelines.deliver.day import ReportedDay
from pipelines.deliver.folder import FolderChannel
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.mail import MailChannel
from pipelines.deliver.means import Means
from pipelines.deliver.notice import Notice, alert, copy, daily_digest, weekly_digest
from pipelines.deliver.part import Part, Places, mail_of_shops, part_of_shop, part_of_team
from pipelines.deliver.smtp import OpenServer, server_of
from pipelines.deliver.webhook import WebhookChannel
from pipelines.findings import Severity
from pipelines.settings.delivery import Deliver, EMail, Webhook, is_mailbox
from pipelines.settings.disclosures import Route
from pipelines.text.display import visible
from pipelines.text.messages import message
from pipelines.text.words import Words

OLDEST_DAYS = 7
_ADDRESS_LIMIT = 120


@dataclass(frozen=True)
class Outlet:
    """One recipient or list of recipients.

    `name` is that in the ledger: `email`, `webhook`, `folder`, `email:TEAM` or `shop:ID`. `route`
    is how the register of disclosures has it. With `part` it hears of that alone; `shop` is the
    franchise whose part it is.
    """

    name: str
    route: Route
    opened: Callable[[Words, Means], Channel]
    threshold: Severity
    digest: Literal["weekly", "daily", "never"]
    part: Part | None = None
    shop: str | None = None
    copies: bool = False

    def notices(
        self, reported: Sequence[ReportedDay], reports: Path, last: dt.date, ledger: Ledger
    ) -> Iterator[Notice]:
        """Yield what it is to hear of: alerts or copies by day, then the digest that is due."""
        if self.copies:
            yield from (copy(day) for day in reported)
            return
        for whole in reported:
            day = whole if self.part is None else self.part(whole)
            if day is None or (last - day.on).days > OLDEST_DAYS:
                continue
            notice = alert(day, self.threshold)
            sent_at = ledger.sent_at("alert", notice.period, self.name)
            if day.warrants(self.threshold) or sent_at is not None:
                yield notice
            elif self.digest == "daily":
                yield daily_digest(day)
        if self.digest == "weekly":
            digest = weekly_digest(reports, last, self.part)
            if digest is not None:
                yield digest


def outlets_of_all(target: Deliver) -> Iterator[Outlet]:
    """Yield those whom settings name that hear of everything."""
    whole = target.threshold, target.digest
    email, webhook, folder = target.email, target.webhook, target.folder
    if email is not None:
        yield Outlet("email", "email", _by_mail(target, email), *whole)
    if webhook is not None:
        yield Outlet("webhook", "webhook", _by_webhook(target, webhook), *whole)
    if folder is not None:
        yield Outlet(
            "folder",
            "folder",
            lambda words, _means: FolderChannel(folder, words),
            *whole,
            copies=folder.every_day,
        )


def outlets_of_parts(target: Deliver, places: Places) -> Iterator[Outlet]:
    """Yield the teams, and each shop that has an address by `places`."""
    email = target.email
    if email is None:
        return
    for team in target.teams:
        to = {"to": team.to, "details": team.details, "report": team.report}
        name = f"email:{team.name}"
        yield Outlet(
            name,
            "email",
            _by_mail(target, email.model_copy(update=to), name),
            team.threshold,
            team.digest,
            part_of_team(team, places),
        )
    if target.shops is not None:
        for shop, mails in mail_of_shops(places).items():
            to = {"to": mails, "details": False, "report": target.shops.report}
            name = f"shop:{shop}"
            yield Outlet(
                name,
                "franchise_page",
                _by_mail(target, email.model_copy(update=to), name),
                target.shops.threshold,
                target.shops.digest,
                part_of_shop(shop, places),
                shop,
            )


def _by_mail(
    target: Deliver, email: EMail, outlet: str = MailChannel.name
) -> Callable[[Words, Means], Channel]:
    def opened(words: Words, means: Means) -> Channel:
        for address in email.to:  # those of shops are as the roster has them
            if not is_mailbox(address):
                raise ChannelError(
                    message("deliver.mail.no_address", address=visible(address, _ADDRESS_LIMIT))
                )
        server = mail_server(email, target, means.secret, is_airflow=means.is_airflow)
        return MailChannel(email, words, target.link, server, means.clock, outlet)

    return opened


def _by_webhook(target: Deliver, webhook: Webhook) -> Callable[[Words, Means], Channel]:
    return lambda words, means: WebhookChannel(
        webhook, words, target.link, webhook_address(webhook, means.secret), target.timeout_seconds
    )


def mail_server(
    email: EMail, target: Deliver, secret: Callable[[str], str | None], *, is_airflow: bool
) -> OpenServer:
    """Return the way to the mail server that settings name.

    Raises:
        ChannelError: they name none, or its password or connection is missing.
    """
    if email.connection is not None and (is_airflow or email.smtp is None):
        return airflow_server(email.connection)
    if email.smtp is None:
        raise ChannelError(message("deliver.run.mail_without_server", at="deliver.email"))
    password = None
    if email.smtp.password_env is not None:
        password = given_secret(secret, email.smtp.password_env)
    return server_of(email.smtp, password, target.timeout_seconds)


def webhook_address(webhook: Webhook, secret: Callable[[str], str | None]) -> str:
    """Return the address of the webhook, which is a secret.

    Raises:
        ChannelError: it, or the connection that holds it, is missing.
    """
    if webhook.connection is not None:
        return airflow_webhook(webhook.connection)
    return given_secret(secret, webhook.url_env or "")


def given_secret(secret: Callable[[str], str | None], name: str) -> str:
    """Return the value of an environment variable.

    Raises:
        ChannelError: it is not set.
    """
    value = secret(name)
    if not value:
        raise ChannelError(message("deliver.run.secret_missing", name=name))
    return value
