"""What files below the working folder have of a person: their values and their notes.

A note of a correction is the person's own words. It need not name them, and reports show it.
"""

import html
import json
import re
from dataclasses import dataclass
from functools import cached_property

import duckdb

from pipelines.subject.person import SHORTEST, Person
from pipelines.subject.places import own_corrections
from pipelines.text.display import SUMMARY_LIMIT, visible
from pipelines.triage.cases.ids import case_of


@dataclass(frozen=True)
class Traces:
    """A person and the notes of their corrections, as texts of files have them."""

    person: Person
    notes: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Return whether a text holds the person, or a note of theirs."""
        return (
            self.person.is_in(text)
            or (self._notes is not None and self._notes.search(text) is not None)
            or any(one in text for one in self._cases)
        )

    def replaced_in(self, text: str, by: str) -> str:
        """Return a text with `by` in place of the person, and of each of their notes.

        A case of theirs has the id that `by` gives it.
        """
        if self._notes is not None:
            text = self._notes.sub(by, text)
        for one in self._cases:
            text = text.replace(one, case_of(self.person.kind, by))
        return self.person.replaced_in(text, by)

    @cached_property
    def _cases(self) -> tuple[str, ...]:
        """Ids of cases: made of a name, they tell whoever guesses it that it was right."""
        if self.person.kind == "subject":
            return ()
        return tuple(case_of(self.person.kind, value) for value in self.person.values)

    @cached_property
    def _notes(self) -> re.Pattern[str] | None:
        forms = {form for note in self.notes if len(note) >= SHORTEST for form in _forms(note)}
        if not forms:
            return None
        longest_first = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
        return re.compile(f"(?<![0-9A-Za-z])(?:{longest_first})(?![0-9A-Za-z])")


def traces_of(con: duckdb.DuckDBPyConnection, person: Person) -> Traces:
    """Return what is to be looked for in files, as long as the lake has the person's notes."""
    rows = con.execute(
        f"select own.note from lake.correction as own where {own_corrections(person)}"
    ).fetchall()
    return Traces(person, tuple(note for (note,) in rows))


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
