"""Personal values masked on the way in, before anything is written.

Only the value goes, the rest of the string stays byte for byte: an attack beside it still shows.
A column is searched once as a whole; only the texts that might hold something are looked at one
by one.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import numpy as np
import polars as pl

from pipelines.normalise.lists import list_column
from pipelines.privacy import prefilter
from pipelines.privacy.names import Names
from pipelines.privacy.own_patterns import masked
from pipelines.privacy.persons import TITLES
from pipelines.privacy.scan import Scanner
from pipelines.privacy.special_care import TELLING
from pipelines.privacy.unnamed import KIND, UnnamedValues
from pipelines.settings.redaction_kinds import COLUMNS
from pipelines.settings.searchable import check_searchable

if TYPE_CHECKING:
    from pipelines.settings.model import Redaction, Resource

_OF_TITLES = "".join({title[0] for title in TITLES})
_FEW_DISTINCT = ("referrer", "user_agent")
_Found = dict[int, set[str]]


class Redactor:
    """The rules of a settings file, compiled once; may be used by many threads at once."""

    def __init__(self, settings: "Redaction", resources: Sequence["Resource"] = ()) -> None:
        """Compile the shipped rules and those of the settings.

        For sites with `resources` values of no known kind are masked too, but for those of
        parameters in the resources' own addresses.

        Raises:
            SettingsError: an own pattern that the linear-time engine refuses.
        """
        self._enabled = settings.enabled
        self._own = settings.patterns
        for number, own in enumerate(self._own):
            check_searchable(f"redaction.patterns[{number}].pattern", own.pattern)
        names = self._names = Names(settings)
        self._unnamed = None
        if resources and KIND in names.kinds:
            self._unnamed = UnnamedValues(names, [*settings.allowed_parameters, *_named(resources)])
        own_kinds = frozenset(own.kind for own in self._own)
        self._scanner = Scanner(names, own_kinds, self._unnamed)
        self._prefilter = prefilter.Prefilter(names)
        self._ids = prefilter.ids(names)

    @property
    def telling(self) -> str:
        """Japanese letters one of which is in each word that makes a short text worth a look."""
        if not self._enabled:
            return ""
        of_kinds = {"special_care": TELLING, "name": _OF_TITLES}
        return "".join(letters for kind, letters in of_kinds.items() if kind in self._names.kinds)

    def columns(self, frame: pl.DataFrame, suspects: pl.Series | None = None) -> pl.DataFrame:
        """Return the four text columns, as far as `frame` has them, masked.

        `suspects` are the numbers of the rows that `suspects` has found; without it all are looked
        at.

        These are `url_path`, `url_query`, `referrer` and `user_agent`; and `redactions`
        (List(String)): the kinds masked in the row, sorted, each once, empty where
        there are none. Rows keep their order and number; null stays null.
        """
        found: _Found = defaultdict(set)
        columns = [frame.get_column(name) for name in COLUMNS if name in frame.columns]
        if self._enabled:
            columns = [self._with_own(texts, found) for texts in columns]
            # A mask can give the text beside it a border.
            if suspects is None or self._own:
                rows = self._rows_to_scan(columns)
            else:
                rows = [suspects] * len(columns)
            columns = [
                self._scanned(texts, numbers, found)
                for texts, numbers in zip(columns, rows, strict=True)
            ]
        return pl.DataFrame([*columns, _redactions(found, len(frame))])

    def suspects(self, columns: Sequence[pl.Series]) -> list[pl.Series]:
        """Return of each column of texts the numbers of those in which anything may be masked.

        One search is made for all columns, see `Prefilter`; of most texts it finds that they are
        not worth a look.
        """
        texts = pl.concat([column.alias("texts") for column in columns])
        suspicious = self._prefilter.are_in(texts, self._ids)
        found = []
        for column in columns:
            mine, suspicious = suspicious.head(len(column)), suspicious.slice(len(column))
            if self._unnamed is not None and column.name in {"url_query", "referrer"}:
                mine |= self._unnamed.are_doubtful(column)
            for own in self._own:
                if column.name in own.columns:
                    mine |= column.str.contains(own.pattern).fill_null(value=False)
            found.append((mine & self._enabled).arg_true())
        return found

    def are_clean(self, texts: pl.Series, suspects: pl.Series) -> pl.Series:
        """Return where nothing of a column's texts is masked, given its `suspects`."""
        masked = self.columns(texts.gather(suspects).to_frame(), suspects.cum_count() - 1)
        clean = masked.get_column("redactions").list.len() == 0
        return pl.Series([True]).new_from_index(0, len(texts)).scatter(suspects, clean)

    def harmless_names(self, names: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Return which parameters are harmless, hold nothing but ids, and may hold several words.

        `names` are of letters, digits and `_-.~`. In a harmless one a word of these, so short that
        it has no form of a token and fewer digits than a telephone number, is no personal value;
        nor are the digits, however many, of one that holds ids.
        """
        if not self._enabled or any("url_query" in own.columns for own in self._own):
            nothing = pl.Series([not self._enabled]).new_from_index(0, len(names))
            return nothing, nothing, nothing
        are_suspicious = self._are_suspicious(names + "=") | self._are_suspicious(
            "a=1&" + names + "=0"
        )
        are_notes = pl.Series(map(self._names.is_for_notes, names), dtype=pl.Boolean)
        if self._unnamed is None:
            are_text = pl.Series([True]).new_from_index(0, len(names))
        else:
            are_text = pl.Series(map(self._unnamed.is_allowed, names), dtype=pl.Boolean)
        return ~(are_suspicious | are_notes), (names + "=1").str.contains(self._ids), are_text

    def text(self, text: str) -> tuple[str, tuple[str, ...]]:
        """Return a whole raw line or message masked, and the kinds masked, sorted, each once."""
        if not self._enabled:
            return text, ()
        kinds: set[str] = set()
        for own in self._own:
            texts, hits = masked(pl.Series([text]), own)
            if len(hits):
                text = texts.item()
                kinds.add(own.kind)
        text, found = self._scanner.mask(text, "text")
        return text, tuple(sorted(kinds | found))

    def texts(self, texts: pl.Series) -> dict[str, tuple[str, set[str]]]:
        """Return by text, of those in which anything is masked, the text masked and the kinds."""
        found = {
            text: self.text(text) for text in texts.gather(self.suspects([texts.alias("text")])[0])
        }
        return {text: (kept, set(kinds)) for text, (kept, kinds) in found.items() if kinds}

    def lines(self, lines: pl.Series) -> pl.Series:
        """Return whole raw lines masked as by `text`, most of them without a look at each."""
        if not self._enabled:
            return lines
        suspicious = self._are_suspicious(lines)
        if self._unnamed is not None:
            suspicious |= self._unnamed.are_doubtful(lines)
        for own in self._own:
            suspicious |= lines.str.contains(own.pattern).fill_null(value=False)
        rows = suspicious.arg_true()
        if rows.is_empty():
            return lines
        return lines.clone().scatter(rows, [self.text(line)[0] for line in lines.gather(rows)])

    def _are_suspicious(self, texts: pl.Series) -> pl.Series:
        return self._prefilter.are_in(texts)

    def _rows_to_scan(self, columns: Sequence[pl.Series]) -> list[pl.Series]:
        """Numbers of the texts of each column that need the careful path."""
        looked_at = [texts.unique() if texts.name in _FEW_DISTINCT else texts for texts in columns]
        found = self.suspects(looked_at)
        return [
            numbers
            if seen is texts
            else texts.is_in(seen.gather(numbers).implode()).fill_null(value=False).arg_true()
            for texts, seen, numbers in zip(columns, looked_at, found, strict=True)
        ]

    def _with_own(self, texts: pl.Series, found: _Found) -> pl.Series:
        """The texts without what the rules of the settings mask."""
        for own in self._own:
            if texts.name in own.columns:
                texts, hits = masked(texts, own)
                for row in hits:
                    found[row].add(own.kind)
        return texts

    def _scanned(self, texts: pl.Series, rows: pl.Series, found: _Found) -> pl.Series:
        """The texts with those of `rows` masked."""
        changed_rows: list[int] = []
        changed_texts: list[str] = []
        known: dict[str, tuple[str, set[str]]] = {}
        for row, text in zip(rows, texts.gather(rows), strict=True):
            if text not in known:
                known[text] = self._scanner.mask(text, texts.name)
            kept, kinds = known[text]
            if kinds:
                changed_rows.append(row)
                changed_texts.append(kept)
                found[row] |= kinds
        return texts.clone().scatter(changed_rows, changed_texts) if changed_rows else texts


def _redactions(found: _Found, count: int) -> pl.Series:
    rows = sorted(found)
    sizes = np.zeros(count, dtype=np.int64)
    sizes[np.array(rows, dtype=np.int64)] = [len(found[row]) for row in rows]
    kinds = [kind for row in rows for kind in sorted(found[row])]
    return list_column("redactions", sizes, pl.Series(kinds, dtype=pl.String))


def _named(resources: Sequence["Resource"]) -> list[str]:
    """The parameters in the addresses of resources."""
    queries = [resource.path.partition("?")[2] for resource in resources]
    return [name for query in queries for name, _ in parse_qsl(query, keep_blank_values=True)]
