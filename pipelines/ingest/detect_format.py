"""Which named format a file has, decided from a sample of its lines."""

import polars as pl

from pipelines.ingest.formats import NAMED, Layout, layout_of

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
    from pipelines.ingest.split import split_lines
    return split_lines(sample, layout).get_column("reason").null_count()
