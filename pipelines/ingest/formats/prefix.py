r"""What a log carrier puts before each line: syslog, journald, Docker, Kubernetes.

Lines without the prefix stay as they are. A line that a carrier cut in several is joined where all
its parts are in the block; the parts before the last have a reason of their own.

Sources: RFC 3164, RFC 5424, https://docs.docker.com/engine/logging/drivers/json-file/,
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md and
https://www.freedesktop.org/software/systemd/man/latest/journalctl.html
"""

from dataclasses import dataclass

import polars as pl

from pipelines.ingest.formats.format import Splitter
from pipelines.ingest.formats.unescape import json_unescaped

PART = "a part of a line that is counted with its last part"
COMMENT = "a directive or blank line within a carrier's line"
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
    if prefix == "cri":
        is_part = (groups == "P").fill_null(value=False)
        return _joined(lines.str.replace(_EXPRESSIONS[prefix], ""), is_part)
    is_part = (~groups.str.ends_with("\\n")).fill_null(value=False)
    text = json_unescaped(groups).str.strip_chars_end("\r\n")
    return _joined(text.fill_null(lines), is_part)


def _joined(lines: pl.Series, is_part: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Each last part with the parts before it; parts that no last one follows stay parts."""
    if not is_part.any():
        return lines, is_part
    number = (~is_part).cast(pl.UInt32).cum_sum() - (~is_part).cast(pl.UInt32)
    is_of_many = is_part | is_part.shift(1, fill_value=False)
    frame = pl.DataFrame({"line": lines, "number": number, "is_part": is_part}).filter(is_of_many)
    whole = frame.group_by("number", maintain_order=True).agg(
        pl.col("line").str.join(""), pl.col("is_part").last()
    )
    places = pl.DataFrame({"number": number, "is_part": is_part}).join(
        whole.filter(~pl.col("is_part")).select("number", whole="line"),
        on="number", how="left", maintain_order="left",
    )  # fmt: skip
    joined = places.select(
        pl.when(~pl.col("is_part")).then("whole").alias("line")
    ).to_series().fill_null(lines)  # fmt: skip
    return joined, is_part


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
        is_comment = bare.str.starts_with("#") | (bare.str.strip_chars() == "")
        return frame.with_columns(
            reason=pl.when(is_part)
            .then(pl.lit(PART))
            .when(is_comment)
            .then(pl.lit(COMMENT))
            .otherwise("reason")
        )

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether what follows the prefix looks right."""
        bare = line.str.replace(_EXPRESSIONS[self.prefix], "")
        if self.prefix == "docker":
            log = line.str.json_path_match("$.log").str.strip_chars_end("\r\n")
            bare = pl.coalesce(log, line)
        return self.inner.looks(bare)
