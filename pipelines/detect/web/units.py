"""What of a request's text is judged by itself: the path, each parameter, referrer, agent.

Each unit is the text that the patterns see (`views.py`). A parameter is its value, then its name
where that is unusual, then `name=value`, so that `^` and `$` fit a value as they fit a pair, then
how it hides what it says. What its value says in base64 is a unit of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import re2

from pipelines.detect.web.decode import decoded, evasions
from pipelines.detect.web.signatures import Place
from pipelines.detect.web.views import BORDER, views
from pipelines.text.base64_text import ENCODED, encoded_texts

_PLAIN_NAME = re.compile(r"[\w.\-\[\]~:]{0,64}")
# Parameters in which people write what they like: search words, messages, campaigns.
_PROSE_NAME = re.compile(
    r"(?:q|s|search\w*|words?|k|keys?|kw|keywords?|terms?|wd|mt|text|txt|message|msg|body"
    r"|comments?|utm_\w+|company|addr(?:ess)?|remarks?|subject|title|note|memo|description|desc|question|free\w*"
    r"|exd|exception|errmsg|error_description|stack)",
    re.IGNORECASE,
)
# Those of conditions as OData and its kin have them, formulas, languages of queries, and where
# OAuth's native applications name their own machine (RFC 8252).
_FORMULA_NAME = re.compile(
    r"(?:query|(?:\$|%24)(?:filter|orderby|select|search|apply|expand|compute)|filter|jql|cql|lucene|fql"
    r"|expr|expression|eq|equation|formula|calc|cell|func(?:tion)?|fn|fields?|columns?|sort|order|orderby"
    r"|group_?by|sql|where|(?:\$|%24)where|(?:filters?|where|conditions?|criteria)(?:\[|%5b)[^=]*"
    r"|redirect_uri|post_logout_redirect_uri|redirect_to|service)",
    re.IGNORECASE,
)
# Words of somebody who asks about code rather than sends it, in such a field.
_QUESTION = re2.compile(  # over all readings: a tenth of what `re` takes
    r"(?:^|[\s(\"])(?:how|what|why|which|whats|vs\.?|versus|mean(?:s|ing)?|explained|examples?|tutorials?"
    r"|differences?|syntax|cheat\s?sheet|document(?:ation|ed)|manual|stackoverflow|stack overflow"
    r"|best practices?|prevent(?:ion|ing)?|deprecated|inheritance|unexpected|beginners?"
    r"|(?:not|isn't|doesn't|don't) work(?:ing|s)?|fails|renders|prepared statements?)"
    r"(?:$|[\s?,.)\"])"
    r"|とは|使い方|方法|意味|違い|エラー|やり方|書き方|対策|仕組み|について|できない|ですか|入門|解説|初心者|効かない|動かない|したい"
)
# Signs that sentences and search words do without, one of so many characters at most.
_SIGNS = re.compile(r"[^\w\s.,'?!:\-\u3000-\u30ff\uff00-\uffef]|,(?=\S)|--")
_SIGN_OF = 8
# A place, a separator or an element, with which no sentence begins.
_BEGINS_OTHERWISE = re.compile(r"\s*(?:[/\\;|&<>*)}\]=,]|[a-z]:[/\\])")
# Two words in a row, or some of Japanese.
_TWO_WORDS = re2.compile(
    r"\pL{2,}[.,?!]?\s+\pL{2,}(?:[^\w:(]|$)|[\p{Hiragana}\p{Katakana}\p{Han}]{2,}"
)
# A sentence, in whatever field: a word that no command has, and two more.
_SENTENCE = re2.compile(
    r"(?:^|[ ,(])(?:the|an?|of|with|your|my|our|their|its|this|that|are|be|has|have|can|will|using"
    r"|but|you|we)[ \r]+\pL{2,}[,.;:]?[ \r]+\pL{2,}"
)
# What parts parameters: no character of HTML begins there.
_SEPARATOR = re.compile(r"&(?!#[xX]?[0-9a-fA-F]{1,7};)")
# So many parameters are judged one by one; behind them the rest of the query is one unit.
_MOST_PARAMETERS = 200


@dataclass(frozen=True)
class Unit:
    """A text and its readings, and whether it stands where people write what they like."""

    text: str
    is_prose: bool = False
    is_formula: bool = False

    def is_worded(self) -> bool:
        """Whether it reads as words, as what stands in the place of a formula always does."""
        words = _TWO_WORDS if self.is_prose else _SENTENCE
        return self.is_formula or _is_worded(self.text.partition(BORDER)[0], words)

    def is_question(self) -> bool:
        """Whether somebody asks about code in it."""
        return self.is_prose and _QUESTION.search(self.text) is not None


def units(place: Place, text: str) -> Iterator[Unit]:
    """Yield the units of a logged text of that place, each once."""
    if place is Place.QUERY:
        yield from dict.fromkeys(_query(text))
    elif place is Place.REFERRER:
        address, _, query = text.partition("?")
        yield _seen(address, is_form=False)
        yield from dict.fromkeys(_query(query) if query else ())
    else:
        yield _seen(text, is_form=False)


def _query(query: str) -> Iterator[Unit]:
    pieces = _SEPARATOR.split(query, _MOST_PARAMETERS)
    if "&&" in query:  # a shell's sign rather than an empty parameter
        yield _seen(query, is_form=True)
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if not equals:
            yield _seen(piece, is_form=True)
            continue
        yield _parameter(name, value)
        for encoded in encoded_texts(value):
            # As if it had been sent as it is, for what it hides within.
            yield _parameter(name, quote(encoded), (f"{ENCODED}{encoded.lower()}",))


def _parameter(name: str, value: str, others: tuple[str, ...] = ()) -> Unit:
    readings = _views(value, is_form=True)
    names = () if _PLAIN_NAME.fullmatch(name) else (_views(name, is_form=True),)
    pair = decoded(f"{name}={value}", is_form=True)[0]
    is_formula = _FORMULA_NAME.fullmatch(name) is not None
    is_prose = is_formula or _PROSE_NAME.fullmatch(name) is not None
    found = (readings, *names, *map(views, (pair, *others)), *evasions(value))
    return Unit(BORDER.join(found), is_prose, is_formula)


def _is_worded(value: str, words: Any) -> bool:
    """Whether a value holds `words`, and at most one sign in _SIGN_OF characters."""
    if _BEGINS_OTHERWISE.match(value):
        return False
    signs = len(_SIGNS.findall(value))
    return signs * _SIGN_OF <= len(value) and words.search(value) is not None


def _seen(text: str, *, is_form: bool) -> Unit:
    return Unit(BORDER.join((_views(text, is_form=is_form), *evasions(text))))


def _views(text: str, *, is_form: bool) -> str:
    return BORDER.join(views(reading) for reading in decoded(text, is_form=is_form))
