"""Which named format a file has, decided from a sample of its lines."""

import polars as pl

from pipelines.ingest.formats.layout import NAMED, Layout, layout_of
from pipelines.ingest.lines import Lines
from pipelines.ingest.records import LineContext, parse_lines

_SAMPLE_HEAD = 100
_SAMPLE_SPREAD = 400


def detect_layout(lines: pl.Series) -> Layout | None:
    """Return the layout that fits most of the lines; None when none fits, or two fit equally."""
    sample = pl.concat(
        [lines.head(_SAMPLE_HEAD), lines.gather_every(max(1, len(lines) // _SAMPLE_SPREAD))]
    )
    scores = {name: _fitting(sample, layout_of(name)) for name in NAMED}
    best = max(scores.values())
    winners = [name for name, score in scores.items() if score == best]
    return layout_of(winners[0]) if best and len(winners) == 1 else None


def _fitting(sample: pl.Series, layout: Layout) -> int:
    """How many of the lines become records, so that fields must make sense and not only fit."""
    offsets = pl.Series("byte_offset", [0], dtype=pl.UInt64).new_from_index(0, len(sample))
    context = LineContext(layout=layout, timezone="UTC", day_zone="UTC")
    return len(parse_lines(Lines(sample, offsets, overlong=False), 1, context).records)
