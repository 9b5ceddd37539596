"""`mimamori export`: what is wanted, in the form that is asked for, and the cursor to go on from.

An export reads one snapshot of the lake from end to end, also while a night is being written, and
its number is the next cursor. Records count as new by the readings that brought them
(`lake.ledger`), findings by what differs from the snapshot of the cursor.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar

import duckdb

from pipelines import lake
from pipelines.errors import MimamoriError, UsageError
from pipelines.export.changes import Change, Kind, changes
from pipelines.export.combined import combined_line
from pipelines.export.documents import array, lines
from pipelines.export.ecs import finding_to_ecs, record_to_ecs
from pipelines.export.ocsf import finding_to_ocsf, record_to_ocsf
from pipelines.export.records import Records
from pipelines.export.selection import Source, Wanted, source_of
from pipelines.export.spreadsheet import require_room, write_csv, write_xlsx
from pipelines.export.stix import is_sighting, stix_bundle
from pipelines.findings import COLUMNS
from pipelines.lake.io_errors import io_error
from pipelines.lake.schema import is_of_earlier_release
from pipelines.paths import Home
from pipelines.private_files import target
from pipelines.settings.model import Settings
from pipelines.text.messages import message

What = Literal["findings", "records"]
_Mapping = Callable[[Any], dict[str, Any]]
_T = TypeVar("_T")

_ONLY: dict[str, What] = {"stix": "findings", "combined": "records"}
_MEMORY = "512MiB"  # DuckDB's share; sorts of larger days spill into the lake's folder


@dataclass(frozen=True)
class Exported:
    """What was written: rows (of STIX: sightings), how many of each kind, and the next cursor.

    `kinds` is empty for records, which are never changed.
    """

    rows: int
    kinds: dict[Kind, int]
    cursor: int


@dataclass
class _Tally:
    rows: int = 0

    def counted(self, items: Iterable[_T]) -> Iterator[_T]:
        for item in items:
            self.rows += 1
            yield item


@dataclass(frozen=True)
class _Shape:
    """The columns of a row, and how it becomes a row or a document of a schema."""

    columns: Sequence[str]
    as_row: _Mapping
    documents: dict[str, _Mapping]


_SHAPES: dict[What, _Shape] = {
    "findings": _Shape(COLUMNS, Change.as_row, {"ecs": finding_to_ecs, "ocsf": finding_to_ocsf}),
    "records": _Shape(
        Records.columns, lambda row: row, {"ecs": record_to_ecs, "ocsf": record_to_ocsf}
    ),
}


def export(
    home: Home,
    settings: Settings,
    what: What,
    form: str,
    wanted: Wanted,
    out: Path | None,
    standard_output: BinaryIO,
) -> Exported:
    """Write findings or records of the lake to `out`, or to `standard_output` without one.

    Raises:
        UsageError: a form that is not for this, a workbook without a file or without the extra
            that writes it, a site that nobody knows, a cursor that is not this lake's, a place
            that cannot be.
        MimamoriError: more rows than a sheet holds, no lake, no room; nothing half-written.
    """
    only = _ONLY.get(form, what)
    if only != what:
        raise UsageError(message("export.run.another_form", at=f"--to {form}", only=only))
    if form == "xlsx" and out is None:
        raise UsageError(message("export.run.xlsx_needs_a_file"))
    # What is new among records the ledger tells, what changed of findings only their past state.
    source = source_of(home, settings, wanted, needs_past=what == "findings")
    tally = _Tally()
    kinds: dict[Kind, int] = {}
    with ExitStack() as stack:
        now = stack.enter_context(lake.open_reader(home, settings.timezone, source.snapshot))
        now.execute("set memory_limit = " + lake.quoted(_MEMORY))
        items: Iterable[Any]
        try:
            if what == "records":
                records = Records(now, wanted)
                if form == "xlsx":
                    require_room(records.count())
                items = records.rows()
            else:
                before = None
                if wanted.after is not None:
                    before = stack.enter_context(
                        lake.open_reader(home, settings.timezone, wanted.after)
                    )
                    if is_of_earlier_release(before):
                        before = None  # nothing can be compared, so all is told once more
                items = changes(now, before, wanted)
                if form == "stix":
                    items = filter(is_sighting, items)
                kinds = {"created": 0, "updated": 0, "withdrawn": 0}
                items = _by_kind(items, kinds)
            stream = stack.enter_context(target(out, standard_output))
            _write(stream, settings, what, form, source, tally.counted(items), out)
        except duckdb.Error as error:
            raise io_error(error, home) or MimamoriError(
                message("export.run.cannot_be_exported", at="export", reason=error)
            ) from error
    return Exported(tally.rows, kinds, source.snapshot)


def _write(
    stream: BinaryIO,
    settings: Settings,
    what: What,
    form: str,
    source: Source,
    items: Iterable[Any],
    out: Path | None,
) -> None:
    shape = _SHAPES[what]
    if form == "csv":
        write_csv(stream, shape.columns, map(shape.as_row, items))
    elif form == "xlsx" and out is not None:
        write_xlsx(
            stream,
            out.resolve().parent,
            what,
            shape.columns,
            map(shape.as_row, items),
            settings.zone,
            source,
        )
    else:
        stream.writelines(text.encode() for text in _texts(settings, shape, form, source, items))


def _texts(
    settings: Settings, shape: _Shape, form: str, source: Source, items: Iterable[Any]
) -> Iterator[str]:
    if form == "json":
        return array(map(shape.as_row, items))
    if form == "combined":
        return (combined_line(record, settings.zone) + "\n" for record in items)
    if form == "stix":
        return stix_bundle(source, settings.zone, items)
    return lines(map(shape.documents.get(form, shape.as_row), items))


def _by_kind(found: Iterable[Change], kinds: dict[Kind, int]) -> Iterator[Change]:
    for change in found:
        kinds[change.kind] += 1
        yield change
