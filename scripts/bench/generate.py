"""The input of the benchmark: one day of a site in the combined format, the same for a seed.

Four lines in ten have a query (search words, ids, campaigns), one in a hundred carries a personal
value in it, and one in two hundred is odd in one of five ways: escaped quotes, TLS bytes, no
request, a user name, an empty agent. Lines are made and written in chunks, so memory stays flat.
"""

import datetime as dt
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.vocabulary import Vocabulary, vocabulary

Integers = NDArray[np.uint32]
Overlay = Callable[[pl.DataFrame, Vocabulary, np.random.Generator], pl.DataFrame]
"""What is made of the columns of a chunk before they are lines."""

SEED = 20261120
DAY = dt.date(2026, 11, 20)
CHUNK_LINES = 250_000
CHAIN_FILES = 3_000
CHAIN_LINES = 1_000

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to ask for gzip's header, here without time and name
_APART = 40_961  # so that the few agents of an address are no neighbours' agents
_HOURLY = (3, 2, 1, 1, 1, 2, 4, 8, 10, 11, 11, 12, 13, 11, 11, 11, 10, 11, 12, 13, 14, 13, 10, 6)
_ASSET_SHARE = 0.35
_ODD_SHARE = 0.005
_REFERRER_SHARES = {"none": 0.45, "few": 0.25, "many": 0.30}
# Of all lines; what is drawn for a file of the page's look becomes its version.
_QUERY_SHARES = {"search": 0.12, "id": 0.14, "campaign": 0.09, "version": 0.035, "personal": 0.0155}
_PERSONAL = (
    "email={name}{number}%40example.com&page={page}",
    "id={id}&tel=090-{four}-{last}",
    "token={hex}{hex2}&next=%2Fcustomers",
    "user={name}.{number}@example.jp&lang=ja",
    "phone=%2B8180{four}{last}&ok=1",
)


def write_log(packed: Path, plain: Path | None, lines: int, seed: int = SEED) -> None:
    """Write `lines` lines as gz, and plain where asked; files that are there are left alone."""
    write_chunks([path for path in (packed, plain) if path], packed, lines_of(lines, seed))


def write_chunks(paths: Iterable[Path], packed: Path, texts: Iterable[bytes]) -> None:
    """Write the files that are not there yet, `packed` as gz."""
    wanted = [path for path in paths if not path.exists()]
    if not wanted:
        return
    unfinished = {path: path.with_name(f".{path.name}.unfinished") for path in wanted}
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    with ExitStack() as stack:
        streams = {}
        for path, other in unfinished.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            streams[path] = stack.enter_context(other.open("wb"))
        for chunk in texts:
            for path, stream in streams.items():
                stream.write(packer.compress(chunk) if path == packed else chunk)
        if packed in streams:
            streams[packed].write(packer.flush())
    for path, other in unfinished.items():
        other.rename(path)


def write_chain(folder: Path, files: int, lines: int, seed: int = SEED) -> None:
    """Write the night of a chain, `folder/NNNN/access.log`, plain, every shop with a day's lines.

    A day of many shops' lines is dealt out line by line, so that each shop has its whole day.
    """
    if (folder / f"{files:04d}" / "access.log").exists():
        return
    words = vocabulary(seed)
    at_once = max(1, CHUNK_LINES // lines)
    for first in range(1, files + 1, at_once):
        shops = min(at_once, files + 1 - first)
        rng = np.random.default_rng([seed, 3, first])
        frame = chunk_of(words, rng, 0, shops * lines, shops * lines)
        day = _as_lines(frame).splitlines(keepends=True)
        for number in range(shops):
            path = folder / f"{first + number:04d}" / "access.log"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"".join(day[number::shops]))


def lines_of(lines: int, seed: int = SEED, overlay: Overlay | None = None) -> Iterator[bytes]:
    """Yield `lines` lines in order of time, `CHUNK_LINES` at once."""
    words = vocabulary(seed)
    for begin in range(0, lines, CHUNK_LINES):
        rng = np.random.default_rng([seed, 2, lines, begin])
        frame = chunk_of(words, rng, begin, min(CHUNK_LINES, lines - begin), lines)
        yield _as_lines(overlay(frame, words, rng) if overlay else frame)


def chunk_of(
    words: Vocabulary, rng: np.random.Generator, begin: int, count: int, total: int
) -> pl.DataFrame:
    """Return the columns of lines `begin` to `begin + count` of a day of `total` lines."""
    is_asset = rng.random(count) < _ASSET_SHARE
    target = pl.DataFrame(
        {
            "page": _zipf(rng, words.pages, count, 0.9),
            "asset": _zipf(rng, words.assets, count, 0.7),
            "query": _queries(words, rng, count, is_asset),
            "is_asset": is_asset,
        }
    ).select(
        pl.when("is_asset").then("asset").otherwise("page").alias("path"),
        pl.col("query"),
    )
    status = rng.choice(
        [200, 304, 302, 404, 403, 500], count, p=[0.84, 0.07, 0.03, 0.045, 0.01, 0.005]
    )
    size = np.where(np.isin(status, (304, 302)), 0, rng.lognormal(8.5, 1.4, count).astype(np.int64))
    visitor = _ranks(rng, len(words.addresses), count, 0.8)
    frame = pl.DataFrame(
        {
            "address": words.addresses.gather(visitor),
            "user": pl.Series(["-"]).new_from_index(0, count),
            "time": _times().gather(_seconds(rng, begin, count, total)),
            "request": _requests(target, rng, count),
            "status": status,
            "size": size,
            "referrer": _referrers(words, rng, count),
            "agent": words.agents.gather(_agents_of(words, rng, visitor)),
        }
    )
    return _with_odd_lines(frame, rng, count)


def _as_lines(frame: pl.DataFrame) -> bytes:
    line = pl.format(
        '{} - {} [{}] "{}" {} {} "{}" "{}"\n',
        "address",
        "user",
        "time",
        "request",
        "status",
        pl.when(pl.col("size") == 0).then(pl.lit("-")).otherwise(pl.col("size").cast(pl.String)),
        "referrer",
        "agent",
    )
    return str(frame.select(line.str.join("")).item()).encode("ascii")


def _zipf(rng: np.random.Generator, texts: pl.Series, count: int, exponent: float) -> pl.Series:
    """Draw from `texts` so that the one of rank r comes with weight r ** -exponent."""
    return texts.gather(_ranks(rng, len(texts), count, exponent))


def _ranks(rng: np.random.Generator, size: int, count: int, exponent: float) -> Integers:
    shares = np.cumsum(np.arange(1, size + 1, dtype=np.float64) ** -exponent)
    drawn: Integers = np.searchsorted(shares, rng.random(count) * shares[-1]).astype(np.uint32)
    return drawn


def _agents_of(words: Vocabulary, rng: np.random.Generator, visitor: Integers) -> Integers:
    """The agent of each line: an address has one, or one of three in a house or an office."""
    usual = _ranks(np.random.default_rng(len(words.agents)), len(words.agents), 2**18, 1.0)
    other = rng.choice(3, len(visitor), p=[0.85, 0.10, 0.05]).astype(np.uint32)
    chosen: Integers = usual[(visitor * 3 + other * _APART) % len(usual)]
    return chosen


def _seconds(rng: np.random.Generator, begin: int, count: int, total: int) -> Integers:
    """Seconds of the day in order, more of them in busy hours."""
    share = (begin + np.sort(rng.random(count)) * count) / total
    hours = np.concatenate([[0.0], np.cumsum(_HOURLY)]) / sum(_HOURLY)
    seconds = np.interp(share, hours, np.arange(25) * 3600.0)
    whole: Integers = np.minimum(seconds.astype(np.uint32), np.uint32(86_399))
    return whole


def _times() -> pl.Series:
    """The time of every second of the day, as Apache writes it."""
    start = dt.datetime.combine(DAY, dt.time())
    end = start + dt.timedelta(seconds=86_399)
    return pl.datetime_range(start, end, "1s", eager=True).dt.strftime("%d/%b/%Y:%H:%M:%S +0900")


def _requests(target: pl.DataFrame, rng: np.random.Generator, count: int) -> pl.Series:
    methods = pl.Series(["GET", "POST", "HEAD", "OPTIONS"])
    protocols = pl.Series(["HTTP/1.1", "HTTP/2.0", "HTTP/1.0"])
    return target.select(
        pl.format(
            "{} {}{} {}",
            methods.gather(rng.choice(4, count, p=[0.90, 0.07, 0.02, 0.01])),
            "path",
            "query",
            protocols.gather(rng.choice(3, count, p=[0.55, 0.44, 0.01])),
        )
    ).to_series()


def _queries(
    words: Vocabulary, rng: np.random.Generator, count: int, is_asset: NDArray[np.bool_]
) -> pl.Series:
    """`?…` or an empty text; files of the page's look take versions, pages all else."""
    kinds = [*_QUERY_SHARES, "none"]
    shares = [*_QUERY_SHARES.values(), 1 - sum(_QUERY_SHARES.values())]
    drawn = rng.choice(len(kinds), count, p=shares)
    is_query = drawn < len(kinds) - 1
    drawn = np.where(is_query & is_asset, kinds.index("version"), drawn)
    ids, more = rng.integers(1, 10**8, count), rng.integers(1, 500, count)
    keys = rng.integers(0, 2**62, count)
    frame = pl.DataFrame(
        {
            "kind": pl.Series(kinds).gather(drawn.astype(np.uint32)),
            "words": _zipf(rng, words.searches, count, 0.8),
            "id": ids,
            "page": more,
            "key": pl.Series(keys).cast(pl.String),
            "source": pl.Series(["newsletter", "search", "social", "banner"]).gather(
                rng.integers(0, 4, count).astype(np.uint32)
            ),
            "personal": _personal(rng, count),
        }
    )
    by_kind = {
        "search": pl.format("?q={}&page={}", "words", "page"),
        "id": pl.format("?id={}&page={}&sort=new", "id", "page"),
        "campaign": pl.format(
            "?utm_source={}&utm_medium=cpc&utm_campaign=autumn_{}&cid={}", "source", "page", "key"
        ),
        "version": pl.format("?v=4.{}.2", "page"),
        "personal": pl.format("?{}", "personal"),
    }
    query = pl.lit("")
    for kind, text in by_kind.items():
        query = pl.when(pl.col("kind") == kind).then(text).otherwise(query)
    return frame.select(query).to_series()


def _personal(rng: np.random.Generator, count: int) -> pl.Series:
    """Queries with an address, a number or a token in them; a small stock is enough."""
    stock = 5_000
    names = ("hanako", "taro", "yuki", "sakura", "ken", "mai")
    numbers = rng.integers(0, 10_000, (stock, 4)).tolist()
    keys = rng.integers(0, 2**62, (stock, 2)).tolist()
    texts = [
        _PERSONAL[index % len(_PERSONAL)].format(
            name=names[index % len(names)],
            number=row[0],
            page=row[1] % 90 + 1,
            id=row[1],
            four=f"{row[2]:04d}",
            last=f"{row[3]:04d}",
            hex=format(key[0], "016x"),
            hex2=format(key[1], "016x"),
        )
        for index, (row, key) in enumerate(zip(numbers, keys, strict=True))
    ]
    return pl.Series(texts).gather(rng.integers(0, stock, count).astype(np.uint32))


def _referrers(words: Vocabulary, rng: np.random.Generator, count: int) -> pl.Series:
    few = 5
    drawn = rng.choice(3, count, p=list(_REFERRER_SHARES.values()))
    many = _zipf(rng, words.referrers.slice(few), count, 0.7)
    some = _zipf(rng, words.referrers.head(few), count, 1.0)
    return pl.select(
        pl.when(pl.Series(drawn == 0))
        .then(pl.lit("-"))
        .when(pl.Series(drawn == 1))
        .then(some)
        .otherwise(many)
    ).to_series()


def _with_odd_lines(frame: pl.DataFrame, rng: np.random.Generator, count: int) -> pl.DataFrame:
    """The same lines, a few of them as a server writes what is no plain request."""
    odd = pl.Series(rng.choice(5, count)).set(pl.Series(rng.random(count) >= _ODD_SHARE), None)
    user = pl.format("st-{}", pl.Series(rng.integers(1000, 1200, count)))
    tls = pl.lit("\\x16\\x03\\x01\\x02\\x00\\x01\\x00\\x01\\xfc\\x03\\x03")
    quoted = pl.format('{} \\"quoted\\" (test)', "agent")
    is_refused = odd.is_in([1, 2])
    return frame.with_columns(
        agent=pl.when(odd == 0).then(quoted).when(odd == 4).then(pl.lit("-")).otherwise("agent"),  # noqa: PLR2004 - five ways, numbered
        request=pl.when(odd == 1).then(tls).when(odd == 2).then(pl.lit("-")).otherwise("request"),  # noqa: PLR2004
        user=pl.when(odd == 3).then(user).otherwise("user"),  # noqa: PLR2004
        status=pl.when(is_refused).then(400).otherwise("status"),
    )


def main() -> int:
    """`log PACKED PLAIN LINES` (PLAIN may be empty) or `chain FOLDER FILES LINES`."""
    match sys.argv[1:]:
        case ["log", packed, plain, lines]:
            write_log(Path(packed), Path(plain) if plain else None, int(lines))
        case ["chain", folder, files, lines]:
            write_chain(Path(folder), int(files), int(lines))
        case _:
            print(main.__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
