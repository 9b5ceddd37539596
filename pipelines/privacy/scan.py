"""One text with its personal values masked: the careful path, for the few texts that need it.

Every search here takes time linear in the text: repeats are possessive, and no search begins
within a run that an earlier one has crossed.
"""

import re
from collections.abc import Iterator
from operator import itemgetter
from typing import Final

from pipelines.privacy import forms, persons, special_care
from pipelines.privacy.attack import attack_in
from pipelines.privacy.base64_json import base64_views
from pipelines.privacy.claims import Claims
from pipelines.privacy.decode import View, folded, plain, readable, views
from pipelines.privacy.names import DATA, LONGEST_NAME, Meaning, Names
from pipelines.privacy.numbers import Numbers, name_before
from pipelines.privacy.uniform_queries import EvenQueries, kind_of
from pipelines.privacy.unnamed import UnnamedValues
from pipelines.privacy.values import looks_one_time
from pipelines.privacy.word_before import WordsBefore
from pipelines.settings.redaction_kinds import KINDS

_KEY = re.compile(r"""(?<![^\s?&;=#/,{}"'<>()|\\:@+!*])([^\s?&;=#/,{}"'<>()|\\:@+!*]++)=""")
_JSON = re.compile(
    r'"([^"\\]{1,100}+)"\s*+:\s*+(?:"((?:[^"\\]|\\.)*+)"|([0-9][0-9.+-]*+))', re.DOTALL
)
_JSON_GROUP = re.compile(r'"([^"\\]{1,100}+)"\s*+:\s*+[\[{]([^\[\]{}]*+)')
_JSON_STRING = re.compile(r'(?:^|[,:])\s*+"((?:[^"\\]|\\.)*+)"(?!\s*+:)', re.DOTALL)
# As scripts and GraphQL write them.
_LOOSE_JSON = re.compile(
    r"""'([\x20-\x26\x28-\x5b\x5d-\x7e]{1,100}+)':\s?'((?:[^'\\]|\\.)*+)'"""
    r"""|(?<![\w"'.-])([A-Za-z_][A-Za-z0-9_]{0,60}+):\s?"((?:[^"\\]|\\.)*+)\"""",
    re.DOTALL,
)
_HEADER = re.compile(
    r"""(?<![\w"'.-])([A-Za-z_][A-Za-z0-9_-]{0,60}+):\s?([^\s;,)"'&/][^\s;,)"'&]*+)"""
)
_SECRETS: Final = frozenset({"password", "token", "session"})
_ENDS: Final = {
    "url_path": re.compile(r"[/;?&#]"),
    "url_query": re.compile(r"[&#]"),
    "referrer": re.compile(r"[&#]"),
    "user_agent": re.compile(r"[&#;\s)\"]"),
    "text": re.compile(r"[&#\s\"]"),
}
_NESTED_END = re.compile(r"[&#\"]")
_USERINFO = re.compile(r"://([^\s/?#@:\"]*+)(?::([^\s/?#@\"]++))?@")
_NO_USERS: Final = frozenset({"git", "anonymous"})
_HOST_ENDING = re.compile(rf"(?:^|\.)(?:{'|'.join(DATA['host_endings'])}|[0-9]{{1,3}})$")
_CJK = r"\u3005-\u3007\u3041-\u3096\u30a1-\u30fc\u3400-\u9fff"
_EMAIL = re.compile(
    r"(?:(?<![A-Za-z0-9._+\]-])(?P<local>[A-Za-z0-9_+][A-Za-z0-9._+-]*+)"
    rf"|(?<![{_CJK}\]])[{_CJK}]++)(?P<at>@|&\#(?:64|[xX]40);)"
    r"((?:[A-Za-z0-9\u00a1-\U0010ffff-]++\.(?=[A-Za-z0-9\u00a1-\U0010ffff]))++)"
    rf"(?P<ending>[A-Za-z][A-Za-z0-9-]*+|[{_CJK}]{{2,}}+)"
)
_TAGGED = re.compile(r"(?<![A-Za-z0-9._-])(?![0-9-]{10})[A-Za-z0-9._-]++ $")
_LONGEST_LOCAL: Final = 64  # RFC 5321, 4.5.3.1.1
_PLUS = re.compile(r"\+(?!\(?81)")
_POSTAL = re.compile(r"〒[ +]?(\d{3}-?\d{4})(?![0-9A-Za-z\[])")
_SEGMENT = re.compile(r"/([^/?#&\s\"]+)")
_FILE_ENDINGS: Final = frozenset(DATA["file_endings"])
_ANY_FORM: Final = frozenset({"anything", "secret"})
_MOST_ROUNDS: Final = 6


class Scanner:
    """The rules for one text; holds nothing between two texts but a cache of names."""

    def __init__(
        self, names: Names, own_kinds: frozenset[str], unnamed: UnnamedValues | None = None
    ) -> None:
        """Compile what depends on the names and on the kinds that settings add."""
        self._names = names
        self._unnamed = unnamed
        known = sorted(own_kinds | set(KINDS), key=len, reverse=True)
        self._mask = re.compile(r"\[(?:" + "|".join(known) + r")\]")
        self._masked_name = re.compile(rf"(?:^|[^0-9A-Za-z\]]){self._mask.pattern}")
        forms = DATA["token_forms"] if "token" in names.kinds else []
        self._token_starts = tuple(form["starts"] for form in forms)
        self._tokens = [re.compile(_token_search(form)) for form in forms]
        words = "|".join(word.replace("_", "[-_]?") for word in DATA["token_paths"])
        self._links = re.compile(rf"/(?:{words})(?=/)", re.IGNORECASE)
        self._words_before = WordsBefore(names.kinds)
        self._numbers = Numbers(names)
        self._even_queries = EvenQueries(names, self._has_token, unnamed)

    def mask(self, text: str, where: str) -> tuple[str, set[str]]:
        """Return the text masked and the kinds masked; `where` is a column's name or `text`.

        A mask can give the text beside it a border or a name, so a masked text is looked at again.
        """
        even = self._even_queries.mask(text) if where == "url_query" else None
        if even is not None:
            return even
        kinds: set[str] = set()
        for _ in range(_MOST_ROUNDS):
            text, more = self._mask_once(text, where)
            if not more:
                break
            kinds |= more
        return text, kinds

    def _mask_once(self, text: str, where: str) -> tuple[str, set[str]]:
        has_plus = "+" in text and where in {"url_query", "referrer"}
        levels = views(_PLUS.sub(" ", text) if has_plus else text)
        last = levels[-1]
        claims = Claims(text, last, View(folded(last.text), last.positions))
        for level, view in enumerate(levels):
            if "=" in view.text:
                ends = _NESTED_END if level else _ENDS[where]
                self._claim_parameters(view, ends, claims, where)
            if ":" in view.text:
                for start, end, meanings in self._json_values(view.text):
                    self._claim_value(view.source(start), view.source(end), meanings, claims)
                if where in {"user_agent", "text"}:
                    self._claim_headers(view, claims)
        if "[" in text:
            for match in self._mask.finditer(text):
                claims.take(*match.span(), None)
        self._claim_base64(last, claims, where)
        self._claim_shapes(claims.plain, claims, where)
        if self._unnamed is not None and where in {"url_query", "referrer", "text"}:
            self._unnamed.claim(claims, where)
        return claims.masked()

    def _claim_parameters(
        self, view: View, ends: re.Pattern[str], claims: Claims, where: str
    ) -> None:
        text = view.text
        end = -1
        has_matrix = ";" in text and where != "url_query"
        for match in _KEY.finditer(text):
            name = match[1][-LONGEST_NAME:]
            meanings = self._names.meanings(name)
            if not meanings or ("[" in name and self._is_masked(name, text, match.start())):
                continue
            start = match.end()
            if claims.holds(view.source(start - 1)):
                continue
            if start > end:
                found = ends.search(text, start)
                end = found.start() if found else len(text)
            last = end
            if has_matrix and text[match.start() - 1 : match.start()] == ";":
                found = _ENDS["url_path"].search(text, start, end)
                last = found.start() if found else end
            self._claim_value(view.source(start), view.source(last), meanings, claims)

    def _is_masked(self, name: str, text: str, start: int) -> bool:
        """Whether the name holds a mask: `[token]=` is no parameter, `user[token]=` is one."""
        mask_at = self._masked_name.search(plain(name))
        return bool(mask_at) or (text[start - 1 : start] == "\\" and "]" in name)

    def _json_values(self, text: str) -> Iterator[tuple[int, int, tuple[Meaning, ...]]]:
        """Where the values of telling names in JSON stand, and what these mean."""
        for match in _JSON.finditer(text):
            meanings = self._names.meanings(match[1])
            if meanings:
                yield *match.span(2 if match[2] is not None else 3), meanings
        for match in _JSON_GROUP.finditer(text):
            meanings = self._names.meanings(match[1])
            for value in _JSON_STRING.finditer(match[2]) if meanings else ():
                start, end = (match.start(2) + place for place in value.span(1))
                yield start, end, meanings
        for match in _LOOSE_JSON.finditer(text):
            meanings = self._names.meanings(match[1] or match[3])
            if meanings:
                yield *match.span(2 if match[1] else 4), meanings

    def _claim_base64(self, last: View, claims: Claims, where: str) -> None:
        """Claim values of JSON in base64."""
        for view in base64_views(last):
            for start, end, meanings in self._json_values(view.text):
                value = view.text[start:end]
                if claims.may_look_at(len(value)) and not attack_in(value):
                    kind = kind_of(plain(value), meanings)
                    if kind is not None:
                        claims.take(view.source(start), view.source(end), kind)
            self._claim_shapes(View(folded(view.text), view.positions), claims, where)

    def _claim_headers(self, view: View, claims: Claims) -> None:
        """Claim secrets written as in a header: `token: abc`."""
        for match in _HEADER.finditer(view.text):
            meanings = self._names.meanings(match[1])
            if meanings and (meanings[0].kind in _SECRETS or meanings[0].is_kept):
                start, end = view.source(match.start(2)), view.source(match.end(2))
                self._claim_value(start, end, meanings, claims)

    def _claim_value(
        self, start: int, end: int, meanings: tuple[Meaning, ...], claims: Claims
    ) -> None:
        """Claim a value, given by its place in the source, as far as it is no attack."""
        if start == end or (meanings[0].kind is None and not meanings[0].is_kept):
            return
        if meanings[0].is_kept:
            claims.take(start, end, None)
            return
        if not claims.may_look_at(end - start):
            if meanings[0].value in _ANY_FORM:
                claims.take(start, end, meanings[0].kind)
            return
        value, end = claims.harmless(start, end)
        if value.startswith("[") and self._mask.fullmatch(claims.text, start, end):
            claims.take(start, end, None)
            return
        if "[" in value and self._mask.search(value):
            # Other forms were refused before, when its parts were not yet masked.
            meanings = tuple(each for each in meanings if each.value in _ANY_FORM)
        kind = kind_of(readable(value), meanings)
        if kind is not None:
            claims.take(start, end, kind)

    def _claim_shapes(self, view: View, claims: Claims, where: str) -> None:
        text, kinds = view.text, self._names.kinds
        if "@" in text or "&#" in text:
            _claim_addresses(view, claims, kinds)
        if self._has_token(text):
            for start, end in self._token_places(text):
                claims.take(view.source(start), view.source(end), "token")
        self._words_before.claim(view, claims, where)
        if "token" in kinds and "/" in text:
            for match in self._links.finditer(text):
                _claim_link(view, match.end(), claims)
        if "〒" in text and "postal_code" in kinds:
            for match in _POSTAL.finditer(text):
                claims.take(view.source(match.start(1)), view.source(match.end(1)), "postal_code")
        self._claim_words(view, claims, where)
        self._numbers.claim(view, claims)

    def _claim_words(self, view: View, claims: Claims, where: str) -> None:
        """Claim number plates and the like, persons' names, and what needs special care."""
        text, kinds = view.text, self._names.kinds
        for start, end, kind in forms.places(text):
            is_thing = kind == "vehicle_number" and self._names.has_ids(name_before(text, start))
            if kind in kinds and not is_thing:
                claims.take(view.source(start), view.source(end), kind)
        for start, end in persons.places(text) if "name" in kinds else ():
            claims.take(view.source(start), view.source(end), "name")
        # A path is a page's address, which tells what the page is about.
        if "special_care" in kinds and where != "url_path":
            query = text.find("?") if where == "referrer" else 0
            for start, end in special_care.places(
                text, lambda place: self._names.is_for_notes(name_before(text, place))
            ):
                if 0 <= query <= start:
                    claims.take(view.source(start), view.source(end), "special_care")

    def _has_token(self, text: str) -> bool:
        for start in self._token_starts:  # noqa: SIM110 - a generator takes three times as long
            if start in text:
                return True
        return False

    def _token_places(self, text: str) -> list[tuple[int, int]]:
        """Where tokens of a known form stand, from the left; of two at a place the first form's."""
        found = [
            match.span("token")
            for start, pattern in zip(self._token_starts, self._tokens, strict=True)
            if start in text
            for match in pattern.finditer(text)
            if match["token"]
        ]
        return sorted(found, key=itemgetter(0))


def _token_search(form: dict[str, str]) -> str:
    """The pattern for a form of token, in the group `token`, or for what it crosses in vain."""
    return rf"(?<![A-Za-z0-9_\]])(?:(?P<token>{form['pattern']})|{form.get('vain', '(?!)')})"


def _claim_users(view: View, claims: Claims, kinds: set[str]) -> None:
    """Claim users and passwords within URLs."""
    for match in _USERINFO.finditer(view.text):
        if not _is_all_of_url(view, match, claims):
            continue
        user = match[1]
        is_user = user and user not in _NO_USERS and not _HOST_ENDING.search(user)
        if is_user and "user_name" in kinds:
            claims.take(view.source(match.start(1)), view.source(match.end(1)), "user_name")
        if match[2] and "password" in kinds:
            claims.take(view.source(match.start(2)), view.source(match.end(2)), "password")


def _claim_addresses(view: View, claims: Claims, kinds: set[str]) -> None:
    """Claim users and passwords within URLs, and e-mail addresses."""
    text = view.text
    if "://" in text:
        _claim_users(View(claims.text), claims, kinds)  # in which an encoded @ ends no user
        _claim_users(view, claims, kinds)
    if "email" not in kinds:
        return
    for match in _EMAIL.finditer(text):
        start, end = match.span()
        is_repository = match["local"] == "git" and text[end : end + 1] in {":", "/"}
        is_file = match["ending"].lower() in _FILE_ENDINGS
        if not is_repository and not is_file and not _is_user_of_host(view, match, claims):
            if match["local"]:
                start = _start_of_tagged(view, start, claims)
            claims.take(view.source(start), view.source(end), "email")


def _start_of_tagged(view: View, start: int, claims: Claims) -> int:
    """Where an address begins before which a `+` stands, which may be a space or its own."""
    earliest = start
    while match := _TAGGED.search(view.text, max(0, earliest - _LONGEST_LOCAL), earliest):
        if claims.text[view.source(earliest - 1)] != "+" or claims.holds(
            view.source(match.start())
        ):
            break
        earliest = match.start()
    return start if attack_in(view.text[earliest:start]) else earliest


def _is_all_of_url(view: View, match: re.Match[str], claims: Claims) -> bool:
    """Whether a URL's colon and its @ are encoded alike, as of an address within it they are not.

    Where the colon belongs to a value that is masked, no URL is left. A password beside is one
    in any case.
    """
    if match[2]:
        return True
    raw, colon, at = claims.text, view.source(match.start()), view.source(match.end() - 1)
    return not claims.holds(colon) and (raw[colon] == ":") == (raw[at] == "@")


def _is_user_of_host(view: View, match: re.Match[str], claims: Claims) -> bool:
    """Whether it is `https://user@host`: all of it encoded alike, as an address in it is not.

    Where the colon belongs to a value that is masked, no URL is left.
    """
    colon = match.start() - 3
    if colon < 0 or not view.text.startswith("://", colon) or claims.holds(view.source(colon)):
        return False
    raw = claims.text
    return (raw[view.source(colon)] == ":") == (raw[view.source(match.start("at"))] == "@")


def _claim_link(view: View, start: int, claims: Claims) -> None:
    for _ in range(2):
        segment = _SEGMENT.match(view.text, start)
        if segment is None:
            return
        start = segment.end()
        if looks_one_time(segment[1]):
            claims.take(view.source(segment.start(1)), view.source(start), "token")
            return
