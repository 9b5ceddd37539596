"""What files below the working folder have of a person: their values and their notes.

A note of a correction is the person's own words. It need not name them, and reports show it.
"""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import duckdb

from pipelines.lake.keyed_ids import KeyedIds
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.subject.own_findings import OwnFindings, own_findings
from pipelines.subject.person import SHORTEST, Person
from pipelines.subject.places import own_corrections
from pipelines.text.display import SUMMARY_LIMIT, visible


@dataclass(frozen=True)
class Traces:
    """A person and the notes of their corrections, as texts of files have them."""

    person: Person
    notes: tuple[str, ...]
    findings: OwnFindings

    def is_in(self, text: str) -> bool:
        """Return whether a text holds the person, or a note of theirs."""
        return (
            self.person.is_in(text)
            or (self._notes is not None and self._notes.search(text) is not None)
            or self.findings.is_in(text)
        )

    def replaced_in(self, text: str, by: str) -> str:
        """Return a text with `by` in place of the person, their notes, and evidence about them.

        Their findings have other ids in it.
        """
        for texts in (self._notes, self._evidence):
            if texts is not None:
                text = texts.sub(by, text)
        return self.person.replaced_in(self.findings.ids_replaced_in(text, by), by)

    @cached_property
    def _notes(self) -> re.Pattern[str] | None:
        return _pattern(self.notes)

    @cached_property
    def _evidence(self) -> re.Pattern[str] | None:
        return _pattern(self.findings.texts)


def traces_of(con: duckdb.DuckDBPyConnection, home: Home, person: Person) -> Traces:
    """Return what is to be looked for in files, as long as the lake has the person's notes."""
    rows = con.execute(
        f"select own.note from lake.correction as own where {own_corrections(person)}"
    ).fetchall()
    ids = KeyedIds.made_with(Pseudonyms.of(home))
    return Traces(person, tuple(note for (note,) in rows), own_findings(con, person, ids))


def _pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for text in texts if len(text) >= SHORTEST for form in _forms(text)}
    if not forms:
        return None
    longest_first = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    return re.compile(f"(?<![0-9A-Za-z])(?:{longest_first})(?![0-9A-Za-z])")


def _forms(note: str) -> set[str]:
    """The note, and what reports show of it, as it stands in HTML, XML, JSON and CSV."""
    shown = {note, visible(note, SUMMARY_LIMIT)}
    in_json = {json.dumps(one, ensure_ascii=how)[1:-1] for one in shown for how in (False, True)}
    in_xml = {html.escape(one, quote=how) for one in shown for how in (False, True)}
    in_html = {one.replace("&quot;", "&#34;").replace("&#x27;", "&#39;") for one in in_xml}
    return {
        form
        for one in (*shown, *in_json, *in_xml, *in_html)
        for form in (one, one.replace('"', '""'))
    }
