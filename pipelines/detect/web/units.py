"""What of a request's text is judged by itself: the path, each parameter, referrer, agent.

Each unit is the text that the patterns see (`views.py`). A parameter is its value, then its name
where that is odd, then `name=value`, so that `^` and `$` fit a value as they fit a pair.
"""

import re
from collections.abc import Iterator

from pipelines.detect.web.decode import decoded
from pipelines.detect.web.signatures import Place
from pipelines.detect.web.views import BORDER, views

_PLAIN_NAME = re.compile(r"[\w.\-\[\]~:]{0,64}")
# So many parameters are judged one by one; behind them the rest of the query is one unit.
_MOST_PARAMETERS = 200


def units(place: Place, text: str) -> Iterator[str]:
    """Yield the units of a logged text of that place, each once."""
    if place is Place.QUERY:
        yield from dict.fromkeys(_query(text))
    elif place is Place.REFERRER:
        address, _, query = text.partition("?")
        yield _seen(address, is_form=False)
        yield from dict.fromkeys(_query(query) if query else ())
    else:
        yield _seen(text, is_form=False)


def _query(query: str) -> Iterator[str]:
    pieces = query.split("&", _MOST_PARAMETERS)
    if len(pieces) > 1 and not all("=" in piece for piece in pieces):
        yield _seen(query, is_form=True)
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if not equals:
            yield _seen(piece, is_form=True)
            continue
        found = [_seen(value, is_form=True)]
        if not _PLAIN_NAME.fullmatch(name):
            found.append(_seen(name, is_form=True))
        found.append(views(decoded(piece, is_form=True)[0]))
        yield BORDER.join(found)


def _seen(text: str, *, is_form: bool) -> str:
    return BORDER.join(views(reading) for reading in decoded(text, is_form=is_form))
