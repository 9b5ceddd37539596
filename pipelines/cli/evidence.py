"""`mimamori evidence verify`: is an evidence bundle as it was made, and was it made here."""

from pathlib import Path

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

_SHOWN = 20
_LONGEST = 240


@click.group(help=command_help("cli.evidence.help.command"))
def evidence() -> None:
    """Evidence bundles of incidents."""


@evidence.command(
    "verify",
    help=command_help("cli.evidence.help.verify.command", "cli.evidence.help.verify.details"),
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@pass_context
def verify(context: Context, file: Path, as_json: bool) -> None:
    """Compare every file of a bundle with its manifest, and that with the records if there are any.

    Ends with 1 when something differs, or when the records there are do not name it.
    """
    from pipelines.bundle.make import is_on_record
    from pipelines.bundle.verify import verify as verified
    from pipelines.records import Records

    found = verified(str(file))
    sha256 = found["manifest_sha256"]
    home = context.working_folder
    recorded = is_on_record(Records(home), sha256) if sha256 and home.records.is_dir() else None
    lines = [
        message("cli.evidence.intact", at=file, files=found["files"])
        if found["ok"]
        else message("cli.evidence.changed", at=file),
        *(f"  {visible(f'{name}: {why}', _LONGEST)}" for name, why in found["faults"].items()),
    ][: _SHOWN + 1]
    if sha256:
        lines.append(message("cli.incident.evidence_digest", sha256=sha256))
    if recorded is not None:
        lines.append(
            message("cli.evidence.on_record") if recorded else message("cli.evidence.not_on_record")
        )
    print_result(found | {"on_record": recorded}, as_json, "\n".join(lines))
    if not found["ok"] or recorded is False:
        raise SystemExit(1)
