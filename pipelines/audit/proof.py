"""The proof of the records against what they do not hold themselves: receipts and reports.

Whoever puts older records and an older head back in their place has a chain that is whole, and
reports and receipts that know of more.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from pipelines.deliver.ledger import Ledger
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.records.verify import Proof, verify
from pipelines.report.index import AUDITS, PAGE, SUMMARY, audits_in, days_in

DATA = "audit.json"
_INSTANT: TypeAdapter[dt.datetime] = TypeAdapter(AwareDatetime)


@dataclass(frozen=True)
class _Printed:
    """A page below the working folder: when it was made, and the head that is printed in it."""

    page: str
    data: str
    made_at: dt.datetime | None
    head: str | None


def proof_of(home: Home, noted: Mapping[str, str] | None = None) -> Proof:
    """Return the proof of a home's records against receipts, reports, audits and `noted` heads.

    Raises:
        MimamoriError: there are records, and their key is missing.
    """
    printed = list(_printed(home))
    heads = {one.data: one.head for one in printed if one.head is not None}
    return verify(
        Records(home),
        {**(noted or {}), **Ledger(home).heads(), **heads},
        {one.page: one.made_at for one in printed},
    )


def _printed(home: Home) -> Iterator[_Printed]:
    for on in days_in(home.reports):
        folder = home.reports / on.isoformat()
        values = _values(folder / SUMMARY)
        yield _one(home, folder / PAGE, folder / SUMMARY, values, values.get("records_head"))
    for month in audits_in(home.reports):
        folder = home.reports / AUDITS / month
        values = _values(folder / DATA)
        watch = values.get("watch")
        records = watch.get("records") if isinstance(watch, dict) else None
        head = records.get("head") if isinstance(records, dict) else None
        yield _one(home, folder / PAGE, folder / DATA, values, head)


def _one(home: Home, page: Path, data: Path, values: dict[str, object], head: object) -> _Printed:
    try:
        made_at = _INSTANT.validate_python(values.get("made_at"))
    except ValidationError:
        made_at = None
    place, source = (str(path.relative_to(home.root)) for path in (page, data))
    return _Printed(place, source, made_at, head if isinstance(head, str) else None)


def _values(path: Path) -> dict[str, object]:
    """What a file says; nothing where it is missing or damaged, which its digest tells."""
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
