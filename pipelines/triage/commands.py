"""What people ask and decide about findings: the one door of `mimamori findings` to the lake."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.errors import UsageError
from pipelines.findings import Finding, Status
from pipelines.lake.keys import is_there
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.settings.model import Settings
from pipelines.text.messages import message
from pipelines.text.validate import (
    LONGEST_NAME,
    LONGEST_NOTE,
    require_text,
    require_utf8,
    unknown_name,
)
from pipelines.triage.channel import COMMAND_LINE, Channel
from pipelines.triage.decisions import Decision, Precision, Verdict, decisions_of, precisions
from pipelines.triage.own import require_others
from pipelines.triage.shadow import shadow_finding
from pipelines.triage.store import read_day, restate
from pipelines.triage.suppressions import (
    REEXAMINED_DAYS,
    Criteria,
    Suppression,
    insert_suppression,
    is_own,
    made,
    read_suppressions,
)


@dataclass(frozen=True)
class Word:
    """What somebody says of findings: their new status, how they turned out, a note, the author."""

    status: Status
    author: str
    verdict: Verdict | None = None
    note: str | None = None


@dataclass(frozen=True)
class History:
    """A finding with everything that was decided about it, the newest last."""

    finding: Finding
    decisions: tuple[Decision, ...]
    suppressions: tuple[Suppression, ...]


def history_of(home: Home, settings: Settings, finding_id: str) -> History:
    """Return one finding and what was decided about it; UsageError when there is none.

    About one in shadow nothing is decided.
    """
    with lake.open_reader(home, settings.timezone) as con:
        require_utf8("FINDING_ID", finding_id)
        unsaid = shadow_finding(con, finding_id)
        if unsaid is not None:
            return History(unsaid, (), ())
        (finding,) = _found(con, [finding_id])
        return History(
            finding,
            decisions_of(con, [finding_id]).get(finding_id, ()),
            tuple(one for one in read_suppressions(con) if one.covers(finding, settings.zone)),
        )


def is_examined(home: Home, settings: Settings, day: dt.date) -> bool:
    """Return whether the detectors have ever been run over a day, so that no finding means none."""
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            "select 1 from lake.stage_run where stage = 'detect' and status = 'done'"
            " and log_date = ? limit 1",
            [day],
        ).fetchall()
    return bool(rows)


def decide(
    home: Home,
    settings: Settings,
    finding_ids: Sequence[str],
    word: Word,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
) -> list[Finding]:
    """Write a decision about each finding and return them as they now stand.

    Raises:
        UsageError: one of the ids is no finding, a text cannot be read, or somebody would close or
            reopen a finding of a case about the own account; nothing is decided then.
        MimamoriError: the decision cannot be put on record; it is not made then.
    """
    require_text("--author", word.author, LONGEST_NAME)
    if word.note:
        require_text("--note", word.note, LONGEST_NOTE)
    wanted = list(dict.fromkeys(finding_ids))
    with channel.opening(home, settings.timezone) as con:
        found = _found(con, wanted)
        if word.status == "new" or (word.status == "closed" and word.verdict != "confirmed"):
            require_others(con, found, word.author)
        decided_at = clock()
        with lake.transaction(con):
            put_down(con, settings, found, word, decided_at)
            about = {"findings": wanted, "verdict": word.verdict, "by": word.author}
            act = channel.act(f"findings: {word.status}", about, len(wanted))
            Records(home).append(Series.DECISIONS, act, decided_at)
        return _found(con, wanted)


def put_down(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    found: Sequence[Finding],
    word: Word,
    decided_at: dt.datetime,
) -> None:
    """Write a decision about each finding and restate their days, within the caller's transaction.

    Whoever calls it puts the decision on record.
    """
    import polars as pl  # noqa: PLC0415 - polars loads slowly, and a list of findings needs none

    rows = [
        {
            "finding_id": one.finding_id,
            "date": one.date,
            "detector": one.detector,
            "actor": one.actor,
            "site_id": one.site_id,
            "severity": str(one.severity_before_budget),
            "subject_count": one.subject_count,
            **vars(word),
            "decided_at": decided_at,
        }
        for one in found
    ]
    texts = dict.fromkeys(("site_id", "verdict", "note"), pl.String)
    frame = pl.DataFrame(rows, schema_overrides=texts, infer_schema_length=None)
    lake.insert_frame(con, "triage", frame)
    restate(con, settings.zone, [one.date for one in found])


def suppress(
    home: Home,
    settings: Settings,
    wanted: Criteria | str,
    reason: str,
    author: str,
    valid_until: dt.date,
    clock: Callable[[], dt.datetime],
    channel: Channel = COMMAND_LINE,
) -> tuple[Suppression, int]:
    """Keep findings quiet until a day; return the rule and how many of now it made quiet.

    `wanted` is the id of a finding, which stands for its detector, actor and site, or criteria.

    Raises:
        UsageError: no such finding, detector or site, a finding about the author's own account, or
            a rule that may not be made; the message says why.
    """
    with channel.opening(home, settings.timezone) as con:
        if isinstance(wanted, str):
            (finding,) = _found(con, [wanted])
            wanted = Criteria(finding.detector, finding.actor, finding.site_id)
            _require_recent(finding, settings, clock)
            require_others(con, [finding], author)
        else:
            _require_known(con, settings, wanted)
            if is_own(wanted.actor or "", author):
                raise UsageError(message("triage.commands.own_account", at="--actor"))
        rule = made(wanted, reason, author, valid_until, settings.zone, clock)
        before = _suppressed(con, rule)
        with lake.transaction(con):
            insert_suppression(con, rule)
            restate(con, settings.zone, _days(con, settings, rule))
            _record(home, "findings suppress", rule, author, rule.created_at, channel)
        return rule, _suppressed(con, rule) - before


def suppressions(home: Home, settings: Settings) -> list[Suppression]:
    """Return every rule ever made, the newest first."""
    with lake.open_reader(home, settings.timezone) as con:
        return read_suppressions(con)


def unsuppress(
    home: Home,
    settings: Settings,
    suppression_id: str,
    author: str,
    clock: Callable[[], dt.datetime],
) -> Suppression:
    """End a rule early; what only it kept quiet is open again. UsageError: no such rule in force.

    The rule stays on record, with the author of its end.
    """
    require_text("--author", author, LONGEST_NAME)
    with lake.open_writer(home, settings.timezone) as con:
        rules = {one.suppression_id: one for one in read_suppressions(con)}
        rule = rules.get(suppression_id)
        if rule is None or rule.ended_at is not None:
            raise UsageError(
                message(
                    "triage.commands.no_suppression",
                    at=f"{suppression_id!r}",
                    suppression_id=suppression_id,
                )
            )
        with lake.transaction(con):
            ended_at = clock()
            con.execute(
                "update lake.suppression set ended_at = ?, ended_by = ? where suppression_id = ?",
                [ended_at, author, suppression_id],
            )
            restate(con, settings.zone, _days(con, settings, rule))
            _record(home, "findings unsuppress", rule, author, ended_at, COMMAND_LINE)
        return next(one for one in read_suppressions(con) if one.suppression_id == suppression_id)


def precision_by_detector(home: Home, settings: Settings) -> dict[str, Precision]:
    """Return by detector how closed findings turned out; empty where there is no lake yet."""
    if not is_there(home):
        return {}
    with lake.open_reader(home, settings.timezone) as con:
        return precisions(con)


def _found(con: duckdb.DuckDBPyConnection, finding_ids: Iterable[str]) -> list[Finding]:
    """The findings with these ids, in their order, or a UsageError that names the first missing."""
    wanted = list(finding_ids)
    for finding_id in wanted:
        require_utf8("FINDING_ID", finding_id)
    rows = con.execute(
        "select distinct date from lake.findings where finding_id in (select unnest(?::varchar[]))",
        [wanted],
    ).fetchall()
    known = {one.finding_id: one for (day,) in rows for one in read_day(con, day)[0]}
    for finding_id in wanted:
        if finding_id not in known:
            raise UsageError(
                message("triage.commands.no_finding", at=f"{finding_id!r}", finding_id=finding_id)
            )
    return [known[finding_id] for finding_id in wanted]


def _record(
    home: Home, what: str, rule: Suppression, author: str, at: dt.datetime, channel: Channel
) -> None:
    records = Records(home)
    criteria = vars(rule.criteria)
    actor = rule.criteria.actor and f"#{records.hashed(rule.criteria.actor)}"
    about = {
        "suppression": rule.suppression_id,
        **criteria,
        "actor": actor,
        "until": rule.valid_until.isoformat(),
        "by": author,
    }
    records.append(Series.DECISIONS, channel.act(what, about), at)


def _require_recent(finding: Finding, settings: Settings, clock: Callable[[], dt.datetime]) -> None:
    first = clock().astimezone(settings.zone).date() - dt.timedelta(days=REEXAMINED_DAYS)
    if finding.date < first:
        raise UsageError(
            message(
                "triage.commands.finding_of_the_past",
                at=finding.finding_id,
                first=first,
                finding_id=finding.finding_id,
                date=finding.date,
            )
        )


def _require_known(con: duckdb.DuckDBPyConnection, settings: Settings, wanted: Criteria) -> None:
    """A misspelt name would be a rule that keeps nothing quiet and looks as if it did."""
    from pipelines.detect.catalogue import load_catalogue  # noqa: PLC0415 - many files

    require_utf8("--actor", wanted.actor or "")
    found = con.execute("select distinct detector, site_id from lake.findings").fetchall()
    detectors = {detector for detector, _ in found} | set(load_catalogue())
    if wanted.detector not in detectors:
        raise UsageError(unknown_name("--detector", wanted.detector, detectors))
    if wanted.site_id is not None:
        sites = {site for _, site in found if site}
        sites |= {site.id for site in settings.sites if "{" not in site.id}
        sites |= {site for (site,) in con.execute("select site_id from lake.site").fetchall()}
        if wanted.site_id not in sites:
            raise UsageError(unknown_name("--site", wanted.site_id, sites))


def _days(con: duckdb.DuckDBPyConnection, settings: Settings, rule: Suppression) -> list[dt.date]:
    """The days with findings that a rule may cover."""
    rows = con.execute(
        "select distinct date from lake.findings where detector = ? and date between ? and ?",
        [rule.criteria.detector, rule.first_day(settings.zone), rule.valid_until],
    ).fetchall()
    return [day for (day,) in rows]


def _suppressed(con: duckdb.DuckDBPyConnection, rule: Suppression) -> int:
    row = con.execute(
        "select count(*) from lake.findings where detector = ? and status = 'suppressed'",
        [rule.criteria.detector],
    ).fetchone()
    return int(row[0]) if row else 0
