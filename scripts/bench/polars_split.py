"""Bare split of combined lines to Parquet by Polars: `python polars_split.py IN OUT`.

The same fields as `chdb_split.py`, and as little care for odd lines.
"""

import sys

import polars as pl


def split(source: str, target: str) -> None:
    """Write the fields of the lines of `source` to `target`, streaming."""

    def parts(column: str, separator: str, names: list[str]) -> pl.Expr:
        split = pl.col(column).str.split_exact(separator, len(names) - 1)
        return split.struct.rename_fields(names)

    quoted = ["head", "request", "answer", "referrer", "", "agent"]
    head = ["client", "ident", "user", "clock", "offset"]
    (
        pl.scan_csv(
            source,
            separator="\n",
            quote_char=None,
            has_header=False,
            new_columns=["line"],
            encoding="utf8-lossy",
        )
        .select(parts("line", '"', quoted))
        .unnest("line")
        .select(
            parts("head", " ", head),
            parts("request", " ", ["method", "target", "protocol"]),
            parts("answer", " ", ["none", "status", "bytes"]),
            "referrer",
            "agent",
        )
        .unnest("head", "request", "answer")
        .select(
            "client",
            "user",
            pl.col("clock").str.strptime(pl.Datetime("us"), "[%d/%b/%Y:%H:%M:%S", strict=False),
            "method",
            pl.col("target").str.splitn("?", 2).struct.rename_fields(["path", "query"]),
            "protocol",
            pl.col("status").cast(pl.UInt16, strict=False),
            pl.col("bytes").cast(pl.UInt64, strict=False),
            "referrer",
            "agent",
        )
        .unnest("target")
        .sink_parquet(target, compression="zstd")
    )


if __name__ == "__main__":
    split(*sys.argv[1:])
