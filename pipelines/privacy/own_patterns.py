"""The settings' own patterns (`redaction.patterns`): what they match is masked.

One search is linear in the text, but finding all matches is not where each search reads far beyond
its match (`[0-9]+-[0-9]+|[0-9]{8}` in a text of digits). So a long text that has many matches is
taken piece by piece.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from pipelines.settings.redaction_kinds import mask

if TYPE_CHECKING:
    from pipelines.settings.model import RedactionPattern

_LONG_BYTES = 4096
_MANY = 64
_PIECE = 2048  # characters; a match that begins in the first half of a piece has to end within it
_EDGE = "\ue000\ue001"  # of a mask, for private use


def masked(texts: pl.Series, own: "RedactionPattern") -> tuple[pl.Series, pl.Series]:
    """Return the texts with what the pattern matches masked, and the numbers of those with a match.

    The groups `before` and `after` stay; null stays null. Of more than 4 kB with more than 64
    matches all is masked from the beginning of a match that goes on for a thousand characters.
    """
    hits = texts.str.contains(own.pattern).fill_null(value=False)
    rows = hits.arg_true()
    if rows.is_empty():
        return texts, rows
    found = texts.gather(rows)
    many = [
        row
        for row in (found.str.len_bytes() > _LONG_BYTES).arg_true()
        if _has_many(found[row], own)
    ]
    if not many:
        return texts.str.replace_all(own.pattern, _replacement(own)), rows
    by_pieces = [_by_pieces(found[row], own) for row in many]
    few = found.scatter(many, None).str.replace_all(own.pattern, _replacement(own))
    return texts.clone().scatter(rows, few.scatter(many, by_pieces)), rows


def _has_many(text: str, own: "RedactionPattern") -> bool:
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    return int(pl.Series(pieces).str.count_matches(own.pattern).sum()) > _MANY


def _by_pieces(text: str, own: "RedactionPattern") -> str:
    done: list[str] = []
    start = 0
    while start < len(text):
        piece = text[start : start + _PIECE]
        is_last = start + len(piece) == len(text)
        first_end = len(piece) if is_last else _PIECE // 2
        place = 0
        for begin, end, masked_text in _matches(piece, own):
            if begin >= first_end:
                break
            done.append(piece[place:begin])
            if end == len(piece) and not is_last:
                return "".join([*done, mask(own.kind)])
            done.append(masked_text)
            place = end
        cut = max(place, first_end)
        done.append(piece[place:cut])
        start += cut
    return "".join(done)


def _matches(piece: str, own: "RedactionPattern") -> Iterator[tuple[int, int, str]]:
    """Yield where each match begins and ends, and what becomes of it."""
    text = pl.Series([piece.replace(_EDGE, "\ufffd\ufffd")])
    found = text.str.extract_all(own.pattern).item().to_list()
    apart = text.str.replace_all(own.pattern, f"{_EDGE}{_replacement(own)}{_EDGE}").item()
    between = apart.split(_EDGE)
    end = 0
    for number, matched in enumerate(found):
        begin = end + len(between[2 * number])
        end = begin + len(matched)
        yield begin, end, between[2 * number + 1]


def _replacement(own: "RedactionPattern") -> str:
    before = "${before}" if "(?P<before>" in own.pattern else ""
    after = "${after}" if "(?P<after>" in own.pattern else ""
    return f"{before}{mask(own.kind)}{after}"
