"""Personal values masked on the way in, before anything is written.

Only the value goes, the rest of the string stays byte for byte: an attack beside it still shows.
A column is searched once as a whole; only the texts that might hold something are looked at one
by one.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.normalise.columns import of_arrow
from pipelines.privacy import prefilter
from pipelines.privacy.names import Names
from pipelines.privacy.own_patterns import masked
from pipelines.privacy.scan import Scanner
from pipelines.privacy.special_care import TELLING
from pipelines.settings.redaction_kinds import COLUMNS
from pipelines.settings.searchable import check_searchable

if TYPE_CHECKING:
    from pipelines.settings.model import Redaction

_FEW_DISTINCT = ("referrer", "user_agent")
_Found = dict[int, set[str]]


class Redactor:
    """The rules of a settings file, compiled once; may be used by many threads at once."""

    def __init__(self, settings: "Redaction") -> None:
        """Compile the shipped rules and those of the settings.

        Raises:
            SettingsError: an own pattern that the linear-time engine refuses.
        """
        self._enabled = settings.enabled
        self._own = settings.patterns
        for number, own in enumerate(self._own):
            check_searchable(f"redaction.patterns[{number}].pattern", own.pattern)
        names = self._names = Names(settings)
        self._scanner = Scanner(names, frozenset(own.kind for own in self._own))
        self._prefilter = prefilter.Prefilter(names)
        self._ids = prefilter.ids(names)

    @property
    def telling(self) -> str:
        """Japanese letters one of which is in each word that makes a short text worth a look."""
        is_sought = self._enabled and "special_care" in self._names.kinds
        return TELLING if is_sought else ""

    def columns(self, frame: pl.DataFrame, suspects: pl.Series | None = None) -> pl.DataFrame:
        """Return the four text columns, as far as `frame` has them, masked.

        `suspects` are the numbers of the rows in which anything can be, in order; without it all.

        These are `url_path`, `url_query`, `referrer` and `user_agent`; and `redactions`
        (List(String)): the kinds masked in the row, sorted, each once, empty where
        there are none. Rows keep their order and number; null stays null.
        """
        found: _Found = defaultdict(set)
        columns = [
            self._column(frame.get_column(name), found, suspects)
            if self._enabled
            else frame.get_column(name)
            for name in COLUMNS
            if name in frame.columns
        ]
        return pl.DataFrame([*columns, _redactions(found, len(frame))])

    def are_clean(self, columns: Sequence[pl.Series]) -> list[pl.Series]:
        """Return of each column of texts, named as in `columns`, where nothing is masked."""
        if not self._enabled:
            return [pl.Series([True]).new_from_index(0, len(texts)) for texts in columns]
        if self._own:
            frames = [self.columns(texts.to_frame()) for texts in columns]
            return [frame.get_column("redactions").list.len() == 0 for frame in frames]
        # One search for all: see `Prefilter`.
        suspicious = self._are_suspicious(pl.concat([texts.alias("texts") for texts in columns]))
        are_clean = []
        for texts in columns:
            rows, suspicious = suspicious.head(len(texts)).arg_true(), suspicious.slice(len(texts))
            found: _Found = defaultdict(set)
            self._scanned(texts, rows, found)
            clean = np.ones(len(texts), bool)
            clean[list(found)] = False
            are_clean.append(pl.Series(clean))
        return are_clean

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
        are_text = pl.Series([True]).new_from_index(0, len(names))
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

    def lines(self, lines: pl.Series) -> pl.Series:
        """Return whole raw lines masked as by `text`, most of them without a look at each."""
        if not self._enabled:
            return lines
        suspicious = self._are_suspicious(lines)
        for own in self._own:
            suspicious |= lines.str.contains(own.pattern).fill_null(value=False)
        rows = suspicious.arg_true()
        if rows.is_empty():
            return lines
        return lines.scatter(rows, [self.text(line)[0] for line in lines.gather(rows)])

    def _are_suspicious(self, texts: pl.Series) -> pl.Series:
        return self._prefilter.are_in(texts)

    def _rows_to_scan(self, texts: pl.Series, suspects: pl.Series | None) -> pl.Series:
        """Numbers of the texts that need the careful path."""
        if texts.name in _FEW_DISTINCT:
            distinct = texts.unique()
            chosen = distinct.filter(self._are_suspicious(distinct))
            return texts.is_in(chosen.implode()).fill_null(value=False).arg_true()
        if suspects is None:
            rows = self._are_suspicious(texts).arg_true()
        else:
            rows = suspects.filter(self._are_suspicious(texts.gather(suspects)))
        if texts.name != "url_query":
            return rows
        # Long ids of advertisers and orders are most of what the shape of a card finds.
        rest = texts.gather(rows).str.replace_all(self._ids, "&")
        return rows.filter(self._are_suspicious(rest))

    def _column(self, texts: pl.Series, found: _Found, suspects: pl.Series | None) -> pl.Series:
        for own in self._own:
            if texts.name in own.columns:
                texts, hits = masked(texts, own)
                for row in hits:
                    found[row].add(own.kind)
        return self._scanned(texts, self._rows_to_scan(texts, suspects), found)

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
        return texts.scatter(changed_rows, changed_texts) if changed_rows else texts


def _redactions(found: _Found, count: int) -> pl.Series:
    rows = sorted(found)
    sizes = np.zeros(count + 1, dtype=np.int64)
    sizes[np.array(rows, dtype=np.int64) + 1] = [len(found[row]) for row in rows]
    kinds = [kind for row in rows for kind in sorted(found[row])]
    # By way of Polars: pyarrow's own way from NumPy and lists would load pandas first.
    lists = pa.LargeListArray.from_arrays(
        pl.Series(sizes.cumsum()).to_arrow(), pl.Series(kinds, dtype=pl.String).to_arrow()
    )
    return of_arrow("redactions", lists)
