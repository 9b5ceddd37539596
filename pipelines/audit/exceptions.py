"""The section of exceptions: what was kept quiet, explained, failed, rejected or not delivered."""

from pipelines.audit.facts import Facts
from pipelines.audit.teller import Teller
from pipelines.ingest.reject_reasons import in_words
from pipelines.report.finding_view import ID_LIMIT
from pipelines.text.display import visible
from pipelines.worksheet.document import Cell, Mark, Part, Table, Value

ROWS_SHOWN = 50
_TEXT_LIMIT = 200


def exceptions_part(facts: Facts, tell: Teller) -> Part:
    """Return everything that was kept quiet, explained, failed, rejected or not delivered."""
    say = tell.say
    made = (
        _rules(facts, tell),
        _explained(facts, tell),
        _runs(facts, tell),
        _checks(facts, tell),
        _rejects(facts, tell),
        _deliveries(facts, tell),
    )
    unreported = [day.on for day in facts.days if not day.reported]
    lead = (
        say("exceptions.not_reported", days=tell.joined(str(on) for on in unreported))
        if unreported
        else say("exceptions.all_reported")
    )
    cut = sum(
        max(len(rows) - ROWS_SHOWN, 0)
        for rows in (facts.rules, facts.failed_runs, facts.checks, facts.deliveries or ())
    )
    note = (say("exceptions.deliveries_note"),) if facts.undelivered else ()
    return Part(
        "exceptions",
        say("exceptions.heading"),
        (lead, *(one for one in made if isinstance(one, str))),
        tuple(one for one in made if isinstance(one, Table)),
        (*tell.cut(cut), *note),
    )


def _rules(facts: Facts, tell: Teller) -> Table | str:
    if not facts.rules:
        return tell.say("exceptions.no_rules")
    rows: list[tuple[Cell, ...]] = []
    for one in facts.rules[:ROWS_SHOWN]:
        rule = one.rule
        about = [
            tell.words(f"suppressions.{name}", value=visible(value, ID_LIMIT))
            for name, value in vars(rule.criteria).items()
            if value
        ]
        rows.append(
            (
                rule.suppression_id,
                tell.joined(about),
                visible(rule.reason, _TEXT_LIMIT),
                Value(rule.author),
                tell.local(rule.created_at),
                rule.valid_until.isoformat(),
                tell.local(rule.ended_at) if rule.ended_at else "–",
                one.findings,
            )
        )
    return tell.table("exceptions.rules_columns", rows, tell.say("exceptions.rules"))


def _explained(facts: Facts, tell: Teller) -> Table | str:
    if not facts.explained:
        return tell.say("exceptions.no_explained")
    rows = [
        (
            tell.words.known(f"explained.source.{one.source}", one.source),
            one.accesses,
            one.users,
            one.days,
        )
        for one in facts.explained
    ]
    heading = tell.say("exceptions.explained")
    return tell.table("exceptions.explained_columns", rows, heading, "narrow")


def _runs(facts: Facts, tell: Teller) -> Table | str:
    if not facts.failed_runs:
        return tell.say("exceptions.no_runs")
    rows = [
        (
            tell.stage(one.stage),
            tell.words.iso_day(one.on),
            tell.local(one.ended_at),
            visible(tell.words.half(one.message or "–"), _TEXT_LIMIT),
            Mark(
                tell.say(f"exceptions.mended.{'done' if one.is_mended else 'missing'}"),
                "complete" if one.is_mended else "nothing",
            ),
        )
        for one in facts.failed_runs[:ROWS_SHOWN]
    ]
    return tell.table("exceptions.runs_columns", rows, tell.say("exceptions.runs"))


def _checks(facts: Facts, tell: Teller) -> Table | str:
    if not facts.checks:
        return tell.say("exceptions.no_checks")
    rows = [
        (
            visible(one.title, _TEXT_LIMIT),
            tell.say(f"exceptions.severity.{'critical' if one.is_critical else 'warning'}"),
            one.days,
            one.sites,
        )
        for one in facts.checks[:ROWS_SHOWN]
    ]
    return tell.table("exceptions.checks_columns", rows, tell.say("exceptions.checks"))


def _rejects(facts: Facts, tell: Teller) -> Table | str:
    if not facts.rejects:
        return tell.say("exceptions.no_rejects")
    rows = [
        (
            visible(
                in_words(tell.words.language, one.code, one.arguments, one.reason), _TEXT_LIMIT
            ),
            one.lines,
            one.sites,
        )
        for one in facts.rejects
    ]
    heading = tell.say("exceptions.rejects")
    return tell.table("exceptions.rejects_columns", rows, heading, "narrow")


def _deliveries(facts: Facts, tell: Teller) -> Table | str:
    if facts.deliveries is None:
        return tell.say("exceptions.no_targets")
    lacking = [one for one in facts.deliveries if one.state != "sent"]
    if not lacking:
        return tell.say("exceptions.no_deliveries")
    rows = [
        (
            one.channel,
            tell.words.known(f"audit.exceptions.delivery_kind.{one.kind}", one.kind),
            one.period,
            tell.say(f"exceptions.delivery_state.{one.state}"),
        )
        for one in lacking[:ROWS_SHOWN]
    ]
    heading = tell.say("exceptions.deliveries")
    return tell.table("exceptions.deliveries_columns", rows, heading, "narrow")
