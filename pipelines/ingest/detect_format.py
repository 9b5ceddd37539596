"""Which named format a file has, decided from a sample of its lines."""

import polars as pl

from pipelines.ingest.formats import NAMED, Layout, layout_of
from pipelines.ingest.split import split_lines
from pipelines.normalise.time import parse_times

_SAMPLE_HEAD = 100
_SAMPLE_SPREAD = 400


def detect_layout(lines: pl.Series) -> Layout | None:
    """Return the layout that fits most of the lines; None when none fits, or two fit equally."""
    content = lines.filter(~lines.str.starts_with("#") & (lines.str.strip_chars() != ""))
    sample = pl.concat(
        [content.head(_SAMPLE_HEAD), content.gather_every(max(1, len(content) // _SAMPLE_SPREAD))]
    )
    if sample.is_empty():
        return None
    scores = {name: _fitting(sample, layout_of(name)) for name in NAMED}
    best = max(scores.values())
    winners = [name for name, score in scores.items() if score == best]
    return layout_of(winners[0]) if best and len(winners) == 1 else None


def _fitting(sample: pl.Series, layout: Layout) -> int:
    raw = split_lines(sample, layout)
    times = parse_times(raw.get_column("time"), "UTC")
    return int((raw.get_column("reason").is_null() & times.is_not_null()).sum())
