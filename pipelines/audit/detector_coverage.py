"""The section on where detectors can work: what nothing can be found of, whatever happens."""

from collections.abc import Iterator, Sequence

from pipelines.audit.facts import MEASURES, Facts
from pipelines.audit.writer import AuditWriter
from pipelines.coverage.judge import Coverage
from pipelines.detect.catalogue import Detector
from pipelines.worksheet.document import Cell, Part, Table, Value

SITES_NAMED = 12

Row = tuple[Cell, ...]


def detectors_part(facts: Facts, writer: AuditWriter) -> Part:
    """Return on how many sites the detectors of each measure work, and those that are blind."""
    pairs = [one for site in facts.coverage for one in site.detectors if one.is_meant]
    blind = [one for one in pairs if one.state == "blind"]
    tables: list[Table] = [
        writer.table("blind.columns", [_measure(one, pairs, writer) for one in MEASURES])
    ]
    if blind:
        rows = list(_blind(pairs, writer))
        tables.append(
            writer.table("blind.detectors_columns", rows, writer.sentence("blind.detectors"))
        )
    sites = len(facts.coverage)
    silent = sum(not one.supply.has_lines for one in facts.coverage)
    return Part(
        key="blind",
        heading=writer.sentence("blind.heading"),
        lead=(
            writer.sentence(
                "blind.lead", on=writer.words.iso_day(facts.days[-1].on), sites=sites, silent=silent
            ),
        ),
        tables=tuple(tables),
        notes=(*(() if blind else (writer.sentence("blind.none"),)), writer.sentence("blind.note")),
    )


def _measure(measure: int, pairs: Sequence[Coverage], writer: AuditWriter) -> Row:
    own = [one for one in pairs if measure in writer.catalogue[one.detector].measures]
    attacks = {
        attack
        for one in own
        if one.state == "blind"
        for attack in writer.catalogue[one.detector].attack_ids
    }
    return (
        writer.words(f"measure.{measure}"),
        *(sum(one.state == state for one in own) for state in ("works", "partly", "blind")),
        writer.joined(sorted(attacks)) or "–",
    )


def _blind(pairs: Sequence[Coverage], writer: AuditWriter) -> Iterator[Row]:
    for detector in writer.catalogue.values():
        own = [one for one in pairs if one.detector == detector.id]
        blind = [one for one in own if one.state == "blind"]
        if blind:
            yield _detector(detector, own, blind, writer)


def _detector(
    detector: Detector, own: Sequence[Coverage], blind: Sequence[Coverage], writer: AuditWriter
) -> Row:
    lacks = dict.fromkeys(name for one in blind for name in one.columns)
    named = [one.site_id for one in blind[:SITES_NAMED]]
    if len(blind) > SITES_NAMED:
        named.append("…")
    return (
        writer.title(detector.id),
        writer.joined(map(str, detector.measures)),
        writer.joined(detector.attack_ids) or "–",
        writer.share(len(blind), len(own)),
        Value(" ".join(named)),
        writer.joined(lacks),
    )
