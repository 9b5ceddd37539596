"""A notice as a mail: text and HTML, the report attached or linked."""

import datetime as dt
import hashlib
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from pipelines.deliver.channel import ChannelError, Receipt
from pipelines.deliver.day import digest_of
from pipelines.deliver.letter import Letter, as_text, attachment_name, write_letter
from pipelines.deliver.notice import Notice
from pipelines.deliver.smtp import OpenServer, submit
from pipelines.findings import Severity
from pipelines.report.render import environment
from pipelines.settings.delivery import EMail
from pipelines.text.mail_policy import SMTP
from pipelines.text.messages import message
from pipelines.text.words import Words

_TEMPLATES = Path(__file__).parent / "templates"
_ATTACHED_AT_MOST = 7_000_000  # bytes; base64 makes 10 MB of them, which most servers still take
_COLOURS = {Severity.CRITICAL: "#a4000f", Severity.HIGH: "#c2500a", Severity.MEDIUM: "#8a6d00"}
_CALM = "#3a6b35"


class MailChannel:
    """Sends letters through a mail server."""

    name: Final = "email"

    def __init__(
        self,
        target: EMail,
        words: Words,
        link: str | None,
        server: OpenServer,
        clock: Callable[[], dt.datetime],
        outlet: str = name,
    ) -> None:
        """Take whom to write to, in which language, and how the server is reached.

        `outlet` tells letters apart that one person gets for several teams or shops.
        """
        self._outlet = outlet
        self._target = target
        self._words = words
        self._link = link
        self._server = server
        self._clock = clock

    def send(self, notice: Notice) -> Receipt:
        """Hand the mail to the server; the digest is of its source."""
        mail = compose(notice, self._target, self._words, self._link, self._clock(), self._outlet)
        is_attached = any(mail.iter_attachments())
        is_detailed = self._target.details and not notice.is_week
        source = mail.as_bytes()
        refused = submit(self._server, source, self._target.from_, self._target.to)
        total = len(self._target.to)
        remark = message("deliver.mail.recipients_refused", total=total, refused=len(refused))
        return Receipt(
            recipients=self._target.to,
            sha256=hashlib.sha256(source).hexdigest(),
            refused=refused,
            remark=remark if refused else "",
            items=("report",) if is_attached else ("findings" if is_detailed else "counts",),
        )


def compose(
    notice: Notice,
    target: EMail,
    words: Words,
    link: str | None,
    at: dt.datetime,
    outlet: str = MailChannel.name,
) -> EmailMessage:
    """Return the mail, every part of it in seven-bit form.

    The Message-ID is the same for the same notice, so that a mail that had to be sent twice shows
    once. `at` is an aware instant.

    Raises:
        ChannelError: the report cannot be read.
    """
    page = _attachment(notice, target)
    letter = write_letter(
        notice,
        words,
        details=target.details,
        link=link if target.report != "none" else None,
        is_attached=page is not None,
    )
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = letter.subject
    mail["From"] = Address(words("product"), addr_spec=target.from_)
    mail["To"] = [Address(addr_spec=one) for one in target.to]
    mail["Date"] = format_datetime(at.astimezone(words.zone))
    mail["Message-ID"] = _message_id(notice, target, outlet)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(as_text(letter), cte="base64")
    mail.add_alternative(as_html(letter, words), subtype="html", cte="base64")
    if page is not None:
        name = attachment_name(notice.days[0])
        mail.add_attachment(page, maintype="text", subtype="html", filename=name)
    return mail


def as_html(letter: Letter, words: Words) -> str:
    """Return the letter as a page without scripts, pictures or outside styles."""
    return (
        environment(words, _TEMPLATES)
        .get_template("mail.html.j2")
        .render(
            letter=letter,
            colour=_CALM if letter.worst is None else _COLOURS.get(letter.worst, _CALM),
            open_report=words("deliver.open_report"),
        )
    )


def _attachment(notice: Notice, target: EMail) -> bytes | None:
    if target.report != "attach" or notice.kind != "alert":
        return None
    page = notice.days[0].page
    try:
        content = page.read_bytes()
    except OSError as error:
        raise ChannelError(
            message("deliver.mail.cannot_be_read", at=page, reason=error.strerror)
        ) from None
    return content if len(content) <= _ATTACHED_AT_MOST else None


def _message_id(notice: Notice, target: EMail, outlet: str) -> str:
    parts = [notice.kind, notice.period, notice.fingerprint, *target.to]
    parts += [outlet] if notice.days[0].is_part else []
    unique = digest_of(parts)[:24]
    return f"<{notice.period}.{unique}@{target.from_.partition('@')[2]}>"
