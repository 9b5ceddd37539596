r"""Texts as a server would read them, with the way back to where each character was logged.

A value may be percent-encoded once or twice, in UTF-8, CP932 or EUC-JP, or stand as `\xhh` or `\u`
escapes; its digits and dashes may be full-width. It is looked at decoded and masked as logged.
"""

import re
import unicodedata
from array import array
from dataclasses import dataclass

ROUNDS = 3

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|\\x([0-9A-Fa-f]{2})|(?:\\|%)u([0-9A-Fa-f]{4})")
_TOKEN = re.compile(r'[^&=?/;:,#\s"<>\[\]]+')
_HIGH = re.compile(rb"[\x80-\xff]")
_SURROGATES = range(0xD800, 0xE000)
_HALF_KANA = re.compile(r"[\uff61-\uff9f]")
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


@dataclass(frozen=True)
class View:
    """A text and where each of its characters, and its end, stand in the source.

    Without `positions` it is the source itself.
    """

    text: str
    positions: "array[int] | None" = None

    def source(self, position: int) -> int:
        """Return the place in the source of a place in the text."""
        return position if self.positions is None else self.positions[position]


def views(text: str) -> list[View]:
    """Return the text as logged, then decoded once, twice, … until nothing is left to decode."""
    found = [View(text)]
    while len(found) <= ROUNDS and ("%" in found[-1].text or "\\" in found[-1].text):
        decoded = _decoded(found[-1])
        if decoded is None:
            break
        found.append(decoded)
    return found


def plain(text: str) -> str:
    """Return a text decoded to the end, `+` as logged taken for a space, in NFKC."""
    last = views(text.replace("+", " "))[-1].text
    return last if last.isascii() else unicodedata.normalize("NFKC", last)


def folded(text: str) -> str:
    """Return the text with ASCII in place of full-width forms and of dashes, of equal length."""
    return text if text.isascii() else text.translate(_FOLDED)


def _decoded(view: View) -> View | None:
    text = view.text
    pieces: list[str] = []
    positions: array[int] = array("q")
    done = 0
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        found = list(_ESCAPE.finditer(text, start, end))
        if not found:
            continue
        pieces.append(text[done:start])
        positions.extend(range(done, start))
        _decode_token(text, start, end, found, pieces, positions)
        done = end
    if not pieces:
        return None
    pieces.append(text[done:])
    positions.extend(range(done, len(text) + 1))
    if view.positions is not None:
        before = view.positions
        positions = array("q", [before[position] for position in positions])
    return View("".join(pieces), positions)


def _decode_token(
    text: str,
    start: int,
    end: int,
    found: list[re.Match[str]],
    pieces: list[str],
    positions: "array[int]",
) -> None:
    """Append the characters of a token and where each begins."""
    raw = bytearray()
    origin: array[int] = array("q")

    def take(piece: str, at: int, step: int) -> None:
        for number, character in enumerate(piece):
            encoded = character.encode("utf-8", "replace")
            raw.extend(encoded)
            origin.extend([at + number * step] * len(encoded))

    done = start
    for match in found:
        take(text[done : match.start()], done, 1)
        octet = match[1] or match[2]
        if octet:
            raw.append(int(octet, 16))
            origin.append(match.start())
        else:
            code = int(match[3], 16)
            take("\ufffd" if code in _SURROGATES else chr(code), match.start(), 0)
        done = match.end()
    take(text[done:end], done, 1)
    content = bytes(raw)
    decoded, codec = _best_decoding(content)
    pieces.append(decoded)
    if codec == "latin-1" or not _HIGH.search(content):
        positions.extend(origin)
        return
    place = 0
    for character in decoded:
        positions.append(origin[place])
        place += len(character.encode(codec))


def _best_decoding(content: bytes) -> tuple[str, str]:
    """The text of some bytes and its codec: UTF-8, then CP932, then EUC-JP, or byte by byte.

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
    if "cp932" in readings and not ("euc_jp" in readings and _HALF_KANA.search(readings["cp932"])):
        return readings["cp932"], "cp932"
    if "euc_jp" in readings:
        return readings["euc_jp"], "euc_jp"
    return content.decode("latin-1"), "latin-1"
