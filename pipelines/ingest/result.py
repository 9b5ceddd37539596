"""What a run of ingest brought."""

import datetime as dt
from dataclasses import dataclass, replace

_SUMS = ("files", "lines", "records", "rejects", "comments", "duplicates")


@dataclass(frozen=True)
class IngestResult:
    """What a run brought; `lines` = records + rejects + comments + duplicates.

    `failures` are messages about files that could not be read, or not to their end; `warnings`
    about those that were taken away before they were read, which is no failure. Without
    `is_whole` the lake changed under it, and the rest is to be read once it has been opened again.
    """

    files: int
    lines: int
    records: int
    rejects: int
    comments: int
    duplicates: int
    changed_days: tuple[dt.date, ...]
    failures: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_whole: bool = True

    def after(self, earlier: "IngestResult") -> "IngestResult":
        """Return what both brought, this one last."""
        sums = {name: getattr(earlier, name) + getattr(self, name) for name in _SUMS}
        return replace(
            self,
            changed_days=tuple(sorted({*earlier.changed_days, *self.changed_days})),
            failures=(*earlier.failures, *self.failures),
            warnings=(*earlier.warnings, *self.warnings),
            **sums,
        )
