"""The section of exceptions: what was kept quiet, explained, failed, rejected or not delivered."""

from pipelines.audit.facts import Facts
from pipelines.audit.writer import AuditWriter
from pipelines.ingest.reject_reasons import in_words
from pipelines.report.finding_view import ID_LIMIT
from pipelines.text.display import visible
from pipelines.worksheet.document import Cell, Mark, Part, Table, Value

ROWS_SHOWN = 50
_TEXT_LIMIT = 200


def exceptions_part(facts: Facts, writer: AuditWriter) -> Part:
    """Return everything that was kept quiet, explained, failed, rejected or not delivered."""
    sentence = writer.sentence
    made = (
        _rules(facts, writer),
        _changed(facts, writer),
        _explained(facts, writer),
        _runs(facts, writer),
        _checks(facts, writer),
        _rejects(facts, writer),
        _deliveries(facts, writer),
    )
    unreported = [day.on for day in facts.days if not day.reported]
    lead = (
        sentence("exceptions.not_reported", days=writer.joined(str(on) for on in unreported))
        if unreported
        else sentence("exceptions.all_reported")
    )
    cut = sum(
        max(len(rows) - ROWS_SHOWN, 0)
        for rows in (
            facts.rules,
            facts.changed_detectors,
            facts.failed_runs,
            facts.checks,
            facts.deliveries or (),
        )
    )
    note = (sentence("exceptions.deliveries_note"),) if facts.undelivered else ()
    return Part(
        "exceptions",
        sentence("exceptions.heading"),
        (lead, *(one for one in made if isinstance(one, str))),
        tuple(one for one in made if isinstance(one, Table)),
        (*writer.cut(cut), *note),
    )


def _rules(facts: Facts, writer: AuditWriter) -> Table | str:
    if not facts.rules:
        return writer.sentence("exceptions.no_rules")
    rows: list[tuple[Cell, ...]] = []
    for one in facts.rules[:ROWS_SHOWN]:
        rule = one.rule
        about = [
            writer.words(f"suppressions.{name}", value=visible(value, ID_LIMIT))
            for name, value in vars(rule.criteria).items()
            if value
        ]
        rows.append(
            (
                rule.suppression_id,
                writer.joined(about),
                visible(rule.reason, _TEXT_LIMIT),
                Value(rule.author),
                writer.local(rule.created_at),
                rule.valid_until.isoformat(),
                writer.local(rule.ended_at) if rule.ended_at else "–",
                one.findings,
            )
        )
    return writer.table("exceptions.rules_columns", rows, writer.sentence("exceptions.rules"))


def _changed(facts: Facts, writer: AuditWriter) -> Table | str:
    if not facts.changed_detectors:
        return writer.sentence("exceptions.no_changed")
    rows = [
        (
            writer.title(one.detector),
            writer.words(f"detector_mode.{one.mode}"),
            Value(visible(one.settings, _TEXT_LIMIT)) if one.settings else "–",
            one.first_on.isoformat(),
            one.last_on.isoformat(),
            one.days,
            one.shadow_findings,
        )
        for one in facts.changed_detectors[:ROWS_SHOWN]
    ]
    return writer.table("exceptions.changed_columns", rows, writer.sentence("exceptions.changed"))


def _explained(facts: Facts, writer: AuditWriter) -> Table | str:
    if not facts.explained:
        return writer.sentence("exceptions.no_explained")
    rows = [
        (
            writer.words.known(f"explained.source.{one.source}", one.source),
            one.accesses,
            one.users,
            one.days,
        )
        for one in facts.explained
    ]
    heading = writer.sentence("exceptions.explained")
    return writer.table("exceptions.explained_columns", rows, heading, "narrow")


def _runs(facts: Facts, writer: AuditWriter) -> Table | str:
    if not facts.failed_runs:
        return writer.sentence("exceptions.no_runs")
    rows = [
        (
            writer.stage(one.stage),
            writer.words.iso_day(one.on),
            writer.local(one.ended_at),
            visible(one.message or "–", _TEXT_LIMIT),
            Mark(
                writer.sentence(f"exceptions.mended.{'done' if one.is_mended else 'missing'}"),
                "complete" if one.is_mended else "nothing",
            ),
        )
        for one in facts.failed_runs[:ROWS_SHOWN]
    ]
    return writer.table("exceptions.runs_columns", rows, writer.sentence("exceptions.runs"))


def _checks(facts: Facts, writer: AuditWriter) -> Table | str:
    if not facts.checks:
        return writer.sentence("exceptions.no_checks")
    rows = [
        (
            visible(one.title, _TEXT_LIMIT),
            writer.sentence(f"exceptions.severity.{'critical' if one.is_critical else 'warning'}"),
            one.days,
            one.sites,
        )
        for one in facts.checks[:ROWS_SHOWN]
    ]
    return writer.table("exceptions.checks_columns", rows, writer.sentence("exceptions.checks"))


def _rejects(facts: Facts, writer: AuditWriter) -> Table | str:
    if not facts.rejects:
        return writer.sentence("exceptions.no_rejects")
    rows = [
        (
            visible(
                in_words(writer.words.language, one.code, one.arguments, one.reason), _TEXT_LIMIT
            ),
            one.lines,
            one.sites,
        )
        for one in facts.rejects
    ]
    heading = writer.sentence("exceptions.rejects")
    return writer.table("exceptions.rejects_columns", rows, heading, "narrow")


def _deliveries(facts: Facts, writer: AuditWriter) -> Table | str:
    if facts.deliveries is None:
        return writer.sentence("exceptions.no_targets")
    lacking = [one for one in facts.deliveries if one.state != "sent"]
    if not lacking:
        return writer.sentence("exceptions.no_deliveries")
    rows = [
        (
            one.channel,
            writer.words.known(f"audit.exceptions.delivery_kind.{one.kind}", one.kind),
            one.period,
            writer.sentence(f"exceptions.delivery_state.{one.state}"),
        )
        for one in lacking[:ROWS_SHOWN]
    ]
    heading = writer.sentence("exceptions.deliveries")
    return writer.table("exceptions.deliveries_columns", rows, heading, "narrow")
