"""The month's disclosures and receipts, from the register: who got which data, on which ground."""

from pipelines.audit.facts import Facts
from pipelines.audit.writer import AuditWriter
from pipelines.worksheet.disclosures import disclosure_columns, disclosure_row
from pipelines.worksheet.document import Part, Table

ROWS_SHOWN = 120


def disclosed_part(facts: Facts, writer: AuditWriter) -> Part:
    """Return the section; of many entries the latest are shown, `audit.json` has all."""
    words = writer.words
    tables = []
    notes = []
    for direction in ("out", "in"):
        chosen = [one for one in facts.disclosures if one.disclosure.direction == direction]
        rows = tuple(disclosure_row(one, words) for one in chosen[-ROWS_SHOWN:])
        if rows:
            heading = words(f"disclosure.{direction}")
            tables.append(Table(disclosure_columns(words), rows, heading, kind="people"))
        if len(chosen) > ROWS_SHOWN:
            notes.append(writer.sentence("disclosed.cut", n=len(chosen), shown=ROWS_SHOWN))
    unstated = sum(one.disclosure.ground is None for one in facts.disclosures)
    lead = [writer.sentence("disclosed.lead", n=len(facts.disclosures))]
    if unstated:
        lead.append(writer.sentence("disclosed.unstated", n=unstated))
    heading = writer.sentence("disclosed.heading")
    return Part("disclosed", heading, tuple(lead), tuple(tables), tuple(notes))
