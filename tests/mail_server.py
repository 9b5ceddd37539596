"""A real mail server on a port of its own, with STARTTLS and AUTH."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER = "mimamori"
PASSWORD = "s3cret: p@ss"  # noqa: S105 - of the server of the tests alone


@dataclass
class Box:
    """What the server took, what it refuses, and how often it is to fail first."""

    port: int = 0
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    refused: frozenset[str] = frozenset()
    failures: list[str] = field(default_factory=list)

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails, parsed."""
        parsed = [message_from_bytes(raw, policy=policy.default) for raw in self.raw]
        return [one for one in parsed if isinstance(one, EmailMessage)]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Refuse those named."""
        if address in self.refused:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Fail as told, then keep the mail."""
        if self.failures:
            return self.failures.pop(0)
        self.raw.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        return "250 taken"

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any
    ) -> AuthResult:
        """Let in who knows the password."""
        right = isinstance(given, LoginPassword) and given == LoginPassword(
            USER.encode(), PASSWORD.encode()
        )
        self.logins.append(right)
        return AuthResult(success=right, handled=False)


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        """Look whether it answers, at the port that the system gave."""
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(context: ssl.SSLContext | None, *, is_implicit: bool = False) -> Iterator[Box]:
    """Serve on localhost; with a context STARTTLS and a log-in are required.

    With `is_implicit` it speaks TLS from the start instead, and to everybody.
    """
    box = Box()
    secured: dict[str, Any] = {}
    if is_implicit:
        secured = {"ssl_context": context}
    elif context is not None:
        secured = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": box.authenticate,
        }
    controller = _AnyPort(box, hostname="127.0.0.1", port=0, **secured)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()
