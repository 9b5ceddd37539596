"""`mimamori subject`: a person's request to see, correct or delete what is held on them."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import DATE, Context, author_of, json_option, pass_context
from pipelines.cli.printing import print_result
from pipelines.text.display import visible
from pipelines.text.messages import command_help, message

if TYPE_CHECKING:
    import duckdb

    from pipelines.subject.at_stake import AtStake
    from pipelines.subject.person import Person
    from pipelines.subject.places import Place
    from pipelines.subject.register import Asked
    from pipelines.subject.run import Erased
    from pipelines.text.words import Language

_LONGEST = 200
_PERSON = (
    click.option("--subject", "subject_id", help=message("cli.subject.help.subject")),
    click.option("--user", help=message("cli.subject.help.user")),
    click.option("--ip", help=message("cli.subject.help.ip")),
    click.option("--identity", help=message("cli.subject.help.identity")),
    click.option("--by", help=message("cli.sites.help.by")),
)


@dataclass(frozen=True)
class _Named:
    """Whom a request is about, how that was made sure of, and who deals with it."""

    subject_id: str | None
    user: str | None
    ip: str | None
    identity: str | None
    by: str | None

    def asked(self, reason: str | None, second: str | None = None) -> "Asked":
        from pipelines.subject.register import Asked

        return Asked(reason, author_of("--by", self.by), second, self.identity)

    def person(self, con: "duckdb.DuckDBPyConnection", asked: "Asked") -> "Person":
        from pipelines.subject.people import refuse_own
        from pipelines.subject.person import person_of

        person = person_of(con, user=self.user, ip=self.ip, subject=self.subject_id)
        refuse_own(asked, person)
        return person


def _person_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that name a person, as `named`; only `security` may ask."""

    @wraps(command)
    def asked(*arguments: Any, **options: Any) -> Any:
        context = click.get_current_context().find_object(Context)
        if context is not None:
            context.require_security()
        named = _Named(**{name: options.pop(name) for name in _Named.__annotations__})
        return command(*arguments, named=named, **options)

    for option in reversed(_PERSON):
        asked = option(asked)
    return asked


@click.group(help=command_help("cli.subject.help.command"))
def subject() -> None:
    """What is held on a person: shown, exported, erased."""


@subject.command("list", help=command_help("cli.subject.help.list.command"))
@_person_options
@click.option("--reason", help=message("cli.subject.help.reason"))
@json_option
@pass_context
def subject_list(
    context: Context,
    named: _Named,
    reason: str | None,
    as_json: bool,
) -> None:
    """What is held on a person, by place."""
    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.subject.run import as_json as places_as_json
    from pipelines.subject.run import look

    asked = named.asked(reason)
    with lake.open_writer(context.home, context.settings.timezone) as con:
        person = named.person(con, asked)
        found = look(con, context.home, person, asked, system_clock())
    text = "\n".join(_lines(found)) or message("cli.subject.nothing")
    print_result(places_as_json(found), as_json, text)


@subject.command(
    "export",
    help=command_help("cli.subject.help.export.command", "cli.subject.help.export.details"),
)
@_person_options
@click.option("--reason", help=message("cli.subject.help.reason"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "html"]),
    default="json",
    show_default=True,
    help=message("cli.subject.help.export.format"),
)
@click.option(
    "--language", type=click.Choice(["ja", "en"]), help=message("cli.subject.help.export.language")
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help=message("cli.subject.help.export.out")
)
@pass_context
def subject_export(
    context: Context,
    named: _Named,
    reason: str | None,
    form: str,
    language: "Language | None",
    out: Path | None,
) -> None:
    """All that is held on a person, for the person.

    Others' names are blacked out. Without -o it goes to standard output.
    """
    import json
    import sys

    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.private_files import target
    from pipelines.subject.extract import extract
    from pipelines.subject.page import as_page
    from pipelines.subject.register import register
    from pipelines.text.words import LANGUAGES, Words

    settings, now = context.settings, system_clock()
    asked = named.asked(reason)
    with (
        target(out, sys.stdout.buffer) as stream,
        lake.open_writer(context.home, settings.timezone) as con,
    ):
        person = named.person(con, asked)
        found = extract(con, context.home, settings, person, now)
        if form == "html":
            languages = [language] if language else sorted(LANGUAGES, key=settings.locale.__ne__)
            text = as_page(found, *(Words(each, settings.zone) for each in languages))
        else:
            text = json.dumps(found.as_json(), ensure_ascii=False, indent=2) + "\n"
        register(con, context.home, "export", person, asked, found.rows, now)
        stream.write(text.encode("utf-8"))


@subject.command(
    "correct",
    help=command_help("cli.subject.help.correct.command", "cli.subject.help.correct.details"),
)
@_person_options
@click.option(
    "--from", "first", type=DATE, required=True, help=message("cli.subject.help.correct.from")
)
@click.option("--to", "last", type=DATE, help=message("cli.subject.help.correct.to"))
@click.option("--note", required=True, help=message("cli.subject.help.correct.note"))
@click.option("--reason", required=True, help=message("cli.subject.help.reason"))
@json_option
@pass_context
def subject_correct(
    context: Context,
    named: _Named,
    first: dt.datetime,
    last: dt.datetime | None,
    note: str,
    reason: str,
    as_json: bool,
) -> None:
    """Note what a person says is wrong.

    What was logged stays; findings, reports and extracts show the note.
    """
    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.subject.correct import correct

    asked = named.asked(reason)
    correction = (first.date(), (last or first).date(), note)
    lake.require(context.home)
    with lake.open_writer(context.home, context.settings.timezone) as con:
        person = named.person(con, asked)
        done = correct(con, context.home, person, correction, asked, system_clock())
    said = message(
        "cli.subject.corrected",
        correction=done.correction.correction_id,
        requests=f"{done.requests:,}",
        findings=f"{done.findings:,}",
    )
    lines = [str(said)]
    if not done.requests and not done.findings:
        lines.append(str(message("cli.subject.corrected_nothing")))
    if done.days:
        lines.append(str(message("cli.subject.report_again")))
        lines += [f"  mimamori report --date {day}" for day in done.days]
    print_result(done.as_json(), as_json, "\n".join(lines))


@subject.command(
    "erase", help=command_help("cli.subject.help.erase.command", "cli.subject.help.erase.details")
)
@_person_options
@click.option("--reason", required=True, help=message("cli.subject.help.reason"))
@click.option("--second", help=message("cli.subject.help.second"))
@click.option("--landing", is_flag=True, help=message("cli.subject.help.erase.landing"))
@click.option("--yes", is_flag=True, help=message("cli.subject.help.erase.yes"))
@click.option("--propose", is_flag=True, help=message("cli.subject.help.erase.propose"))
@json_option
@pass_context
def subject_erase(
    context: Context,
    named: _Named,
    reason: str,
    second: str | None,
    landing: bool,
    yes: bool,
    propose: bool,
    as_json: bool,
) -> None:
    """Erase a person below the working folder.

    Rows keep their day and site. Legal holds come first.
    """
    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.subject.at_stake import RECENT_DAYS, refuse_unapproved
    from pipelines.subject.people import required
    from pipelines.subject.run import erase, held_places
    from pipelines.text.validate import LONGEST_NAME, LONGEST_NOTE, require_text

    require_text("--reason", reason, LONGEST_NOTE)
    if second is not None:
        require_text("--second", second, LONGEST_NAME)
    asked = named.asked(reason, second)
    lake.require(context.home)
    if propose:
        name, found = _proposed(context, named, asked, landing=landing)
        cases, findings = len(found.cases), found.findings
        said = [str(message("cli.subject.proposed", name=name))]
        if found.is_any:
            going = message(
                "cli.subject.at_stake", cases=cases, findings=findings, days=RECENT_DAYS
            )
            said.append(str(going))
        told = {"request": name, "cases": cases, "findings": findings}
        print_result(told, as_json, "\n".join(said))
        return
    required(asked, context.settings.subject_requests.persons)
    now = system_clock()
    if not yes:
        with lake.open_reader(context.home, context.settings.timezone) as con:
            person = named.person(con, asked)
            refuse_unapproved(con, context.settings, person, now)
            rows = sum(one.rows for one in held_places(con, context.home, person))
        click.confirm(str(message("cli.subject.confirm", rows=rows)), abort=True, err=True)
    with lake.open_writer(context.home, context.settings.timezone) as con:
        person = named.person(con, asked)
        refuse_unapproved(con, context.settings, person, now)
        done = erase(con, context.home, person, asked, now, with_landing=landing)
    print_result(done.as_json(), as_json, "\n".join(_told(done)))


@subject.command(
    "reidentify",
    help=command_help("cli.subject.help.reidentify.command", "cli.subject.help.reidentify.details"),
)
@click.argument("pseudonym", metavar="PSEUDONYM")
@click.option(
    "--candidate", "candidates", multiple=True, help=message("cli.subject.help.candidate")
)
@click.option("--case", required=True, help=message("cli.subject.help.case"))
@click.option("--reason", required=True, help=message("cli.subject.help.reason"))
@click.option("--second", required=True, help=message("cli.subject.help.second"))
@click.option("--by", help=message("cli.sites.help.by"))
@json_option
@pass_context
def subject_reidentify(
    context: Context,
    pseudonym: str,
    candidates: tuple[str, ...],
    case: str,
    reason: str,
    second: str,
    by: str | None,
    as_json: bool,
) -> None:
    """Find out who a pseudonym stands for, of those whom the lake still knows or --candidate names.

    Two people have to agree, whatever the settings say, and it is on record.
    """
    from dataclasses import asdict

    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.subject.people import required
    from pipelines.subject.register import Asked, register_pseudonym
    from pipelines.subject.reidentify import reidentify
    from pipelines.text.validate import LONGEST_NAME, LONGEST_NOTE, require_text
    from pipelines.triage.cases.lookup import found_cases

    for option, text, longest in (
        ("--case", case, LONGEST_NAME),
        ("--reason", reason, LONGEST_NOTE),
        ("--second", second, LONGEST_NAME),
    ):
        require_text(option, text, longest)
    asked = Asked(f"{case}: {reason}", author_of("--by", by), second)
    required(asked, 2)
    now = system_clock()
    today = now.astimezone(context.settings.zone).date()
    with lake.open_writer(context.home, context.settings.timezone) as con:
        found_cases(con, context.settings, [case], today)  # or it is refused
        found = reidentify(con, context.home, pseudonym, candidates)
        register_pseudonym(con, context.home, pseudonym, asked, len(found), now)
    text = "\n".join(f"{one.epoch}  {one.kind}  {visible(one.value, _LONGEST)}" for one in found)
    print_result(
        [asdict(one) for one in found], as_json, text or message("cli.subject.nobody_found")
    )


def _proposed(
    context: Context, named: _Named, asked: "Asked", *, landing: bool
) -> "tuple[str, AtStake]":
    """Keep what was asked until somebody else approves it; return its name, and what would go."""
    from pipelines import lake
    from pipelines.night.stages import system_clock
    from pipelines.subject.at_stake import at_stake
    from pipelines.subject.proposal import Proposal, propose

    proposal = Proposal(
        user=named.user,
        ip=named.ip,
        subject=named.subject_id,
        reason=asked.reason or "",
        author=asked.author,
        identity_check=asked.identity_check,
        with_landing=landing,
    )
    with lake.open_reader(context.home, context.settings.timezone) as con:
        person = proposal.person(con)  # or it is refused at once
        found = at_stake(con, context.settings, person, system_clock())
    return propose(context.home, proposal), found


def _lines(found: "Sequence[Place]") -> list[str]:
    return [
        f"{one.rows:>12,}  {visible(one.place, _LONGEST)}"
        + (f"  ({one.first_day} – {one.last_day})" if one.first_day else "")
        for one in found
    ]


def _told(done: "Erased") -> list[str]:
    said = message("cli.subject.erased", rows=f"{done.rows:,}")
    if all(one.place == "marts" for one in done.places):  # which go whole, whoever is in them
        said = message("subject.person.nothing_held")
    lines = [str(said), *_lines(done.places)]
    lines.append(f"{message('cli.subject.left')}:")
    lines += [f"  {visible(one.place, _LONGEST)}: {one.why}" for one in done.left]
    return lines
