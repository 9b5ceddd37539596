"""The mail server: opened with a checked certificate, and what its refusals mean."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from pipelines.deliver.channel import ChannelError
from pipelines.settings.delivery import MailServer

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
        raise ChannelError(
            "メールの利用者名かパスワードに ASCII 以外の文字があります / "
            "the mail server's user or password has letters beyond ASCII; give it another"
        ) from None
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
            f"メールサーバーがすべての宛先を拒否しました（{min(codes)}） / "
            f"the mail server refused every recipient ({min(codes)}); see deliver.email.to",
            may_pass=min(codes) < _PERMANENT,
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return ChannelError(
            f"メールサーバーにログインできません（{error.smtp_code}） / "
            f"the mail server refused the log-in ({error.smtp_code}); check user and password",
            may_pass=error.smtp_code < _PERMANENT,
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ChannelError(
            "メールサーバーが STARTTLS かログインに対応していません / the mail server offers no "
            "STARTTLS or no log-in; see deliver.email.smtp.security"
        )
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return ChannelError(
            f"メールサーバーが断りました（{error.smtp_code}） / "
            f"the mail server declined ({error.smtp_code})",
            may_pass=error.smtp_code < _PERMANENT,
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return ChannelError(
            "メールサーバーの証明書が確かめられません / the mail server's certificate cannot be "
            f"verified: {error.verify_message}; SSL_CERT_FILE names an authority of your own"
        )
    reason = getattr(error, "strerror", None) or type(error).__name__
    return ChannelError(
        f"メールサーバーに届きません / the mail server cannot be reached: {reason}", may_pass=True
    )
