"""`mimamori audit`: what the lake proves of the seven technical measures, month by month."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.audit.make import Made
    from pipelines.settings.model import Settings

_HEAD = re.compile("[0-9a-f]{64}")


@click.group(help=command_help("cli.audit.help.command"))
def audit() -> None:
    """The monthly audit."""


@audit.command(
    "report", help=command_help("cli.audit.help.report.command", "cli.audit.help.report.details")
)
@click.option("--month", metavar="YYYY-MM", help=message("cli.audit.help.report.month"))
@click.option("--out", type=click.Path(path_type=Path), help=message("cli.audit.help.report.out"))
@click.option("--pdf", "with_pdf", is_flag=True, help=message("cli.audit.help.report.pdf"))
@json_option
@pass_context
def audit_report(
    context: Context, month: str | None, out: Path | None, with_pdf: bool, as_json: bool
) -> None:
    """Write the audit report of a month.

    Puts index.html and audit.json into OUT/audit/YYYY-MM/: the verdict on each of the seven
    measures, coverage by site and day, findings and what became of them, reviews signed, retention,
    access by contractors and from abroad, exceptions.
    """
    from pipelines.night import stages
    from pipelines.text.month import Month

    settings = context.settings
    wanted = Month.written(month) if month else None
    made = stages.audit(settings, context.home, wanted, out, with_pdf=with_pdf)
    print_result(_values(made), as_json, _text(made, settings))


@audit.command(
    "verify", help=command_help("cli.audit.help.verify.command", "cli.audit.help.verify.details")
)
@click.option("--head", "heads", multiple=True, help=message("cli.audit.help.verify.head"))
@json_option
@pass_context
def audit_verify(context: Context, heads: tuple[str, ...], as_json: bool) -> None:
    """Prove that the records are as they were written, and hold the heads that were delivered."""
    from pipelines.audit.proof import proof_of

    for head in heads:
        if not _HEAD.fullmatch(head):
            raise UsageError(message("cli.audit.verify.no_head", at=f"--head {head!r}"))
    proof = proof_of(context.home, {f"--head {head}": head for head in heads})
    bad = proof.first_bad
    text = (
        message("cli.audit.verify.ok", entries=proof.entries, head=proof.head)
        if bad is None
        else message("cli.audit.verify.bad", file=bad.file, seq=bad.seq, why=bad.why)
    )
    values = {
        "ok": proof.ok,
        "entries": proof.entries,
        "head": proof.head,
        "first_bad": bad and vars(bad),
    }
    print_result(values, as_json, text)
    if not proof.ok:
        raise SystemExit(1)


def _values(made: "Made") -> dict[str, object]:
    return {
        "month": str(made.month),
        "is_over": made.is_over,
        "verdicts": {str(measure): str(one) for measure, one in made.standings.items()},
        "page": str(made.page),
        "data": str(made.data),
        "pdf": str(made.pdf) if made.pdf else None,
    }


def _text(made: "Made", settings: "Settings") -> str:
    from pipelines.text.words import Words

    words = Words(settings.locale, settings.zone)
    lines = [
        f"{measure}  {words(f'measure.{measure}')}: {words(f'audit.standing.{standing}')}"
        for measure, standing in made.standings.items()
    ]
    if not made.is_over:
        lines.append(message("cli.audit.month_not_over"))
    return "\n".join([*lines, str(made.page), *([str(made.pdf)] if made.pdf else [])])
