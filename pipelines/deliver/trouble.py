"""Tells by mail and webhook that the processing itself is in trouble, not what a day brought.

What failed, when and where to look: no finding, no line of a log and no text of an exception, which
may hold either. It is of use when there is no report, so it needs neither report nor lake.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from pipelines.deliver.channel import ChannelError
from pipelines.deliver.outlets import mail_server, webhook_address
from pipelines.deliver.smtp import submit
from pipelines.deliver.webhook import chat_text, post
from pipelines.settings.delivery import Deliver, EMail
from pipelines.text.display import visible
from pipelines.text.mail_policy import SMTP
from pipelines.text.words import Words

log = logging.getLogger(__name__)

_LONGEST = 2_000


@dataclass(frozen=True)
class Trouble:
    """One failure of the processing: `what` names it, `facts` are lines of plain text."""

    what: str
    facts: tuple[str, ...]

    def text(self, link: str | None) -> str:
        """Return what is told, below the line that names it."""
        lines = [visible(line, _LONGEST) for line in self.facts]
        return "\n".join([*lines, *([link] if link else [])])


def tell_trouble(
    target: Deliver,
    words: Words,
    trouble: Trouble,
    secret: Callable[[str], str | None],
    at: dt.datetime,
    *,
    is_airflow: bool = False,
) -> tuple[str, ...]:
    """Tell those whom settings name by mail and webhook; return the channels that took it.

    A channel that fails is logged, and the other is tried all the same. `at` is an aware instant;
    `secret` gives the value of an environment variable.
    """
    ways: dict[str, Callable[[], object]] = {}
    email, webhook = target.email, target.webhook
    if email is not None:
        source = _mail(email, words, trouble, target.link, at)
        ways["email"] = lambda: submit(
            mail_server(email, target, secret, is_airflow=is_airflow), source, email.from_, email.to
        )
    if webhook is not None:
        text = chat_text(f"{trouble.what}\n{trouble.text(target.link)}")
        ways["webhook"] = lambda: post(
            webhook_address(webhook, secret), text, target.timeout_seconds
        )
    return tuple(name for name, way in ways.items() if _took(name, way))


def _took(name: str, way: Callable[[], object]) -> bool:
    try:
        way()
    except ChannelError as error:
        log.error("%s: %s", name, error)  # noqa: TRY400 - its message says it all
        return False
    return True


def _mail(
    target: EMail, words: Words, trouble: Trouble, link: str | None, at: dt.datetime
) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = visible(trouble.what, _LONGEST)
    mail["From"] = Address(words("product"), addr_spec=target.from_)
    mail["To"] = [Address(addr_spec=one) for one in target.to]
    mail["Date"] = format_datetime(at.astimezone(words.zone))
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{trouble.what}\n\n{trouble.text(link)}\n", cte="base64")
    return mail.as_bytes()
