"""What the program says to whoever runs it, in every language that has a file of messages.

`locales/messages.ja.json` holds the Japanese ones by dotted key, `messages.en.json` the English
ones; another language is one more such file. They are JSON, not YAML as the sentences of reports,
because every start of the command line reads them.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Self

LOCALES = Path(__file__).parent / "locales"
_FIRST = ("ja", "en")


class Message(str):
    """A message in all languages, Japanese first; `texts` holds it by language."""

    texts: Mapping[str, str]
    __slots__ = ("texts",)

    def __new__(cls, whole: str, texts: Mapping[str, str]) -> Self:
        """Make a text of it that remembers what it is in each language."""
        made = super().__new__(cls, whole)
        made.texts = texts
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, str]]:  # type: ignore[override]
        """Return what a copy in another process is made of."""
        return str(self), self.texts


def message(key: str, *, at: object = None, between: str = " / ", **values: object) -> Message:
    """Return the message `key` in all languages, with `values` in its places.

    `at` names once, before all languages, what the message is about: a file, an option. A value
    that is a message itself is put in language by language. A key that no language knows is a
    mistake in the program and raises KeyError.
    """
    known = {language: texts[key] for language, texts in _messages().items() if key in texts}
    if not known:
        raise KeyError(key)
    place = "" if at is None else f"{at}: "
    filled = {
        language: text.format_map(
            {
                name: value.texts.get(language, value) if isinstance(value, Message) else value
                for name, value in values.items()
            }
        )
        for language, text in known.items()
    }
    return Message(
        place + between.join(dict.fromkeys(filled.values())),
        {language: place + text for language, text in filled.items()},
    )


def command_help(key: str, details: str | None = None) -> str:
    """Return the help of a command: its line in all languages, then `details` in each of them."""
    paragraphs = [message(key)]
    if details is not None:
        paragraphs.append(message(details, between="\n\n"))
    return "\n\n".join(paragraphs)


@cache
def _messages() -> Mapping[str, Mapping[str, str]]:
    """The messages of each language by key; Japanese first, English second."""
    found = {
        path.name.split(".")[1]: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(LOCALES.glob("messages.*.json"))
    }
    return {language: found.pop(language) for language in _FIRST} | found
