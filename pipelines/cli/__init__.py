"""The command line: reads arguments, calls a stage, prints its result.

Exit codes: 0 done, 1 the work failed, 2 wrong usage or wrong settings. Results go to standard
output, logs and messages to standard error. Each command imports what it needs when it runs.
"""

import logging
import os
import sys
from pathlib import Path

import click

from pipelines import __version__
from pipelines.cli.audit import audit
from pipelines.cli.backup import backup, restore
from pipelines.cli.cases import cases
from pipelines.cli.coverage import coverage
from pipelines.cli.deliver import deliver
from pipelines.cli.demo import demo
from pipelines.cli.disclosure import disclosure
from pipelines.cli.doctor import doctor
from pipelines.cli.evidence import evidence
from pipelines.cli.export import export
from pipelines.cli.failures import code_of
from pipelines.cli.fetch import fetch
from pipelines.cli.findings import findings
from pipelines.cli.incident import case, incident
from pipelines.cli.keys import keys
from pipelines.cli.lake import lake
from pipelines.cli.metrics import metrics
from pipelines.cli.options import Context
from pipelines.cli.parse import parse
from pipelines.cli.redact import redact
from pipelines.cli.retention import hold, retention
from pipelines.cli.review import review
from pipelines.cli.rules import rules
from pipelines.cli.sites import sites
from pipelines.cli.sql import sql
from pipelines.cli.stages import check, detect, ingest, report, run
from pipelines.cli.subject import subject
from pipelines.interpreter import (
    collect_garbage_rarely,
    leave_quickly,
    prevent_pandas_import,
    prevent_plugins_of_pydantic,
)
from pipelines.paths import DEFAULT_HOME, DEFAULT_SETTINGS, Home
from pipelines.private_files import keep_private
from pipelines.text.messages import command_help, message
from pipelines.text.terminal import log_formatter, show_at_terminals

_COMMANDS = (
    demo, fetch, ingest, check, detect, report, run, deliver, parse, redact, sql, findings,
    cases, case, incident, evidence, review, audit, disclosure, export, rules, sites, coverage,
    retention, hold, subject, keys, lake, backup, restore, metrics, doctor,
)  # fmt: skip


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=command_help("cli.help.command"),
)
@click.version_option(__version__, prog_name="mimamori")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="MIMAMORI_CONFIG",
    default=DEFAULT_SETTINGS,
    show_default=False,
    help=message("cli.help.config"),
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="MIMAMORI_HOME",
    default=DEFAULT_HOME,
    show_default=False,
    help=message("cli.help.home"),
)
@click.pass_context
def cli(context: click.Context, config: Path, home: Path) -> None:
    """Collects access logs, checks them, and tells of anomalies in access to personal data."""
    context.obj = Context(config, Home(home.absolute()))


for _command in _COMMANDS:
    cli.add_command(_command)


def main() -> None:
    """Run the command line; every failure is one message and an exit code."""
    codes: list[int] = []
    leave_quickly(codes)
    try:
        _run()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            codes.append(end.code or 0)
        raise


def _log_to(handler: logging.Handler) -> None:
    handler.setFormatter(log_formatter(os.environ.get("MIMAMORI_LOG_FORMAT")))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("pipelines").setLevel(os.environ.get("MIMAMORI_LOG_LEVEL", "INFO").upper())


def _run() -> None:
    keep_private()
    collect_garbage_rarely()
    prevent_pandas_import()
    prevent_plugins_of_pydantic()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    show_at_terminals()
    handler = logging.StreamHandler(sys.stderr)
    code = code_of(lambda: _log_to(handler)) or code_of(lambda: cli(prog_name="mimamori"))
    if code:
        raise SystemExit(code)
