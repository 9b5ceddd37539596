"""`mimamori keys`: which keys there are, changing them, and having them encrypted anew."""

import datetime as dt
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import Context, author_of, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.errors import UsageError
from pipelines.records import Act, Records, Series
from pipelines.report.text_layout import padded
from pipelines.text.messages import command_help, message
from pipelines.text.validate import LONGEST_NOTE, require_text

if TYPE_CHECKING:
    from pipelines.keyring.files import KeyFile
    from pipelines.privacy.key_source import FetchedKey

_CELLS = 36
_UNTIL_CELLS = 56
_SHORT_CELLS = 12
_reason_option = click.option("--reason", required=True, help=message("cli.retention.help.reason"))
_by_option = click.option("--by", help=message("cli.sites.help.by"))


@click.group(help=command_help("cli.keys.help.command"))
def keys() -> None:
    """The keys of the lake and of the records; none of them is ever shown."""


@keys.command("list", help=command_help("cli.keys.help.list"))
@json_option
@pass_context
def keys_list(context: Context, as_json: bool) -> None:
    """Which keys there are, what each is for, and whether it is encrypted."""
    from pipelines.keyring.files import key_files, missing
    from pipelines.lake import open_reader, require
    from pipelines.lake.keyed_hashes import missing_keys

    require(context.home)
    context.put_on_record("keys list")
    with open_reader(context.home, context.settings.timezone) as con:
        lost = missing_keys(con, context.home)
    found = [*key_files(context.home), *map(missing, lost)]
    print_result([one.as_json() for one in found], as_json, "\n".join(map(_line, found)))


@keys.command(
    "rotate", help=command_help("cli.keys.help.rotate.command", "cli.keys.help.rotate.details")
)
@click.argument("which", type=click.Choice(["pseudonym", "records"]))
@_reason_option
@_by_option
@json_option
@pass_context
def keys_rotate(context: Context, which: str, reason: str, by: str | None, as_json: bool) -> None:
    """Have a new key take the place of one, which stays for what was hashed with it."""
    from pipelines.lake import require
    from pipelines.lake.former_keys import ROTATED

    context.require_security()
    act = _act(ROTATED, reason, by, {"key": which})
    require(context.home)
    now = dt.datetime.now(dt.UTC)
    until: str | int
    if which == "records":
        until = Records(context.home).change_key(act, now).seq
        told = message("cli.keys.rotated_records", seq=until)
    else:
        from pipelines.keyring.change import change_pseudonym_key

        until = change_pseudonym_key(context.home, context.settings, act, now).isoformat()
        told = message("cli.keys.rotated_pseudonym", day=until)
    print_result({"key": which, "former_until": until}, as_json, told)


@keys.command(
    "rewrap", help=command_help("cli.keys.help.rewrap.command", "cli.keys.help.rewrap.details")
)
@click.option("--former", metavar="KIND:NAME", help=message("cli.keys.help.rewrap.former"))
@_reason_option
@_by_option
@json_option
@pass_context
def keys_rewrap(
    context: Context, former: str | None, reason: str, by: str | None, as_json: bool
) -> None:
    """Encrypt every key as the settings say now, whatever it was encrypted with."""
    from pipelines.keyring.files import encrypt_anew

    context.require_security()
    source = context.settings.lake.key_encryption_key
    act = _act("keys rewrap", reason, by, {"encrypted": str(source) if source else None})
    changed = encrypt_anew(context.home, _former(former) if former else None)
    Records(context.home).append(Series.DECISIONS, act, dt.datetime.now(dt.UTC))
    told = message("cli.keys.rewrapped", count=len(changed))
    print_result({"files": changed}, as_json, told)


def _act(what: str, reason: str, by: str | None, about: dict[str, str | None]) -> Act:
    require_text("--reason", reason, LONGEST_NOTE)
    return Act(what, about | {"reason": reason, "author": author_of("--by", by)})


def _former(text: str) -> "FetchedKey":
    """The source that `--former KIND:NAME` names; a key itself would stand in the process list.

    Raises:
        UsageError: it names no source.
        SettingsError: there is no key.
    """
    import os

    from pydantic import ValidationError

    from pipelines.privacy.key_source import FetchedKey
    from pipelines.settings.lake_places import KeySource

    kind, _, name = text.partition(":")
    try:
        source = KeySource.model_validate({kind: name})
    except ValidationError:
        raise UsageError(message("cli.keys.former_source", at="--former")) from None
    fetched = FetchedKey(source, os.environ.get, "--former")
    fetched()
    return fetched


def _until(one: "KeyFile") -> str:
    if one.until is None:
        return "-"
    if one.number is None:
        return message("cli.keys.until", until=one.until)
    if one.is_of_records:
        return message("cli.keys.former_of_records", number=one.number, seq=one.until)
    return message("cli.keys.former", number=one.number, day=one.until)


def _line(one: "KeyFile") -> str:
    until = _until(one)
    encrypted = {
        True: message("cli.keys.encrypted"),
        False: message("cli.keys.in_clear"),
        None: message("cli.keys.missing"),
    }[one.is_encrypted]
    return "  ".join(
        [
            padded(one.name, _CELLS),
            padded(one.use, _SHORT_CELLS),
            padded(until, _UNTIL_CELLS),
            encrypted,
        ]
    )
