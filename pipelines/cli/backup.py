"""`mimamori backup` copies the working folder elsewhere; `mimamori restore` sets it up again."""

from pathlib import Path

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

_MIB = 1 << 20
_SHOWN = 5
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(help=command_help("cli.backup.help.command", "cli.backup.help.details"))
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--keys", "keys_folder", type=_FOLDER, help=message("cli.backup.help.keys"))
@json_option
@pass_context
def backup(context: Context, folder: Path, keys_folder: Path | None, as_json: bool) -> None:
    """Bring the backup in DIR up to date with the working folder, also while a night runs."""
    from pipelines.backup.make import back_up
    from pipelines.night.stages import system_clock

    context.require_security()
    made = back_up(context.home, folder.absolute(), _absolute(keys_folder), system_clock)
    values = made.as_json()
    lines = [
        message(
            "cli.backup.made",
            folder=values["folder"],
            files=f"{values['files']:,}",
            new=f"{values['new_files']:,}",
            size=_size(values["bytes"]),
            removed=f"{values['removed_files']:,}",
        ),
        message("cli.backup.apart", folder=values["keys_folder"])
        if keys_folder
        else message("cli.backup.together"),
        message("cli.backup.digest", sha256=values["manifest_sha256"]),
    ]
    if made.passed_over:
        names = ", ".join(visible(name, 120) for name in made.passed_over[:_SHOWN])
        lines.append(message("cli.backup.passed_over", names=names))
    print_result(values, as_json, "\n".join(lines))


@click.command(help=command_help("cli.restore.help.command", "cli.restore.help.details"))
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option("--keys", "keys_folder", type=_FOLDER, help=message("cli.restore.help.keys"))
@click.option("--dry-run", is_flag=True, help=message("cli.restore.help.dry_run"))
@json_option
@pass_context
def restore(
    context: Context, folder: Path, keys_folder: Path | None, dry_run: bool, as_json: bool
) -> None:
    """Set up the working folder from the backup in DIR; nothing that is there is overwritten."""
    from pipelines.backup.restore import restore as restored
    from pipelines.night.stages import system_clock

    context.require_security()
    found = restored(
        context.home,
        folder.absolute(),
        _absolute(keys_folder),
        system_clock,
        is_dry_run=dry_run,
    )
    made_at, files, size = found.manifest.made_at, f"{found.files:,}", _size(found.bytes)
    text = (
        message("cli.restore.checked", made_at=made_at, files=files, size=size)
        if dry_run
        else message(
            "cli.restore.done", home=context.home.root, made_at=made_at, files=files, size=size
        )
    )
    digest = message("cli.backup.digest", sha256=found.manifest.sha256)
    print_result(found.as_json(), as_json, f"{text}\n{digest}")


def _absolute(folder: Path | None) -> Path | None:
    return folder.absolute() if folder else None


def _size(count: int) -> str:
    return f"{count / _MIB:,.1f} MiB"
