"""The mail server: opened with a checked certificate, and what its refusals mean."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from pipelines.deliver.channel import ChannelError
from pipelines.settings.delivery import MailServer
from pipelines.text.messages import message

OpenServer = Callable[[], AbstractContextManager[smtplib.SMTP]]
_PERMANENT = 500  # replies from here on stay (RFC 5321, 4.2.1)


def server_of(target: MailServer, password: str | None, timeout_seconds: float) -> OpenServer:
    """Return a way to open `target`, encrypted and logged in as it asks for.

    `timeout_seconds` is the longest wait for each answer.
    """

    @contextmanager
    def opened() -> Iterator[smtplib.SMTP]:
        context = ssl.create_default_context()
        if target.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                target.host, target.port, timeout=timeout_seconds, context=context
            )
        else:
            client = smtplib.SMTP(target.host, target.port, timeout=timeout_seconds)
        with client:
            if target.security == "starttls":
                client.starttls(context=context)
            if target.user is not None and password is not None:
                client.login(target.user, password)
            yield client

    return opened


def submit(server: OpenServer, source: bytes, sender: str, to: Sequence[str]) -> tuple[str, ...]:
    """Hand a mail's source over; return whom the server refused while it took others.

    Raises:
        ChannelError: the server took it for nobody, or could not be reached.
    """
    refused: dict[str, tuple[int, bytes]] | None = None
    try:
        with server() as client:
            refused = client.sendmail(sender, list(to), source)
    except UnicodeError:
        raise ChannelError(message("deliver.smtp.not_ascii")) from None
    except (smtplib.SMTPException, OSError) as error:
        # Once the server has the mail, a bad good-bye is no reason to send it again.
        if refused is None:
            raise failure(error) from None
    return tuple(sorted(refused or {}))


def failure(error: smtplib.SMTPException | OSError) -> ChannelError:
    """Return what happened in words; servers' own texts are left out, they quote addresses."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return ChannelError(
            message("deliver.smtp.all_recipients_refused", code=min(codes)),
            may_pass=min(codes) < _PERMANENT,
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return ChannelError(
            message("deliver.smtp.log_in_refused", code=error.smtp_code),
            may_pass=error.smtp_code < _PERMANENT,
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ChannelError(message("deliver.smtp.no_starttls"))
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return ChannelError(
            message("deliver.smtp.declined", code=error.smtp_code),
            may_pass=error.smtp_code < _PERMANENT,
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return ChannelError(message("deliver.smtp.wrong_certificate", reason=error.verify_message))
    reason = getattr(error, "strerror", None) or type(error).__name__
    return ChannelError(message("deliver.smtp.not_reached", reason=reason), may_pass=True)
