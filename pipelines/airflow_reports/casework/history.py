"""The history of a case: who said what of it and of its findings, when."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipelines.airflow_reports.casework.versions import CaseState
from pipelines.detect.catalogue import load_catalogue
from pipelines.text.display import visible
from pipelines.text.words import Words
from pipelines.triage.cases.decisions import CaseDecision
from pipelines.triage.suppressions import Suppression

ID_LIMIT = 80


@dataclass(frozen=True)
class HistoryRow:
    """What somebody said of the case or of findings in it; `at` is an aware instant."""

    at: dt.datetime
    author: str
    said: str
    note: str


def title_of(words: Words, detector_id: str) -> str:
    """Return the title of a detector, or its id where it is none of today's."""
    detector = load_catalogue().get(detector_id)
    if detector is None:
        return visible(detector_id, ID_LIMIT)
    return detector.title.in_locale(words.language)


def titles_in_words(words: Words, detectors: Iterable[str]) -> str:
    """Return what was found, by the titles of the detectors."""
    titles = dict.fromkeys(title_of(words, one) for one in detectors)
    return words("list_separator").join(titles)


def history_rows(words: Words, state: CaseState) -> tuple[HistoryRow, ...]:
    """Return what was said of a case and of its findings, the newest first.

    What one act said of several findings, or of a case and so of its findings, is one row.
    """
    rows = [
        HistoryRow(
            one.decided_at,
            visible(one.author, ID_LIMIT),
            _said_of_case(words, one),
            one.note or "",
        )
        for one in state.history.decisions
    ]
    closings = {one.decided_at for one in state.history.decisions if one.act == "closed"}
    of_findings: dict[tuple[dt.datetime, str, str, str | None, str], list[str]] = {}
    for finding in state.findings:
        for said in state.decisions.get(finding.finding_id, ()):
            if said.decided_at not in closings:
                key = (said.decided_at, said.author, said.status, said.verdict, said.note or "")
                of_findings.setdefault(key, []).append(finding.detector)
    rows += [
        HistoryRow(
            at,
            visible(author, ID_LIMIT),
            words("work.of_findings", said=_said(words, status, verdict), n=len(detectors))
            if len(detectors) > 1
            else words(
                "with_detail",
                text=_said(words, status, verdict),
                detail=titles_in_words(words, detectors),
            ),
            note,
        )
        for (at, author, status, verdict, note), detectors in of_findings.items()
    ]
    for rule in state.history.suppressions:
        rows += _of_suppression(words, rule)
    in_order = sorted(enumerate(rows), key=lambda one: (one[1].at, one[0]), reverse=True)
    return tuple(row for _, row in in_order)


def _of_suppression(words: Words, rule: Suppression) -> Iterator[HistoryRow]:
    """A rule that covers findings of the case, and its end where somebody ended it."""
    detail = title_of(words, rule.criteria.detector)
    text = words("work.suppressed_until", until=rule.valid_until.isoformat())
    author = visible(rule.author, ID_LIMIT)
    said = words("with_detail", text=text, detail=detail)
    yield HistoryRow(rule.created_at, author, said, rule.reason)
    if rule.ended_at is not None:
        ended = words("with_detail", text=words("work.said.unsuppressed"), detail=detail)
        yield HistoryRow(rule.ended_at, visible(rule.ended_by or "", ID_LIMIT), ended, "")


def _said_of_case(words: Words, one: CaseDecision) -> str:
    person = visible(one.person or "", ID_LIMIT)
    if one.act == "asked" and one.due_on:
        detail = words("work.asked_of", manager=person, due=one.due_on.isoformat())
    elif one.act == "answered":
        detail = words(f"work.outcome_by.{one.verdict}", by=person)
    elif one.owner and one.due_on:
        owner = visible(one.owner, ID_LIMIT)
        detail = words("case.owner", owner=owner, due=one.due_on.isoformat())
    else:
        return _said(words, one.act, one.verdict)
    return words("with_detail", text=words(f"work.said.{one.act}"), detail=detail)


def _said(words: Words, act: str, verdict: str | None) -> str:
    said = words(f"work.said.{act}")
    if not verdict:
        return said
    detail = words.known(f"triage_verdict.{verdict}", visible(verdict, ID_LIMIT))
    return words("with_detail", text=said, detail=detail)
