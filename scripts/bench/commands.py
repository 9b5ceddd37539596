"""Commands that a person waits for: `parse`, and `report`, `findings` and `sql` of a full day."""

import json
from functools import partial

import polars as pl

from bench import attacks
from bench.generate import DAY
from bench.measure import Outcome, measured, measured_until
from bench.plan import (
    SETTINGS,
    Command,
    Entry,
    Plan,
    checked,
    count,
    mimamori,
    own,
    require,
    require_lake,
    warm,
)
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

_FORMS = {"parquet": "Parquet", "ndjson": "NDJSON"}
_COUNTED_BYTES = 8 * 1024 * 1024
_PROMPT = b"mimamori>"
_PROMPT_SECONDS = 60.0


def entries(plan: Plan) -> list[Entry]:
    """Return the rows of commands, the one that makes the lake of others before them."""
    lines = plan.reference
    return [
        *(
            Entry(f"parse-{form}", f"mimamori parse to {name}, {count(lines)} lines gz", lines,
                  partial(_parse, plan, form))
            for form, name in _FORMS.items()
        ),
        Entry("report", f"mimamori report, a day with more than {attacks.FINDINGS} findings", 0,
              partial(_report, plan)),
        Entry("findings", "mimamori findings list of that day", 0, partial(_findings, plan),
              ("report",)),
        Entry("sql", "mimamori sql to its prompt", 0, partial(_sql, plan), ("report",)),
    ]  # fmt: skip


def _report(plan: Plan) -> Outcome:
    home = plan.emptied("report")
    checked(own("attacks", home / "logs" / "shop"))
    where: Command = ["--config", SETTINGS, "--home", home]
    of_day = ["--date", str(DAY)]
    for stage in ("ingest", "check", "detect"):
        checked(mimamori(*where, stage, *of_day))
    warm(sorted(home.rglob("*.parquet")))
    outcome = measured(mimamori(*where, "report", *of_day), PROJECT_ROOT)
    return require(outcome, "mimamori report")


def _findings(plan: Plan) -> Outcome:
    where: Command = ["--config", SETTINGS, "--home", require_lake(plan, "report")]
    command = mimamori(*where, "findings", "list", "--date", str(DAY))
    listed = json.loads(checked([*command, "--json"]).output)
    if len(listed) < attacks.FINDINGS:
        raise MimamoriError(f"{len(listed)} findings of the day, not {attacks.FINDINGS}")
    return require(measured(command, PROJECT_ROOT), "mimamori findings list")


def _sql(plan: Plan) -> Outcome:
    command = mimamori("--config", SETTINGS, "--home", require_lake(plan, "report"), "sql")
    outcome = measured_until(
        lambda shown: _PROMPT in shown, command, PROJECT_ROOT, seconds=_PROMPT_SECONDS
    )
    return require(outcome, "mimamori sql")


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
