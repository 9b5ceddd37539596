"""`mimamori findings`: look at findings and say what came of them."""

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, cast

import click

from pipelines.cli.options import Context, date_option, day_of, json_option, pass_context
from pipelines.cli.printing import print_findings, print_result

if TYPE_CHECKING:
    from pipelines.findings import Status


@click.group()
def findings() -> None:
    """検出を見る / look at findings."""


@findings.command("list")
@date_option
@click.option("--all", "everything", is_flag=True, help="低い重要度も / low and info too.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@json_option
@pass_context
def findings_list(
    context: Context, date: dt.datetime | None, everything: bool, limit: int, as_json: bool
) -> None:
    """一日の検出を重要な順に / the findings of a day, the most urgent first."""
    from pipelines.detect.triage import findings_of, is_examined

    settings = context.settings
    day = day_of(date, settings)
    found = findings_of(context.home, settings, day)
    if not found and not as_json and not is_examined(context.home, settings, day):
        click.echo(f"{day} はまだ調べていません / has not been examined; mimamori run --date {day}")
        return
    chosen = found if everything or as_json else [one for one in found if one.severity.needs_a_look]
    print_findings([finding.as_json() for finding in chosen], as_json, limit, len(found))


@findings.command("show")
@click.argument("finding_id")
@json_option
@pass_context
def findings_show(context: Context, finding_id: str, as_json: bool) -> None:
    """一件を詳しく / one finding in full."""
    from pipelines.detect.triage import finding_by_id

    values = finding_by_id(context.home, context.settings, finding_id).as_json()
    text = "\n".join(f"{key:14} {_in_one_line(value)}" for key, value in values.items())
    print_result(values, as_json, text)


def _status_command(name: str, status: str, text: str) -> None:
    @findings.command(name, help=text)
    @click.argument("finding_id")
    @json_option
    @pass_context
    def command(context: Context, finding_id: str, as_json: bool) -> None:
        from pipelines.detect.triage import set_status

        changed = set_status(context.home, context.settings, finding_id, cast("Status", status))
        print_result(changed.as_json(), as_json, f"{changed.status}: {changed.summary}")


_status_command("ack", "acknowledged", "確認中にする / somebody is looking at it.")
_status_command("close", "closed", "終わりにする / it is dealt with.")
_status_command("reopen", "new", "未対応に戻す / it is open again.")


def _in_one_line(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
