"""What a forked `mimamori` finds imported: what its commands would import when they run.

That takes most of the CPU time of a short command, and half of that of a night. The threads that
libraries start for themselves when they are imported have nothing to do yet when it is forked.
"""

import gc
from importlib import import_module

from pipelines.cli.options import leave_threads_to_ingest
from pipelines.interpreter import prevent_plugins_of_pydantic

# As the commands do, before the libraries are imported that heed it.
leave_threads_to_ingest()
prevent_plugins_of_pydantic()

for name in (
    "pipelines.audit.reviews",
    "pipelines.cli",
    "pipelines.doctor.examine",
    "pipelines.export.run",
    "pipelines.ingest.convert",
    "pipelines.ingest.run",
    "pipelines.night.detection",
    "pipelines.night.evidence",
    "pipelines.night.stages",
    "pipelines.report.build",
    "pipelines.retention.run",
    "pipelines.subject.run",
    "pipelines.triage.commands",
    "holidays.countries",
):
    import_module(name)

import_module("pipelines.quality.run").load_great_expectations()
gc.freeze()
