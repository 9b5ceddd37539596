r"""Texts as a server would read them, with the way back to where each character was logged.

A value may be percent-encoded up to four times, in UTF-8, CP932, EUC-JP or ISO-2022-JP, or stand
as `\xhh` or `\u` escapes; its digits and dashes may be full-width. It is looked at decoded and
masked as logged.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from string import hexdigits
from typing import NamedTuple

ROUNDS = 4

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|(?:\\|%)u([0-9A-Fa-f]{4})")
_ASCII_ESCAPE = re.compile(r"%([0-7][0-9A-Fa-f])")
_OTHER_ESCAPE = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]|\\x[0-9A-Fa-f]{2}|(?:\\|%)u[0-9A-Fa-f]{4}")
_BREAK = re.compile(r'[&=?/;:,#\s"<>\[\]]')
_OCTETS = {f"{a}{b}": bytes([int(a + b, 16)]) for a in hexdigits for b in hexdigits}
_CHARACTERS = {f"{a}{b}": chr(int(a + b, 16)) for a in "01234567" for b in hexdigits}
_SURROGATES = range(0xD800, 0xE000)
HALF_KANA = re.compile(r"[\uff61-\uff9f]")
# What ISO-2022-JP (RFC 1468) switches to, JIS X 0208 of two years, and back to one of two others.
KANJI = re.compile(r"\x1b\$[@B]((?:[!-~][!-~])*+)(?:\x1b\([BJ])?")
_OCTETS_OF_KANJI = 2
_DASHES = (
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u30fc\uff70\uff0d\ufe63\u2043\uff5e\u301c"
)
_FOLDED = str.maketrans(
    {
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
        **dict.fromkeys(_DASHES, "-"),
        "\u3000": " ",
        "\u00a0": " ",
    }
)


class View(NamedTuple):
    """A text and where each of its characters, and its end, stand in the source.

    Without `positions` it is the source itself.
    """

    text: str
    positions: "array[int] | None" = None

    def source(self, position: int) -> int:
        """Return the place in the source of a place in the text."""
        return position if self.positions is None else self.positions[position]

    def place(self, source: int) -> int:
        """Return where in the text the source's character of that place stands."""
        return source if self.positions is None else bisect_left(self.positions, source)


def views(text: str) -> list[View]:
    """Return the text as logged, then decoded once, twice, … until nothing is left to decode."""
    found = [View(text)]
    while len(found) <= ROUNDS and ("%" in found[-1].text or "\\" in found[-1].text):
        decoded = _decoded(found[-1])
        if decoded is None:
            break
        found.append(decoded)
    if "\x1b" in found[-1].text:
        found += _with_kanji(found[-1])
    return found


def plain(text: str) -> str:
    """Return a text decoded to the end, `+` taken for a space, in NFKC."""
    return readable(views(text.replace("+", " "))[-1].text)


def readable(text: str) -> str:
    """Return a decoded text in NFKC, without the spaces around it."""
    spaced = text.replace("+", " ").strip()
    return spaced if spaced.isascii() else unicodedata.normalize("NFKC", spaced)


def folded(text: str) -> str:
    """Return the text with ASCII in place of full-width forms and of dashes, of equal length."""
    return text if text.isascii() else text.translate(_FOLDED)


def _with_kanji(view: View) -> list[View]:
    """The text with what is ISO-2022-JP as Japanese, if anything is."""
    pieces: list[str] = []
    positions: list[int] = []
    done = 0
    for match in KANJI.finditer(view.text):
        pairs = match[1]
        pieces.append(view.text[done : match.start()])
        positions += map(view.source, range(done, match.start()))
        for at in range(0, len(pairs), _OCTETS_OF_KANJI):
            # What switches belongs to the first character.
            positions.append(view.source(match.start(1) + at if at else match.start()))
            pieces.append(kanji_of(pairs[at : at + _OCTETS_OF_KANJI]))
        done = match.end()
    if not done:
        return []
    pieces.append(view.text[done:])
    positions += map(view.source, range(done, len(view.text) + 1))
    return [View("".join(pieces), array("q", positions))]


def kanji_of(pair: str) -> str:
    """Return the character of two signs of ISO-2022-JP, U+FFFD where there is none."""
    try:
        return f"\x1b$B{pair}\x1b(B".encode("ascii").decode("iso2022_jp")
    except UnicodeDecodeError:
        return "\ufffd"


def _decoded(view: View) -> View | None:
    text = view.text
    is_simple = text.isascii() and not _OTHER_ESCAPE.search(text)
    found = _decoded_ascii(text) if is_simple else _decoded_words(text)
    if found is None:
        return None
    decoded, positions = found
    if view.positions is not None:
        before = view.positions
        positions = [before[position] for position in positions]
    return View(decoded, array("q", positions))


def _decoded_ascii(text: str) -> tuple[str, list[int]] | None:
    """The text, in which nothing but ASCII is encoded, and where each character begins."""
    pieces = _ASCII_ESCAPE.split(text)
    if len(pieces) == 1:
        return None
    positions: list[int] = []
    done = 0
    for number in range(1, len(pieces), 2):
        start = done + len(pieces[number - 1])
        positions += range(done, start + 1)
        pieces[number] = _CHARACTERS[pieces[number]]
        done = start + len("%hh")
    positions += range(done, len(text) + 1)
    return "".join(pieces), positions


def _decoded_words(text: str) -> tuple[str, list[int]] | None:
    """The same for any text, word by word."""
    pieces: list[str] = []
    positions: list[int] = []
    done = 0
    for start, end in _tokens(text):
        pieces.append(text[done:start])
        positions += range(done, start)
        decoded, origin = _decode_token(text, start, end)
        pieces.append(decoded)
        positions += origin
        done = end
    if not done:
        return None
    pieces.append(text[done:])
    positions += range(done, len(text) + 1)
    return "".join(pieces), positions


def _tokens(text: str) -> list[tuple[int, int]]:
    """Where the words with escapes stand: what one program encoded at once."""
    found: list[tuple[int, int]] = []
    end = -1
    for match in _ESCAPE.finditer(text):
        if match.start() < end:
            continue
        start = max(end, 0)
        for word in _BREAK.finditer(text, start, match.start()):
            start = word.end()
        after = _BREAK.search(text, match.end())
        end = after.start() if after else len(text)
        found.append((start, end))
    return found


def _decode_token(text: str, start: int, end: int) -> tuple[str, list[int]]:
    """The characters of a token and where each begins."""
    raw: list[bytes] = []
    origin: list[int] = []
    done = start
    for match in _ESCAPE.finditer(text, start, end):
        at = match.start()
        if at > done:
            _copy(text, done, at, raw, origin)
        octet = match[1] or match[2]
        if octet:
            raw.append(_OCTETS[octet])
            origin.append(at)
        else:
            code = int(match[3], 16)
            encoded = ("\ufffd" if code in _SURROGATES else chr(code)).encode()
            raw.append(encoded)
            origin += [at] * len(encoded)
        done = match.end()
    _copy(text, done, end, raw, origin)
    content = b"".join(raw)
    if content.isascii():
        return content.decode("ascii"), origin
    decoded, codec = best_decoding(content)
    if codec == "latin-1":
        return decoded, origin
    places: list[int] = []
    place = 0
    for character in decoded:
        places.append(origin[place])
        place += len(character.encode(codec))
    return decoded, places


def _copy(text: str, start: int, end: int, raw: list[bytes], origin: list[int]) -> None:
    """Append the bytes of a stretch without escapes."""
    encoded = text[start:end].encode("utf-8", "replace")
    raw.append(encoded)
    if len(encoded) == end - start:
        origin += range(start, end)
        return
    for number, character in enumerate(text[start:end], start):
        origin += [number] * len(character.encode("utf-8", "replace"))


def best_decoding(content: bytes) -> tuple[str, str]:
    """Return the text of some bytes and its codec: UTF-8, then CP932, then EUC-JP, or byte by byte.

    EUC-JP often passes for CP932 as half-width kana, which people hardly ever send.
    """
    readings: dict[str, str] = {}
    for codec in ("utf-8", "cp932", "euc_jp"):
        try:
            reading = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if codec == "utf-8":
            return reading, codec
        if reading.encode(codec, "replace") == content:
            readings[codec] = reading
    if "cp932" in readings and not ("euc_jp" in readings and HALF_KANA.search(readings["cp932"])):
        return readings["cp932"], "cp932"
    if "euc_jp" in readings:
        return readings["euc_jp"], "euc_jp"
    return content.decode("latin-1"), "latin-1"
