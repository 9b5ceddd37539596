"""Patterns for all texts that might hold a personal value; most never reach the careful path.

They must miss nothing that the careful path would mask, and may let pass what that leaves alone.
They run in the engine of Polars: a few passes, linear time, a few hundred megabytes a second.
"""

import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import polars as pl

from pipelines.privacy import persons
from pipelines.privacy.names import DATA, Names, flat
from pipelines.privacy.special_care import STEMS
from pipelines.privacy.word_before import path_words, text_words

# What may stand between two digits or words: itself, percent-encoded, or full-width.
_GAP = r"(?:[ +().\-]|%(?:25)*[0-9A-Fa-f]{2}|[^\x00-\x7F])"
_HEX = r"[0-9A-Fa-f]"
_ENCODED = r"%(?:25)*"
# Runs of digits as long as a card of the issuer has them (values.is_card decides).
_CARD = (
    "4[0-9]{12}(?:[0-9]{3}){0,2}|(?:2[2-7]|5[1-5])[0-9]{14}|3[47][0-9]{13}"
    "|3[0689][0-9]{12}(?:[0-9]{2})?|(?:35|50|5[6-8]|6[0-9]|81)[0-9]{14,17}"
)
# What may stand between the words of a name, or between it and its `=`.
_APART = rf"(?:[0-9_.\-\[\]$^~`]|{_ENCODED}{_HEX}{{2}})*"
_BORDER = rf"(?:^|[^0-9A-Za-z_]|{_ENCODED}{_HEX}{{2}})"
_LETTER = rf"{_ENCODED}(?:4[1-9A-Fa-f]|5[0-9Aa]|6[1-9A-Fa-f]|7[0-9Aa])"
_EQUALS = rf'(?:=|"|{_ENCODED}(?:3[Dd]|22))'
_COLON = rf"(?:{_EQUALS}|[:']|{_ENCODED}(?:3[Aa]|27))"
_INDEX = rf"(?:(?:\[|{_ENCODED}5[Bb])[0-9A-Za-z]?(?:\]|{_ENCODED}5[Dd]))"


_CODECS = ("utf-8", "cp932", "euc_jp")
# Hiragana as number plates have them between digits.
_HIRAGANA = (
    rf"(?:[\u3042-\u3093]|(?i-u:{_ENCODED}E3{_ENCODED}8[12]{_ENCODED}[89AB]{_HEX}"
    rf"|{_ENCODED}82{_ENCODED}[9A-F]{_HEX}|{_ENCODED}A4{_ENCODED}[A-F]{_HEX}))"
)


_FOREIGN = rf"{_ENCODED}[89A-Fa-f]{_HEX}|[^\x00-\x7F]"
# Two words of Latin letters in one segment of a path or in two.
_LATIN_NAMES = rf"[A-Za-z]{{2,12}}(?:[-_. +,/]+|{_ENCODED}{_HEX}{{2}})[A-Za-z]{{2}}"
# What stands in a text that names a value, or says something in words; most paths have none of it.
_SAYS = r"""[="'%+ ;]|:[^/]|[^\x00-\x7F]"""


class _OwnThread:
    """A thread that does nothing but search with these patterns.

    Polars keeps 32 compiled patterns for each thread. What else a block of lines is read with is as
    many, so that these would be compiled anew for every block, which takes longer than the search.
    """

    def __init__(self) -> None:
        """Begin; the copy of this process that a fork makes begins with a thread of its own."""
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="redact")
        os.register_at_fork(after_in_child=self._begin_again)

    def _begin_again(self) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix="redact")


_OWN_THREAD = _OwnThread()


class Prefilter:
    """All patterns for the names and for the shapes of the rules that are switched on.

    They are several, since the engine holds the states of each in its cache and those of all
    together not. It begins with an empty cache at each call, so fewer calls with more texts are
    quicker, and the large patterns see no text that they cannot match.
    """

    def __init__(self, names: Names) -> None:
        """Compile them."""
        words = text_words(are_loose=True)
        if "special_care" in names.kinds:
            words += STEMS
        if "name" in names.kinds:
            words += persons.TITLES
        in_paths = [*(word for word in path_words() if not word.isascii()), *persons.FAMILY_NAMES]
        of_numbers = text_words(are_loose=False)
        self._patterns = (
            (_SAYS, "|".join(_names(names))),
            (_SAYS, _as_logged(word for word in words if word.isascii())),
            (_FOREIGN, _as_logged(word for word in words if not word.isascii())),
            (_FOREIGN, rf"(?:/|2[Ff])(?:{_as_logged(in_paths)})"),
            (_SAYS, rf"(?:{_as_logged(of_numbers)})[^&]*[0-9]{{3}}"),
            ("", "|".join(_later_shapes())),
        )
        self._shapes = "|".join(_shapes())

    def are_in(self, texts: pl.Series, ids: str | None = None) -> pl.Series:
        """Return where one of the patterns is in a text; false for null.

        What the pattern `ids` matches is no telephone or card number: long ids of advertisers and
        orders are most of what looks like one.
        """
        return _OWN_THREAD.executor.submit(self._are_in, texts, ids).result()

    def _are_in(self, texts: pl.Series, ids: str | None) -> pl.Series:
        found = texts.is_null()
        gates = {gate: texts.str.contains(gate) for gate in (_SAYS, _FOREIGN)}
        for gate, pattern in self._patterns:
            rows = (~found & gates[gate] if gate else ~found).arg_true()
            if len(rows):
                found = found.scatter(rows, texts.gather(rows).str.contains(pattern))
        shapes = texts.str.contains(self._shapes).fill_null(value=False)
        rows = (shapes & ~found).arg_true()
        if ids is not None and len(rows):
            rest = texts.gather(rows).str.replace_all(ids, "&")
            shapes = shapes.scatter(rows, rest.str.contains(self._shapes))
        return (found | shapes) & texts.is_not_null()


def _as_logged(words: Iterable[str]) -> str:
    """The pattern for words as they may be logged, none of which holds another."""
    spelled = {
        form.lower()
        for word in words
        for form in (word, *(quote(word, safe="'", encoding=codec) for codec in _CODECS))
    }
    spelled |= {form.replace("%20", "+") for form in spelled}
    spelled |= {form.replace("'", "%27") for form in spelled}
    kept: list[str] = []
    for form in sorted(spelled, key=len):
        if not any(other in form for other in kept):
            kept.append(form)
    encoded = "|".join(re.escape(form) for form in kept if form.isascii())
    return "|".join(
        [f"(?i-u:{encoded})", *(re.escape(form) for form in kept if not form.isascii())]
    )


def ids(names: Names) -> str:
    """Return the pattern for parameters whose digits are ids of things and nothing else."""
    spelled = [
        re.escape(name)
        for name in flat(DATA["numbers_are_ids"])
        if name.isascii() and all(meaning.kind is None for meaning in names.meanings(name))
    ]
    return rf"(?:^|[?&;])(?i-u:{'|'.join(spelled)})=[0-9]+(?:&|$)"


def _names(names: Names) -> list[str]:
    exact, endings = names.spellings()
    qualifiers = "|".join(_ascii(DATA["qualifiers"]))
    tail = rf"(?:{_APART}(?:{qualifiers}))*(?:{_APART}{_INDEX})*{_APART}{_COLON}"
    whole = [word.replace("_", _APART) for word in _ascii(exact)]
    ends = [word.replace("_", _APART) for word in _ascii(endings)]
    short = sorted({word for word in ends if len(word) <= 5})  # noqa: PLR2004 - needs a border
    long = sorted(set(ends) - set(short))
    border = rf"(?:^|[^0-9A-Za-z_.\-]|{_ENCODED}{_HEX}{{2}})[0-9_.\-]*"
    return [
        rf"{border}(?i-u:(?:{'|'.join(sorted(set(whole)))}){tail})",
        rf"(?i-u:(?:{'|'.join(long)}){tail})",
        rf"(?:^|[^a-z]|[a-z][A-Z]?)(?i-u:{'|'.join(short)}){tail}",
        # A name that is not in ASCII.
        rf"""(?:{_ENCODED}[89A-Fa-f]{_HEX}|[^\x00-\x7F])[^&=?"\s/]*{_EQUALS}""",
    ]


def _ascii(names: list[str]) -> list[str]:
    return [re.escape(name) for name in flat(names) if name.isascii() and name]


def _shapes() -> list[str]:
    words = "|".join(word.replace("_", "[-_]?") for word in DATA["token_paths"])
    starts = "|".join(re.escape(form["starts"]) for form in DATA["token_forms"])
    return [
        rf"(?:[0-9A-Za-z_.+\-]|[^\x00-\x7F])(?:@|＠|{_ENCODED}40)",
        rf"(?:&|{_ENCODED}26)(?:#|{_ENCODED}23)(?i-u:64|x40)",
        rf"://[^/@]*:[^/@]*@|[@＠]|{_ENCODED}EF%(?:25)*BC%(?:25)*A0|%A1%F7",
        # CP932's ＠, which is no end of し in UTF-8 (E3 81 97).
        rf"(?:^|[^3]|(?:^|[^Ee])3){_ENCODED}81%(?:25)*97",
        starts,
        rf"(?i-u:[/F](?:{words})(?:/|{_ENCODED}2F))[^?]{{8}}",
        "〒|(?i-u:%E3%(?:25)*80%(?:25)*92|%81%(?:25)*A7|%A2%(?:25)*A9)",
        rf"{_BORDER}\(?0[1-9](?:[0-9]{{8,9}}|[0-9]{{0,3}}{_GAP}+[0-9]{{1,4}}{_GAP}+[0-9]{{3,4}})",
        rf"{_BORDER}0[1-9](?:[0-9]{{0,4}}{_GAP}+[0-9]{{7,8}}|[0-9]{{4}}{_GAP}+[0-9]{{4}})",
        # Mobile numbers after `_` or a word for telephone, and groups with `_` (scan.py).
        "[lLeEiI_]0[5-9]0[1-9][0-9]{7}|[0-9]_[0-9]{4}_[0-9]{4}",
        "_0[5-9]0[.][0-9]{4}[.]|_[0-9]{4}[.][0-9]{4}[.][0-9]{4}[.]",
        rf"(?:\+|%(?:25)*2B|{_BORDER}00)81{_GAP}*[0-9]",
        rf"{_BORDER}(?:{_CARD})(?:$|[^0-9])",
        rf"{_BORDER}[2-8][0-9]{{3}}{_GAP}+[0-9]{{4}}{_GAP}+[0-9]{{4}}{_GAP}+[0-9]{{2,4}}",
        rf"{_BORDER}[2-8][0-9]{{3}}{_GAP}+[0-9]{{6}}{_GAP}+[0-9]{{4,5}}",
        rf"{_BORDER}[2-8][0-9]{{5}}{_GAP}+[0-9]{{13}}",
        rf"(?:マイナンバ|個人番号|(?i:my{_GAP}*_?number|kojin{_GAP}*_?bango)|{_ENCODED}[89A-F]{_HEX}).*[0-9]{{4}}{_GAP}*[0-9]{{4}}{_GAP}*[0-9]{{4}}",
        # Digits that are full-width or encoded.
        "[０-９]|(?i-u:EF%(?:25)*BC%(?:25)*9[0-9]|%82(?:%(?:25)*4F|%5[0-8]|[O-X])|%(?:25)+82%)",
        # EUC-JP's, which are no end of 売 in UTF-8 (E5 A3 B2).
        "(?:^.{0,2}|[^%]..|%[^Ee].)%A3%B[0-9]|%(?:25)+A3%(?:25)+B[0-9]",
        rf"{_ENCODED}3[0-9]",
        # Escapes of other kinds, and escapes whose signs are themselves encoded.
        r"\\(?:[xu]|%)|%(?:25)*5[Cc]|%(?:25)*u|%(?:25)*[0-9A-Fa-f]?%",
    ]


def _later_shapes() -> list[str]:
    paths, folders = (
        "|".join(word.replace("_", "[-_]?") for word in words if word.isascii())
        for words in (path_words(), persons.FOLDERS)
    )
    return [
        # ISO-2022-JP, JSON in base64, non-ASCII that is encoded twice, letters that are.
        rf"\x1b|{_ENCODED}1[Bb]",
        "(?:^|[^A-Za-z0-9+/_.-])(?:ey[AI-L]|ewo|W3[s-v]|Wy[I-L])[A-Za-z0-9+/_ -]{8}",
        rf"%(?:25)+[89A-Fa-f]{_HEX}|{_LETTER}",
        # Number plates, international bank accounts, positions.
        rf"[0-9][0-9A-Za-z]{{1,2}}{_GAP}{{0,3}}{_HIRAGANA}{_GAP}*[0-9]",
        rf"{_BORDER}[A-Z]{{2}}[0-9]{{2}}(?:(?:[ +-]|{_ENCODED}2[0BDbd])?[0-9A-Z]{{4}}){{2}}",
        rf"[0-9]{{2}}\.[0-9]{{4,}}(?:[ +]|{_ENCODED}20)?(?:,|{_ENCODED}2[Cc])",
        rf"(?i-u:[/F](?:{paths})(?:/|{_ENCODED}2F))",
        # Names below a folder of persons.
        rf"(?i-u:[/F](?:{folders})(?:/|{_ENCODED}2F))(?:{_FOREIGN}|{_LATIN_NAMES})",
        # Vehicles.
        rf"[A-Z][0-9]{{1,3}}[A-Z]{{0,2}}(?:-|{_ENCODED}2[Dd]|{_FOREIGN})+[0-9]{{6}}",
        rf"{_BORDER}[0-9A-HJ-NPR-Z]{{13}}[0-9]{{4}}(?:$|[^0-9A-Za-z])",
    ]
