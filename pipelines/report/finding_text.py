"""One finding as text: what happened, about whom, and the figures that it rests on, in words."""

from collections.abc import Iterator

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.wording import summary_in
from pipelines.findings import Finding
from pipelines.report.figures import figures_of, why_unusual
from pipelines.report.finding_view import steps_of
from pipelines.report.rule_words import title_in
from pipelines.text.display import visible
from pipelines.text.words import Words


def finding_rows(finding: Finding, words: Words) -> Iterator[tuple[str, str]]:
    """Yield names and texts in the language of `words`, instants in its zone.

    Nothing in the texts deceives a terminal (`visible`). A text without a name goes on from the one
    before.
    """
    detector = load_catalogue().get(finding.detector)
    title = detector.title.in_locale(words.language) if detector else finding.detector
    kind = words(f"actor_kind.{finding.actor_kind}")
    measures = (f"{one} {words(f'measure.{one}')}" for one in finding.measures)
    texts = {
        "what": title_in(finding) or title,
        "summary": summary_in(finding, words.language, words.zone),
        "severity": f"{words(f'severity.{finding.severity}')} ({words.number(finding.score)})",
        "why": why_unusual(words, detector, finding),
        "actor": f"{kind} {finding.actor}",
        "site": finding.site_id or "",
        "franchise": finding.franchise or "",
        "when": " – ".join(map(words.exact_moment, (finding.first_seen, finding.last_seen))),
        "events": words.number(finding.event_count),
        "people": words.number(finding.subject_count),
        "status": words(f"status.{finding.status}"),
        "case": finding.case_id or "",
        "finding": finding.finding_id,
        "detector": finding.detector,
        "measures": words("list_separator").join(measures),
    }
    for name, text in texts.items():
        if text:
            yield words(f"finding_text.{name}"), visible(text)
    for step in steps_of(words, detector, finding):
        yield words("finding_text.lowered"), step
    for figure in figures_of(words, detector, finding):
        yield figure.label, figure.text or words("list_separator").join(figure.values)
    query = str(finding.evidence.get("query") or "").splitlines()
    for number, line in enumerate(query):
        yield "" if number else words("finding_text.query"), visible(line)
