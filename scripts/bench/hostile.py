"""What an attacker sends and a hostile shop delivers: the input of one row of `make bench`.

The same files are read in the tests on a smaller scale. Everything is the same at every writing.
"""

import bz2
import datetime as dt
import gzip
import lzma
import os
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import zstandard

from bench.generate import DAY

REQUESTS = 10_000
REQUEST_BYTES = 8_000
_BOMB_PIECE_BYTES = 45_000_000
_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0"

_ATOMS = (
    "1-", "0120-", "090-1234-", "(03)", "4111+", "%E3%80%92123-", "12+34+",
    "eyJ", "eyJa.", "Bearer+a", "Basic+a", "QUJD", "-----",
    "a@", "a.b@", "&#64;", "%2540", "%25", "%u0040", "//u:p",
    "a=1;", "%22a%22:", "{%22a%22:[", "'a':'", "%E3%81%82", "%82%A0",
    "../", "%2e%2e%2f", "union+select+", "${jndi:", "{{7*7}}", "<script",
)  # fmt: skip
"""Beginnings of what is searched for: repeated, each of them begins a search again and again."""


def requests(count: int, size: int, seconds: int = 86_400) -> Iterator[str]:
    """Yield lines in the combined format, each with about `size` bytes of one atom repeated.

    The text stands in the query, the path, the referrer and the agent in turn.
    """
    begin = dt.datetime.combine(DAY, dt.time(), dt.timezone(dt.timedelta(hours=9)))
    atoms = cycle(_ATOMS)
    for number in range(count):
        atom = next(atoms)
        text = (atom * (size // len(atom) + 1))[:size] + "x"
        at = begin + dt.timedelta(seconds=number * seconds // count)
        target, referrer, agent = ("/find?q=" + text, "-", _AGENT)
        if number % 4 == 1:
            target = "/" + text
        elif number % 4 == 2:  # noqa: PLR2004 - one of four places
            target, referrer = "/", "https://www.prime.example/?q=" + text
        elif number % 4 == 3:  # noqa: PLR2004
            target, agent = "/", text
        quoted = (part.replace('"', "%22") for part in (target, referrer, agent))
        path, referring, browser = quoted
        yield (
            f"198.51.100.{number % 250} - - [{at:%d/%b/%Y:%H:%M:%S %z}]"
            f' "GET {path} HTTP/1.1" 200 512 "{referring}" "{browser}"\n'
        )


def _bomb(compress: Callable[[bytes], bytes], times: int) -> bytes:
    return compress(b"\n" * _BOMB_PIECE_BYTES) * times


def _line(at: dt.datetime, number: int, host: str = "", method: str = "GET") -> str:
    prefix = f"{host} " if host else ""
    return (
        f"{prefix}198.51.100.{number % 250} - - [{at:%d/%b/%Y:%H:%M:%S} +0900]"
        f' "{method} /p{number} HTTP/1.1" 200 5 "-" "agent/{number}"\n'
    )


def _days(count: int) -> Iterator[str]:
    """Lines of as many days before and after the day."""
    noon = dt.datetime.combine(DAY, dt.time(12))
    for number in range(1, count // 2 + 1):
        for way in (-1, 1):
            yield _line(noon + dt.timedelta(days=way * number), number)


def _names(count: int) -> Iterator[str]:
    """Lines each of another host, method and agent."""
    noon = dt.datetime.combine(DAY, dt.time(12))
    for number in range(count):
        yield _line(noon, number, host=f"h{number}.prime.example:443", method=f"M{number}")


def _fields(count: int) -> Iterator[str]:
    """W3C files whose directive changes before every line."""
    for number in range(count):
        yield f"#Fields: date time c-ip cs-uri-stem x-{number}\n"
        yield f"{DAY} 03:00:00 198.51.100.7 /w{number} -\n"


def write(folder: Path, scale: float = 1.0) -> None:
    """Write the hostile landing folder: `scale` 1 is what the target of `make bench` is about."""

    def times(count: int) -> int:
        return max(1, round(count * scale))

    shop = folder / "hostile" / "001"
    shop.mkdir(parents=True)
    bombs: tuple[tuple[str, Callable[[bytes], bytes], int], ...] = (
        ("bz2", bz2.compress, 1_000),
        ("zst", zstandard.compress, 1_000),
        ("gz", gzip.compress, 20),
        ("xz", lzma.compress, 100),
    )
    for ending, compress, count in bombs:
        (shop / f"access.log.bomb.{ending}").write_bytes(_bomb(compress, times(count)))
    texts = {
        "requests": requests(times(REQUESTS), REQUEST_BYTES),
        "days": _days(times(20_000)),
        "names": _names(times(200_000)),
        "fields": _fields(times(16_000)),
    }
    for name, lines in texts.items():
        site = folder / f"hostile-{name}"
        site.mkdir()
        with (site / "access.log").open("w", encoding="utf-8") as stream:
            stream.writelines(lines)
    _traps(shop)
    _traps(folder / "hostile" / "002")


def _traps(shop: Path) -> None:
    """Names that lead outside, never end, or are no text."""
    shop.mkdir(exist_ok=True)
    (shop / "access.log.passwd").symlink_to("/etc/passwd")
    (shop / "access.log.up").symlink_to("../../../keys/catalog.sqlite")
    (shop / "access.log.nowhere").symlink_to("gone")
    (shop / "access.log.round").symlink_to(".")
    os.mkfifo(shop / "access.log.pipe")
    (shop / "access.log.folder").mkdir()
    name = os.fsencode(shop) + b"/access.log.\xff\x1b[2J\n"
    Path(os.fsdecode(name)).write_text("".join(islice(requests(1, 10), 1)), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
