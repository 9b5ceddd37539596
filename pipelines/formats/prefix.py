r"""What a log carrier puts before each line: syslog, journald, Docker, Kubernetes.

Lines without the prefix stay as they are. A line that a carrier cut in several is joined where all
its parts, which are of one stream, are in the block; the parts before the last are comments then.

Sources: RFC 3164, RFC 5424, https://docs.docker.com/engine/logging/drivers/json-file/,
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md and
https://www.freedesktop.org/software/systemd/man/latest/journalctl.html
"""

from dataclasses import dataclass

import polars as pl

from pipelines.formats.format import COMMENT, Splitter, because
from pipelines.formats.unescape import json_unescaped

OPEN_PART = because("open_part")
_STAMP = (
    r"(?:[A-Z][a-z]{2} [ 0-9][0-9] (?:[0-9]{4} )?[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,9})?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9]{2}:?[0-9]{2}))"
)
_TAG = r"[^ :\[\]<>{}\x22]{1,64}(?:\[[0-9A-Za-z_.-]{0,32}\])?:"
_STRUCTURED = r'(?:-|(?:\[[^ \]"]+(?: [^ =\]"]+="(?:[^"\\\]]|\\.)*")*\])+)'
_RFC_5424 = (
    r"(?:<[0-9]{1,3}>)?1 (?:-|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9]{2}:[0-9]{2})) "
    rf"[^ ]+ [^ ]+ [^ ]+ [^ ]+ {_STRUCTURED}(?: \x{{FEFF}}?|$)"
)
_RFC_3164 = rf"(?:<[0-9]{{1,3}}>)?{_STAMP} (?:[^ \[\x22]+ )?{_TAG} ?"
_EXPRESSIONS = {
    "syslog": f"^(?:{_RFC_5424}|{_RFC_3164})",
    "docker": (
        r'^\{"log":"((?:[^"\\]|\\.)*)"(?:,"stream":"[a-z]*")?(?:,"attrs":\{[^{}]*\})?'
        r',"time":"[^"]*"\}$'
    ),
    "cri": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[^ ]{8,32} (?:stdout|stderr) ([PF])(?::[^ ]*)? ",
}
_STREAMS = {"docker": r'"stream":"([a-z]*)"', "cri": "^[^ ]+ (stdout|stderr) "}
PREFIXES = tuple(_EXPRESSIONS)


def has_prefix(lines: pl.Series, prefix: str) -> pl.Series:
    """Return for each line whether it begins with (for Docker: is) the prefix."""
    return lines.str.contains(_EXPRESSIONS[prefix])


def without_prefix(lines: pl.Series, prefix: str) -> tuple[pl.Series, pl.Series]:
    """Return the lines without the prefix and joined, and which are but parts of a later line."""
    if prefix == "syslog":
        return (
            lines.str.replace(_EXPRESSIONS[prefix], ""),
            pl.repeat(value=False, n=len(lines), eager=True),
        )
    groups = lines.str.extract(_EXPRESSIONS[prefix])
    streams = lines.str.extract(_STREAMS[prefix])
    if prefix == "cri":
        is_part = (groups == "P").fill_null(value=False)
        return _joined(lines.str.replace(_EXPRESSIONS[prefix], ""), is_part, streams)
    is_part = (~groups.str.ends_with("\\n")).fill_null(value=False)
    text = json_unescaped(groups).str.strip_chars_end("\r\n")
    return _joined(text.fill_null(lines), is_part, streams)


def _joined(
    lines: pl.Series, is_part: pl.Series, streams: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Each last part with the parts of its stream before it, and which lines are but parts."""
    if not is_part.any():
        return lines, is_part
    ends = (~pl.col("is_part")).cast(pl.UInt32)
    frame = pl.DataFrame({"line": lines, "is_part": is_part, "stream": streams}).with_columns(
        number=(ends.cum_sum() - ends).over("stream")
    )
    whole = frame.group_by("stream", "number").agg(
        pl.col("line").str.join("").alias("whole"), pl.len().alias("parts")
    )
    joined = frame.join(
        whole, on=["stream", "number"], how="left", nulls_equal=True, maintain_order="left"
    ).select(pl.when(~pl.col("is_part") & (pl.col("parts") > 1)).then("whole").otherwise("line"))
    return joined.to_series().alias("line"), is_part


def is_ended(lines: pl.Series, is_part: pl.Series, prefix: str) -> pl.Series:
    """Return for each line whether it is a part whose last part is there too."""
    if not is_part.any():
        return is_part
    frame = pl.DataFrame({"is_part": is_part, "stream": lines.str.extract(_STREAMS[prefix])})
    ends_after = (~pl.col("is_part")).cum_sum(reverse=True).over("stream") > 0
    return frame.select(pl.col("is_part") & ends_after).to_series()


@dataclass(frozen=True)
class PrefixedSplitter:
    """Takes lines apart after the prefix of a carrier."""

    prefix: str
    inner: Splitter

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields."""
        return self.inner.fields

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where it does not fit."""
        bare, is_part = without_prefix(lines, self.prefix)
        frame = self.inner.split(bare)
        is_counted_elsewhere = bare.str.strip_chars() == ""
        if is_part.any():
            is_counted_elsewhere |= is_ended(lines, is_part, self.prefix)
        return frame.with_columns(
            reason=pl.when(is_counted_elsewhere)
            .then(pl.lit(COMMENT))
            .when(is_part)
            .then(pl.lit(OPEN_PART))
            .otherwise("reason")
        )

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether what follows the prefix looks right."""
        bare = line.str.replace(_EXPRESSIONS[self.prefix], "")
        if self.prefix == "docker":
            log = line.str.json_path_match("$.log").str.strip_chars_end("\r\n")
            bare = pl.coalesce(log, line)
        return self.inner.looks(bare)
