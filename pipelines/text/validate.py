"""What people say to the lake (names, notes, reasons) must be readable to whoever comes later."""

from collections.abc import Iterable
from difflib import get_close_matches

from pipelines.errors import UsageError
from pipelines.text.display import is_deceptive

LONGEST_NAME, LONGEST_NOTE = 200, 2000  # characters


def require_text(option: str, text: str, longest: int) -> None:
    """Raise UsageError for a text with nothing to read, of over `longest` characters, or no UTF-8.

    `option` is the option of the command line that gave it.
    """
    if not any(letter.isalnum() and not is_deceptive(letter) for letter in text):
        raise UsageError(f"{option}: 読める文字がいります / needs something to read")
    if len(text) > longest:
        raise UsageError(f"{option}: {longest} 文字まで / {longest} characters at most")
    require_utf8(option, text)


def require_utf8(option: str, text: str) -> None:
    """Raise UsageError for a text that came from bytes that are no UTF-8: no lake can hold it."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise UsageError(f"{option}: UTF-8 ではありません / is no UTF-8")


def unknown_name(option: str, value: str, known: Iterable[str]) -> str:
    """Return the message for a name that is none of `known`, with those that are near it."""
    near = get_close_matches(value, sorted(known), n=3)
    hint = f"; もしや / did you mean {' or '.join(near)}?" if near else ""
    return f"{option} {value!r}: その名前のものはありません / nothing of that name is known{hint}"
