"""`auto`: which named format the lines of a sample have, and which prefix stands before them.

A format fits a line that its shape matches: fields must make sense, not only stand in their
places. Where two fit the same number of lines and give different records, none is taken.
"""

from dataclasses import dataclass, replace
from functools import cache

import polars as pl

from pipelines.formats.catalogue import catalogue
from pipelines.formats.format import Format, Splitter
from pipelines.formats.names import format_of, prefixed
from pipelines.formats.ncsa import NCSA, NcsaSplitter
from pipelines.formats.prefix import PREFIXES, has_prefix, without_prefix
from pipelines.formats.split import LayoutSplitter

_FIRST_LOOK = 8  # lines that tell most formats apart
# Up to what every server writes behind a request.
_REQUEST = r'"([A-Z]+) .*? (HTTP/[0-9](?:[.][0-9])?)" ([0-9]{3} )'


@dataclass(frozen=True)
class Guess:
    """The format taken, or None, and why; not `is_final` when later lines may tell more."""

    format: Format | None
    sureness: str
    is_final: bool = False


def guessed(lines: pl.Series, resumed: Format | None = None) -> Guess:
    """Return the format of the lines; `resumed` is the one of an earlier reading of the file."""
    if resumed is not None and 2 * _count(resumed, lines) >= len(lines):
        return Guess(
            resumed, _sure(resumed.title, _count(resumed, lines), len(lines)), is_final=True
        )
    plain = _best(lines)
    if plain and plain[0][1] == len(lines):
        return _decided(plain, lines)
    prefix = _carried(lines)
    if prefix is not None:
        bare, is_part = without_prefix(lines, prefix)
        behind = [(prefixed(found, prefix), n) for found, n in _best(bare.filter(~is_part))]
        if behind and (not plain or behind[0][1] > plain[0][1]):
            return _decided(behind, lines)
    if plain:
        return _decided(plain, lines)
    if resumed is not None:
        return Guess(resumed, _sure(resumed.title, 0, len(lines)))
    return _guessed_without_requests(lines) or Guess(
        None, f"no known log format fits (none of {len(lines)} sampled lines)"
    )


def _guessed_without_requests(lines: pl.Series) -> Guess | None:
    """The format of lines none of which fits, since in their requests quotes stand unescaped.

    None when it gives no records of them. It is not final: other lines tell more.
    """
    plain = lines.str.replace(_REQUEST, '"$1 / $2" $3')
    if plain.equals(lines):
        return None
    guess = guessed(plain)
    if guess.format is None or not _whole(guess.format, lines):
        return None
    return replace(guess, is_final=False)


def prefix_of(lines: pl.Series, assumed: Format) -> str | None:
    """Return the prefix after which `assumed` fits more of the lines than it does without."""
    plain = _count(assumed, lines)
    if plain == len(lines):
        return None
    prefix = _carried(lines)
    if prefix is None:
        return None
    bare, is_part = without_prefix(lines, prefix)
    behind = _count(assumed, bare.filter(~is_part))
    is_certain = prefix in {"docker", "cri"} and not plain
    return prefix if behind > plain or is_certain else None


def _carried(lines: pl.Series) -> str | None:
    """The prefix that most of the lines have, half of them at least."""
    counts = {prefix: int(has_prefix(lines, prefix).sum()) for prefix in PREFIXES}
    best = max(counts, key=counts.__getitem__)
    return best if 2 * counts[best] >= len(lines) else None


def _best(lines: pl.Series) -> list[tuple[Format, int]]:
    """The formats that fit most lines, with how many; empty when none fits any."""
    every = [one for one, _ in _candidates()]
    few = lines.gather_every(max(1, len(lines) // _FIRST_LOOK))
    counted = set(few.str.count_matches('"', literal=True))
    likely = [one for one, quotes in _candidates() if quotes is None or quotes in counted]
    promising = [one for one, count in _counts(likely, few) if count]
    counts = _counts(promising or every, lines)
    most = max(count for _, count in counts)
    if 2 * most < len(lines):
        any_ncsa = format_of(NCSA)
        (_, count), *_ = _counts([any_ncsa], lines)
        if count > most:
            return [(any_ncsa, count)]
    return [(one, count) for one, count in counts if count == most and count]


def _counts(formats: list[Format], lines: pl.Series) -> list[tuple[Format, int]]:
    """Each format with how many lines look like it, by one pass over them."""
    looks = [
        _own_splitter(one).looks(pl.col("line")).sum().alias(str(number))
        for number, one in enumerate(formats)
    ]
    (counts,) = lines.to_frame("line").select(looks).rows() or ((),)
    return [(one, int(count or 0)) for one, count in zip(formats, counts, strict=True)]


def _own_splitter(one: Format) -> Splitter:
    """What the format alone takes apart: lines with further columns are of no one's own."""
    return one.splitter if isinstance(one.further, NcsaSplitter) else one.whole_splitter


@cache
def _candidates() -> tuple[tuple[Format, int | None], ...]:
    """The formats that may be guessed, with the quotes that a plain line of each holds."""
    found = []
    for name, entry in catalogue().items():
        if entry.is_guessed and name != NCSA:
            splitter = format_of(name).splitter
            layout = splitter.layout if isinstance(splitter, LayoutSplitter) else None
            found.append((format_of(name), layout.quotes if layout else None))
    return tuple(found)


def _count(one: Format, lines: pl.Series) -> int:
    return int(one.fits(lines).sum())


def _decided(best: list[tuple[Format, int]], lines: pl.Series) -> Guess:
    if len(best) > 1:
        whole = [(one, _whole(one, lines)) for one, _ in best]
        most = max(count for _, count in whole)
        best = [pair for pair, (_, count) in zip(best, whole, strict=True) if count == most]
    (first, count), *others = best
    different = [one for one, _ in others if not _same_records(first, one, lines)]
    if not different:
        return Guess(first, _sure(first.title, count, len(lines)), is_final=True)
    titles = ", ".join(one.title for one in (first, *different))
    return Guess(
        None,
        f"{titles} fit {count} of {len(lines)} sampled lines alike: set 'format'",
        is_final=True,
    )


def _sure(title: str, count: int, total: int) -> str:
    return f"{title} fits {count} of {total} sampled lines ({100 * count // max(1, total)} %)"


def _whole(one: Format, lines: pl.Series) -> int:
    """How many lines are split and tell a time, a status and a client or whom it stands behind."""
    frame = one.split(lines.gather_every(max(1, len(lines) // _FIRST_LOOK)))
    needed = [pl.col("reason").is_null()]
    for group in (("time",), ("status",), ("host", "forwarded_for", "forwarded", "real_ip")):
        given = [pl.col(name).is_not_null() for name in group if name in frame.columns]
        needed.append(pl.any_horizontal(given) if given else pl.lit(value=True))
    return len(frame.filter(pl.all_horizontal(needed)))


def _same_records(one: Format, other: Format, lines: pl.Series) -> bool:
    """True when both give the same fields for the lines that fit."""
    lines = lines.filter(one.fits(lines) & other.fits(lines))
    first, second = one.split(lines), other.split(lines)
    names = sorted({*first.columns, *second.columns})
    return (one.time_form, one.timezone) == (other.time_form, other.timezone) and all(
        _texts(first, name) == _texts(second, name) for name in names
    )


def _texts(frame: pl.DataFrame, name: str) -> list[str | None]:
    if name not in frame.columns:
        return [None] * len(frame)
    return [None if text in {"-", ""} else text for text in frame.get_column(name)]
