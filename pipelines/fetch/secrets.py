"""Secrets by their name: what they hold is asked for when it is needed, and shown nowhere."""

from collections.abc import Callable

from pipelines.fetch.source import SourceError
from pipelines.text.messages import message

Secret = Callable[[str], str | None]


def needed(secret: Secret, name: str) -> str:
    """Return the value of a secret.

    Raises:
        SourceError: the environment does not have it, or it is empty.
    """
    value = secret(name)
    if not value:
        raise SourceError(message("fetch.secrets.not_set", at=name), is_gone=True)
    return value
