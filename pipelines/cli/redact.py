"""`mimamori redact --dry-run`: what the redaction rules would mask."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    from pipelines.ingest.dry_run import DryRun


@click.command(help=command_help("cli.redact.help.command"))
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--dry-run", "is_dry", is_flag=True, help=message("cli.redact.help.dry_run"))
@click.option(
    "--format",
    "format_text",
    default="auto",
    show_default=True,
    help=message("cli.redact.help.format"),
)
@click.option(
    "--show",
    "shows_values",
    is_flag=True,
    help=message("cli.redact.help.show"),
)
@json_option
@pass_context
def redact(
    context: Context,
    files: tuple[str, ...],
    is_dry: bool,
    format_text: str,
    shows_values: bool,
    as_json: bool,
) -> None:
    """Show what the redaction rules would mask in log files."""
    from pipelines.formats.check import check_format
    from pipelines.ingest.convert import ParseOptions
    from pipelines.ingest.dry_run import dry_run
    from pipelines.privacy.pseudonym import Pseudonyms

    if not is_dry:
        raise UsageError(message("cli.redact.dry_run_only"))
    try:
        options = ParseOptions(check_format(format_text), landing=context.home.logs)
    except ValueError as error:
        raise UsageError(f"--format: {error}") from None
    found = dry_run(
        list(files),
        context.settings,
        options,
        Pseudonyms.of(context.home),
        shows_values=shows_values,
    )
    print_result(_values(found), as_json, _text(found))


def _values(found: "DryRun") -> dict[str, object]:
    samples = [asdict(sample) for sample in found.samples]
    for sample in samples:
        if sample["before"] is None:
            del sample["before"]
    return {
        "lines": found.lines,
        "records": found.records,
        "rejects": found.rejects,
        "counts": [
            {"column": column, "kind": kind, "texts": count}
            for (column, kind), count in sorted(found.counts.items())
        ],
        "samples": samples,
    }


def _text(found: "DryRun") -> str:
    from pipelines.text.display import visible

    if not found.counts:
        return message("cli.redact.nothing_to_mask", lines=found.lines)
    lines: list[str] = [message("cli.redact.lines", lines=found.lines)]
    for (column, kind), count in sorted(found.counts.items()):
        lines.append(f"  {column:14} {kind:12} {count:>9,}")
        for sample in found.samples:
            if (sample.column, sample.kind) == (column, kind):
                place = f"{sample.file}:{sample.line_no}"
                name = f" ({sample.parameter})" if sample.parameter else ""
                lines.append(visible(f"    {place}{name}: {sample.masked}"))
                if sample.before is not None:
                    lines.append(visible(f"      ← {sample.before}"))
    return "\n".join(lines)
