"""Commands that a person waits for: files normalised by `mimamori parse`."""

from functools import partial

import polars as pl

from bench.measure import Outcome, measured
from bench.plan import SETTINGS, Entry, Plan, count, mimamori, require, warm
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

_FORMS = {"parquet": "Parquet", "ndjson": "NDJSON"}
_COUNTED_BYTES = 8 * 1024 * 1024


def entries(plan: Plan) -> list[Entry]:
    """Return the rows of commands."""
    lines = plan.reference
    return [
        Entry(f"parse-{form}", f"mimamori parse to {name}, {count(lines)} lines gz", lines,
              partial(_parse, plan, form))
        for form, name in _FORMS.items()
    ]  # fmt: skip


def _parse(plan: Plan, form: str) -> Outcome:
    source, target = plan.packed(plan.reference), plan.target(f"parsed.{form}")
    warm([source])
    command = mimamori("--config", SETTINGS, "parse", source, "--format", "combined",
                       "--to", form, "-o", target)  # fmt: skip
    outcome = require(measured(command, PROJECT_ROOT), "mimamori parse")
    if form == "parquet":
        numbers = pl.scan_parquet(target).select("line_no")
        in_order = numbers.select(pl.len(), (pl.col("line_no").diff() != 1).sum()).collect()
        records, displaced = in_order.row(0)
    else:
        with target.open("rb", buffering=0) as stream:
            parts = iter(partial(stream.read, _COUNTED_BYTES), b"")
            records, displaced = sum(part.count(b"\n") for part in parts), 0
    if records != plan.reference or displaced:
        raise MimamoriError(
            f"{target}: {records:,} records of {plan.reference:,} lines, {displaced:,} displaced"
        )
    target.unlink()
    return outcome
