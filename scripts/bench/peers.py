"""What others take for the same lines: chDB and Polars for a bare split, GoAccess for a report."""

import json
import shutil
import sys

from bench.measure import Outcome, measured
from bench.plan import Command, Entry, Plan, Skipped, count, require, warm
from pipelines.cores import usable_cores
from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

OTHER_PYTHON = PROJECT_ROOT / ".venv-bench" / "bin" / "python"

_HERE = PROJECT_ROOT / "scripts" / "bench"


def entries(plan: Plan) -> list[Entry]:
    """Return the rows of the others, at the reference size."""
    lines = count(plan.reference)
    return [
        Entry("chdb", f"chDB, bare split to Parquet, {lines} lines gz", plan.reference,
              lambda: _chdb(plan)),
        Entry("polars", f"Polars, bare split to Parquet, {lines} lines gz", plan.reference,
              lambda: _polars(plan)),
        Entry("goaccess", f"GoAccess -j 2, {lines} lines plain", plan.reference,
              lambda: _goaccess(plan)),
    ]  # fmt: skip


def _chdb(plan: Plan) -> Outcome:
    if not OTHER_PYTHON.exists():
        raise Skipped("chDB is not installed; 'make bench' puts it into .venv-bench")
    source, target = plan.packed(plan.reference), plan.target("chdb")
    warm([source])
    threads = str(usable_cores())
    command: Command = [OTHER_PYTHON, _HERE / "chdb_split.py", source, target, threads]
    return require(measured(command, PROJECT_ROOT), "chDB")


def _polars(plan: Plan) -> Outcome:
    source, target = plan.packed(plan.reference), plan.target("polars")
    warm([source])
    command: Command = [sys.executable, _HERE / "polars_split.py", source, target]
    return require(measured(command, PROJECT_ROOT), "Polars")


def _goaccess(plan: Plan) -> Outcome:
    program = shutil.which("goaccess")
    if program is None:
        raise Skipped("no program goaccess here (on Debian and Ubuntu: apt install goaccess)")
    plain = plan.plain()
    warm([plain])
    target = plan.target("goaccess.json")
    how = ["--log-format=COMBINED", "-j", "2", "--no-global-config", "--no-progress"]
    command: Command = [program, plain, *how, "-o", target]
    outcome = require(measured(command, PROJECT_ROOT), "GoAccess")
    seen = json.loads(target.read_text(encoding="utf-8"))["general"]["total_requests"]
    if seen != plan.reference:
        raise MimamoriError(f"GoAccess read {seen:,} of {plan.reference:,} lines")
    return outcome
