"""`mimamori redact --dry-run`: what the redaction rules would mask."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.ingest.dry_run import DryRun


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--dry-run", "is_dry", is_flag=True, help="示すだけ / only show; required.")
@click.option(
    "--format",
    "format_text",
    default="auto",
    show_default=True,
    help="名前、または LogFormat・log_format の文字列 / a name or a format string.",
)
@click.option(
    "--show",
    "shows_values",
    is_flag=True,
    help="元の文字列も示す（個人の値が見える） / also the texts as logged.",
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
    """伏せ字の規則を試す / show what the redaction rules would mask in log files."""
    from pipelines.formats.check import check_format
    from pipelines.ingest.convert import ParseOptions
    from pipelines.ingest.dry_run import dry_run
    from pipelines.privacy.pseudonym import Pseudonyms

    if not is_dry:
        raise UsageError(
            "伏せるのは読み込むときだけで、ログファイルは書き換えません / "
            "redaction happens on the way in (mimamori ingest, parse), never to log files; "
            "add --dry-run to see what it would mask"
        )
    try:
        options = ParseOptions(check_format(format_text))
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

    lines = [f"{found.lines:,} 行 / lines"]
    if not found.counts:
        return lines[0] + "、伏せるものなし / nothing to mask"
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
