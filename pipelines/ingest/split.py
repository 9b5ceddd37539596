"""The same as `pipelines.ingest.formats.split`, under its earlier name."""

from pipelines.ingest.formats.split import split_carefully, split_lines

__all__ = ["split_carefully", "split_lines"]
