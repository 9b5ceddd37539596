"""`mimamori deliver`: sends the result of a night to whom the settings name."""

import datetime as dt
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import Context, begun_day_of, date_option, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import SettingsError
from pipelines.extras import require
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.deliver.run import Delivery

_STATUS = {
    "sent": message("cli.deliver.status.sent"),
    "already_sent": message("cli.deliver.status.already_sent"),
    "would_send": message("cli.deliver.status.would_be_sent"),
    "failed": message("cli.deliver.status.failed"),
}


@click.command(help=command_help("cli.deliver.help.command", "cli.deliver.help.details"))
@date_option
@click.option(
    "--dry-run",
    is_flag=True,
    help=message("cli.deliver.help.dry_run"),
)
@click.option(
    "--list-sent",
    is_flag=True,
    help=message("cli.deliver.help.list_sent"),
)
@click.option("--file", type=click.Path(path_type=Path), help=message("cli.deliver.help.file"))
@json_option
@pass_context
def deliver(
    context: Context,
    date: dt.datetime | None,
    dry_run: bool,
    list_sent: bool,
    file: Path | None,
    as_json: bool,
) -> None:
    """Send the night's result: e-mail, webhook, folder, as `deliver:` says.

    Nothing is sent twice unless the result changed. Exit code 1 when a delivery failed, 2 when
    settings name an Airflow connection and Airflow is not installed; other channels are served.
    """
    from pipelines.deliver.run import require_sent
    from pipelines.night import stages

    settings = context.settings
    if list_sent or file is not None:
        _print_sent(context, file, as_json)
        return
    day = begun_day_of(date, settings)
    if settings.deliver is None:
        raise SettingsError(message("cli.deliver.nobody", at=f"{context.config}: deliver"))
    with redirect_stdout(sys.stderr):  # where Airflow is asked for a connection, it logs there
        done = stages.deliver(settings, context.home, [day], os.environ.get, dry_run=dry_run)
    values = {
        "date": day.isoformat(),
        "dry_run": dry_run,
        "failed": sum(one.status == "failed" for one in done),
        "deliveries": [asdict(one) for one in done],
    }
    print_result(values, as_json, _lines(done))
    key = settings.deliver.airflow_key
    if values["failed"] and key is not None:
        require("airflow", key)
    require_sent(done)


def _print_sent(context: Context, file: Path | None, as_json: bool) -> None:
    from pipelines.deliver.ledger import Ledger

    receipts = Ledger(context.home).receipts(None if file is None else file.read_bytes())
    lines = [
        "{sent_at}  {channel:8} {kind:6} {period}  {to}  {sha256}".format(
            **one, to=", ".join(one["recipients"])
        )
        for one in receipts
    ]
    none_yet, not_sent = message("cli.deliver.nothing_sent_yet"), message("cli.deliver.not_sent")
    empty = none_yet if file is None else not_sent
    print_result(receipts, as_json, "\n".join(lines) or empty)


def _lines(done: "Sequence[Delivery]") -> str:
    lines = [
        f"{one.channel:8} {one.kind:6} {one.period}  {_STATUS[one.status]}"
        + (f"  {one.message}" if one.message and one.status == "sent" else "")
        for one in done
    ]
    return "\n".join(lines) or message("cli.deliver.nothing_to_send")
