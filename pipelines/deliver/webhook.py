"""A notice as a chat message, posted to a Slack-compatible webhook."""

import hashlib
import json
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx

from pipelines.deliver.channel import ChannelError, Receipt
from pipelines.deliver.letter import as_text, write_letter
from pipelines.deliver.notice import Notice
from pipelines.settings.delivery import Webhook, is_own_machine
from pipelines.text.messages import message
from pipelines.text.words import Words

_TEXT_LIMIT = 3_500  # characters; Slack cuts texts at 4,000
_BREAK = "\u200b"  # a space of no width
_KEEP_METHOD = frozenset({307, 308})
_MAY_PASS = frozenset({408, 425, 429})
_SERVER_ERROR = 500
_REDIRECTS = 3
_PORTS = {"http": 80, "https": 443}


class WebhookChannel:
    """Posts `{"text": …}` to one address, which is a secret."""

    name: Final = "webhook"

    def __init__(
        self, target: Webhook, words: Words, link: str | None, url: str, timeout_seconds: float
    ) -> None:
        """Take what to tell, in which language, and where; the longest wait for each step.

        Raises:
            ChannelError: the address is none of https, or of http on this machine.
        """
        _origin(url)
        self._target = target
        self._words = words
        self._link = link
        self._url = url
        self._timeout_seconds = timeout_seconds

    def send(self, notice: Notice) -> Receipt:
        """Post the message; the digest is of the request's body."""
        letter = write_letter(notice, self._words, details=self._target.details, link=self._link)
        body = post(self._url, chat_text(as_text(letter)), self._timeout_seconds)
        scheme, host, port = _origin(self._url)
        digest = hashlib.sha256(body).hexdigest()
        items = ("findings",) if letter.items else ("counts",)
        return Receipt((f"{scheme}://{host}:{port}",), digest, items=items)


def chat_text(text: str) -> str:
    """Return a plain text in Slack's mrkdwn, at most 3,500 characters of it.

    Nothing in it can address people, make links or formats: `&`, `<` and `>` are escaped as Slack
    asks for, and what Slack or its likes (Mattermost) would take for a mention, a format or
    Markdown's link is broken by a space of no width. Addresses of the letter's own lines, which
    stand alone, stay links.
    """
    if len(text) > _TEXT_LIMIT:
        text = text[: _TEXT_LIMIT - 1] + "…"
    return "\n".join(_chat_line(line) for line in text.splitlines())


def _chat_line(line: str) -> str:
    escaped = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    alone = escaped.strip()
    if alone.startswith(("http://", "https://")) and " " not in alone:
        return escaped
    for mark in ("@", "#", "*", "_", "~", "`", "](", "://"):
        broken = f"{mark[0]}{_BREAK}{mark[1:]}"
        escaped = escaped.replace(mark, broken)
    return escaped


def post(url: str, text: str, timeout_seconds: float) -> bytes:
    """Post a text and return the body; certificates are checked, only the host of `url` is asked.

    Raises:
        ChannelError: it was not taken.
    """
    at = url
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    try:
        with (
            _silent_client(),
            httpx.Client(verify=ssl.create_default_context(), timeout=timeout_seconds) as client,
        ):
            for _ in range(_REDIRECTS + 1):
                with client.stream("POST", at, content=body, headers=headers) as answer:
                    status, target = answer.status_code, answer.headers.get("location")
                if status not in _KEEP_METHOD or target is None:
                    break
                at = str(httpx.URL(at).join(target))
                if _origin(at) != _origin(url):
                    raise ChannelError(message("deliver.webhook.redirected"))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _failure(error) from None
    if not httpx.codes.is_success(status):
        raise ChannelError(
            message("deliver.webhook.declined", status=status),
            may_pass=status in _MAY_PASS or status >= _SERVER_ERROR,
        )
    return body


def _origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; ChannelError when it is no address, or would be asked in clear."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname or url != url.strip():
        raise ChannelError(message("deliver.webhook.wrong_address"))
    if parts.scheme == "http" and not is_own_machine(parts.hostname):
        raise ChannelError(message("deliver.webhook.in_clear"))
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def _failure(error: Exception) -> ChannelError:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        return ChannelError(
            message("deliver.webhook.wrong_certificate", reason=cause.verify_message)
        )
    return ChannelError(
        message("deliver.webhook.not_reached", kind=type(error).__name__),
        may_pass=isinstance(error, httpx.TransportError),
    )


@contextmanager
def _silent_client() -> Iterator[None]:
    """Keep the secret address out of the logs, where httpx writes every request at `info`."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
