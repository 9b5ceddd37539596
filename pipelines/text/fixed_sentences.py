"""Sentences of templates that never change, put in when a template is compiled.

A page has up to two hundred of them. Looked up, escaped and checked anew for each page, they took
1.7 of the 21.7 CPU seconds of a report of 3,000 shops.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from pipelines.text.words import Language, Words, sentences

_CALL = ("name", "lparen", "string", "rparen")
_WORDS = "t"
"""The name under which every template has its words."""


@cache
def state_of_sentences(language: Language) -> str:
    """Return a digest of all sentences of a language, which compiled templates rest on."""
    found = sorted((key, str(text)) for key, text in sentences(language).items())
    return sha256(repr(found).encode()).hexdigest()


def fixed_sentences(words: Words) -> type[Extension]:
    """Return the extension that reads `t("key")` as the sentence itself; `t` must be `words`.

    Sentences with values are left to each page. A key that no language knows raises KeyError when
    the template is compiled.
    """

    class FixedSentences(Extension):
        def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
            return _said(list(stream), words)

    return FixedSentences


def _said(tokens: Sequence[Token], words: Words) -> Iterator[Token]:
    left = iter(range(len(tokens)))
    for place in left:
        token = tokens[place]
        call = tokens[place : place + len(_CALL)]
        if token.value == _WORDS and tuple(one.type for one in call) == _CALL:
            yield Token(token.lineno, "string", words(call[2].value))
            for _ in call[1:]:
                next(left)
        else:
            yield token
