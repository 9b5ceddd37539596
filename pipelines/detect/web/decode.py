r"""A logged text as the attacked program would read it: every encoding of it undone.

Percent-encoding in several rounds, also malformed and as %u; the server's own \xhh; HTML and
JavaScript escapes; UTF-8, Shift_JIS, EUC-JP and ISO-2022-JP; full-width forms (NFKC); case.
"""

import html
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from pipelines.privacy.decode import HALF_KANA, KANJI, best_decoding, kanji_of

ROUNDS = 4

ESCAPE = re.compile(r"%[0-9a-fA-F]{2}")
"""Without one, undoing percent-encoding leaves ASCII as it is."""

# \xhh, \uhhhh, \u{h…}, %uhhhh.
_CODE = re.compile(r"\\x([0-9a-fA-F]{2})|[\\%]u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]{1,6})\}")
_ENTITY = re.compile(
    r"&(?:#[0-9]{1,10};?|#[xX][0-9a-fA-F]{1,10};?|[a-zA-Z]{2,24};|(?:lt|gt|quot|amp)\b)"
)
# ASCII in two or three bytes, which UTF-8 forbids and lax decoders take (CVE-2000-0884), some of
# them with any second byte, or with one that is no escape.
_OVERLONG = re.compile(
    rb"[\xc0\xc1]([\x01-\x1f\x80-\xbf])|[\xc0\xc1](?=[./\\])|\xe0[\x80\x81]([\x80-\xbf])"
    rb"|[\xc0\xc1](%[0-9a-zA-Z]{2})"
)
# A character of Shift_JIS before it may be the beginning of the next one: 実際 has C0 8D inside.
_SHIFT_JIS_OR_OVERLONG = re.compile(
    rb"(?P<character>[\x81-\x9f\xe1-\xef][\x40-\x7e\x80-\xfc])|" + _OVERLONG.pattern
)
# Hiragana and Katakana in ISO-2022-JP, where each character is two signs of ASCII.
_KANA_ROWS = "$%"
# A hard space of Latin-1, which MySQL takes for a blank; no part of a character between ASCII.
_HARD_SPACE = re.compile(rb"(?<=[!-~])\xa0(?=[!-~])")
_LAST_CODE = 0x10FFFF
_FIRST_OF_TWO_BYTES = 0x80

_ESCAPE_OF_KANJI = "\x1b$"

EVASION = "\x03"
"""What the name of an evasion begins with, among the views of a text."""

# What all of them hold.
_EVADING = re.compile(r"&#|%(?:2[56eE]|[cC]0|[uU][0fF]|68)")
_POINT = "%(?:25)*(?:2e|c0%(?:25)*ae|uff0e|u002e)"
# Ways to write what no browser writes so: points of a step upwards by their codes, a step upwards
# whose slash was encoded twice, characters of HTML behind zeros or as the whole of a value, the
# letters of http.
_EVASIONS = {
    "points": re.compile(rf"(?:{_POINT}){{2}}|{_POINT}\.|\.{_POINT}", re.IGNORECASE),
    "step": re.compile(r"\.\.%(?:25)+(?:2f|5c|c0|c1|u|%|25)", re.IGNORECASE),
    "scheme": re.compile(r"%(?:25)*68(?:%(?:25)*74){2}%(?:25)*70", re.IGNORECASE),
    "zeros": re.compile(r"(?:&|%(?:25)*26)(?:#|%(?:25)*23)x?0{2,}[1-9a-f]", re.IGNORECASE),
    "character": re.compile(
        r"^(?:&|%(?:25)*26)(?:#|%(?:25)*23)x?[0-9a-f]{1,8}(?:;|%(?:25)*3b)?$", re.IGNORECASE
    ),
}
# A Japanese full stop within a host's name, which browsers take for a point (UTS 46); NFKC has
# made the half-width one into it.
_JAPANESE_STOP = "\u3002"
_FULL_STOP = re.compile(rf"(?<=[0-9a-zA-Z]){_JAPANESE_STOP}(?=[0-9a-zA-Z])")
# Signs that stand for a quotation mark and that NFKC leaves alone.
_QUOTES = "\u02bc\u2032\u02b9\u00b4"


def decoded(text: str, *, is_form: bool) -> list[str]:
    """Return the lower-case readings of a logged text, the likeliest first; mostly there is one.

    `is_form`: `+` is a space, as in queries. Two readings differ where bytes are both a character
    of Japanese and an overlong form of ASCII.
    """
    if is_form:
        text = text.replace("+", " ")
    overlong = None
    for _ in range(ROUNDS):
        before = text
        if "\\" in text or "%u" in text or "%U" in text:
            text = _CODE.sub(_character, text)
        if ESCAPE.search(text) or ("%" in text and not text.isascii()):
            octets = unquote_to_bytes(text)
            if octets.isascii():
                text = octets.decode("ascii")
            else:
                text, codec = best_decoding(_HARD_SPACE.sub(b" ", octets))
                if (shortened := _shorter(octets, text, codec)) != octets:
                    overlong = shortened
        if _ESCAPE_OF_KANJI in text:
            text = KANJI.sub(_japanese, text)
        if "&" in text:
            text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if text == before:
            break
    readings = [text] if overlong is None else [text, best_decoding(overlong)[0]]
    return [_folded(reading) for reading in readings]


def evasions(text: str) -> list[str]:
    """Return the names of the ways in which a logged text hides what it says, each behind EVASION.

    They are told of the text as it was logged: decoding undoes them.
    """
    if not _EVADING.search(text):
        return []
    return [f"{EVASION}{name}" for name, written in _EVASIONS.items() if written.search(text)]


def _folded(text: str) -> str:
    if not text.isascii():
        # NFKC makes a spacing acute accent of ´ into a space and a mark: quotation marks first.
        for quote in _QUOTES:
            text = text.replace(quote, "'")
        text = unicodedata.normalize("NFKC", text)
        if _JAPANESE_STOP in text:
            text = _FULL_STOP.sub(".", text)
    return text.lower()


def _character(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        # Bytes of a longer character are decoded together with their neighbours.
        return chr(code) if code < _FIRST_OF_TWO_BYTES else f"%{match[1]}"
    code = int(match[2] or match[3], 16)
    is_character = code <= _LAST_CODE and not 0xD800 <= code <= 0xDFFF  # noqa: PLR2004 - surrogates
    return chr(code) if is_character else "\ufffd"


def _japanese(match: re.Match[str]) -> str:
    """The characters of ISO-2022-JP where most are kana, which signs of an attack are not."""
    pairs = [match[1][at : at + 2] for at in range(0, len(match[1]), 2)]
    kana = sum(pair[0] in _KANA_ROWS for pair in pairs)
    return "".join(map(kanji_of, pairs)) if kana * 2 >= len(pairs) > 0 else match[0]


def _shorter(octets: bytes, text: str, codec: str) -> bytes:
    """The octets with their overlong forms undone, of which a text in Shift_JIS has fewer."""
    if codec == "cp932" and not HALF_KANA.search(text):
        return _SHIFT_JIS_OR_OVERLONG.sub(
            lambda match: match["character"] or _shortened(match.groups()[1:], match[0]), octets
        )
    return _OVERLONG.sub(lambda match: _shortened(match.groups(), match[0]), octets)


def _shortened(groups: Sequence[bytes | None], whole: bytes) -> bytes:
    first, second, escaped = groups
    if escaped:
        return b"/"
    trail = first or second
    if trail is None:
        return b""
    lead = whole[0] & 1 if first else whole[1] & 1
    return bytes([lead << 6 | trail[0] & 0x3F])
