"""Stable numbers: the ids of files, lines, agents and request profiles, on every run and machine.

Those of clients are keyed, and the same on every run of one lake.
"""

import hashlib

import numpy as np
import polars as pl

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def stable_id(*parts: str | None, key: bytes = b"") -> int:
    """Return a 64-bit number for a tuple of texts; null and empty text differ.

    With a key it is a number that nobody without the key can find the texts to.
    """
    return _number(
        b"".join([b"\x00" if part is None else b"\x01%b\x00" % part.encode() for part in parts]),
        key,
    )


def stable_ids(rows: pl.DataFrame) -> pl.Series:
    """Return the `stable_id` of each row of texts and whole numbers; a number is its digits."""
    parts = [
        pl.when(pl.col(name).is_null())
        .then(pl.lit("\x00"))
        .otherwise(pl.format("\x01{}\x00", pl.col(name).cast(pl.String)))
        for name in rows.columns
    ]
    texts = rows.select(pl.concat_str(parts)).to_series().cast(pl.Binary)
    return pl.Series("id", [_number(text) for text in texts], dtype=pl.UInt64)


def _number(text: bytes, key: bytes = b"") -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8, key=key).digest(), "big")


def file_id(first_line: bytes, serial: int = 0) -> int:
    """Return the id of the file that begins with this line.

    `serial` tells apart different files that happen to begin alike, in the order they came.
    """
    return stable_id(hashlib.sha256(first_line).hexdigest(), str(serial))


def event_ids(file_ids: pl.Series, line_numbers: pl.Series) -> pl.Series:
    """Return the id of each line: distinct within its file, spread over all 64 bits."""
    numbers = line_numbers.to_numpy().astype(np.uint64)
    ids = numbers * _GOLDEN + file_ids.to_numpy().astype(np.uint64)
    return pl.Series("event_id", ids, dtype=pl.UInt64)
