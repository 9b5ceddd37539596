"""What people say to the lake (names, notes, reasons) must be readable to whoever comes later."""

from collections.abc import Iterable
from difflib import get_close_matches

from pipelines.errors import UsageError
from pipelines.text.display import is_deceptive
from pipelines.text.messages import message

LONGEST_NAME, LONGEST_NOTE = 200, 2000  # characters


def require_text(option: str, text: str, longest: int) -> None:
    """Raise UsageError for a text with nothing to read, of over `longest` characters, or no UTF-8.

    `option` is the option of the command line that gave it.
    """
    if not any(letter.isalnum() and not is_deceptive(letter) for letter in text):
        raise UsageError(message("text.validate.nothing_to_read", at=option))
    if len(text) > longest:
        raise UsageError(message("text.validate.too_long", at=option, longest=longest))
    require_utf8(option, text)


def require_utf8(option: str, text: str) -> None:
    """Raise UsageError for a text that came from bytes that are no UTF-8: no lake can hold it."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise UsageError(message("text.validate.not_utf_8", at=option))


def unknown_name(option: str | None, value: str, known: Iterable[str]) -> str:
    """Return the message for a name that is none of `known`, with those that are near it.

    `option` is what was to have the name; None where the place of it is told already.
    """
    near = get_close_matches(value, sorted(known), n=3)
    hint = message("text.validate.did_you_mean", near=" or ".join(near)) if near else ""
    at = None if option is None else f"{option} {value!r}"
    return message("text.validate.unknown_name", at=at, hint=hint)
