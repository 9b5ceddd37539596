"""`mimamori redact --dry-run`: what the rules would mask in a log, without a lake.

What would be masked is not shown again: a sample is its place, kind and parameter, and the text
as it would be kept.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from pipelines.errors import MimamoriError
from pipelines.ingest.convert import ParseOptions, by_file, parse_files
from pipelines.ingest.redactors import Redactors
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.privacy.redact import Redactor
from pipelines.settings.model import Settings
from pipelines.settings.redaction_kinds import COLUMNS

REJECTED = "rejected line"
SAMPLES_OF_A_KIND = 3
_LONGEST_SAMPLE = 160


@dataclass(frozen=True)
class Sample:
    """One text that would be masked: where it stands, why, and what would be kept.

    `before` is the text as logged, only where it was asked for.
    """

    file: str
    line_no: int
    column: str
    kind: str
    parameter: str | None
    masked: str
    before: str | None = None


@dataclass
class DryRun:
    """Texts that would be masked, by (column, kind); and the first samples of each."""

    lines: int = 0
    records: int = 0
    rejects: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)


def dry_run(
    names: list[str],
    settings: Settings,
    options: ParseOptions,
    pseudonyms: Pseudonyms,
    *,
    shows_values: bool,
) -> DryRun:
    """Return what redaction would do to the log files `names` under these settings.

    Raises:
        MimamoriError: a file cannot be read to its end.
    """
    redactor_of = partial(Redactors(settings).of_file, landing=options.landing)
    found = DryRun()

    def note(file: str, changes: Iterator[tuple[int, str, str, str, list[str]]]) -> None:
        for line_no, column, before, masked, kinds in changes:
            for kind in kinds:
                found.counts[column, kind] += 1
                if found.counts[column, kind] <= SAMPLES_OF_A_KIND:
                    found.samples.append(
                        Sample(
                            file=file,
                            line_no=line_no,
                            column=column,
                            kind=kind,
                            parameter=_parameter(masked, kind),
                            masked=_around(masked, kind),
                            before=before if shows_values else None,
                        )
                    )

    result = parse_files(
        names,
        settings,
        replace(options, raw=True),
        pseudonyms,
        by_file(lambda name, records: note(name, _in_records(redactor_of(name), records))),
        by_file(lambda name, rejects: note(name, _in_rejects(redactor_of(name), rejects))),
    )
    if result.failures:
        raise MimamoriError("\n".join(result.failures))
    return replace(found, lines=result.lines, records=result.records, rejects=result.rejects)


def _in_records(
    redactor: Redactor, records: pl.DataFrame
) -> Iterator[tuple[int, str, str, str, list[str]]]:
    for column in COLUMNS:
        masked = redactor.columns(records.select(column))
        changed = pl.DataFrame(
            {
                "line_no": records.get_column("line_no"),
                "before": records.get_column(column),
                "masked": masked.get_column(column),
                "kinds": masked.get_column("redactions"),
            }
        ).filter(pl.col("kinds").list.len() > 0)
        for line_no, before, after, kinds in changed.iter_rows():
            yield line_no, column, before, after, kinds


def _in_rejects(
    redactor: Redactor, rejects: pl.DataFrame
) -> Iterator[tuple[int, str, str, str, list[str]]]:
    for line_no, line in rejects.select("line_no", "line").iter_rows():
        masked, kinds = redactor.text(line)
        if kinds:
            yield line_no, REJECTED, line, masked, list(kinds)


def _parameter(masked: str, kind: str) -> str | None:
    """The name of the parameter whose value was masked, where there is one."""
    match = re.search(rf"([^\s?&;=/#\"]{{1,60}})=\[{kind}\]", masked)
    return match[1] if match else None


def _around(masked: str, kind: str) -> str:
    """The text near the first mask of this kind, short enough for a terminal."""
    if len(masked) <= _LONGEST_SAMPLE:
        return masked
    start = max(0, masked.find(f"[{kind}]") - _LONGEST_SAMPLE // 2)
    end = start + _LONGEST_SAMPLE
    return ("…" if start else "") + masked[start:end] + ("…" if end < len(masked) else "")
