r"""Lines of the NCSA family that carry more than their format names.

What every such line has is `[time]`, and behind it `"request" status bytes`. Around that servers
are set up to write nearly anything; what can be told for sure is taken, the rest is carried past:

- in front of `[time]`, a virtual host, the client, and the chain of proxies before, beside or in
  place of it: `host 192.0.2.1`, `203.0.113.9, 192.0.2.1`, `"203.0.113.9, 192.0.2.1" 198.51.100.7`,
  `198.51.100.7 (203.0.113.9, 192.0.2.1)`;
- behind the size, the referrer and the agent where two quoted fields may be those, and the chain
  of proxies where the next field is a list of addresses or is named so.

A number has a unit that nobody can know: none is taken for a duration.
"""

from dataclasses import dataclass
from functools import reduce

import polars as pl

from pipelines.formats.format import because
from pipelines.formats.layout import HOST
from pipelines.formats.split import matched, with_reason
from pipelines.normalise.columns import patched

NCSA = "ncsa"
FIELDS = (
    "vhost", "host", "forwarded_for", "user", "time", "request", "status", "bytes", "referrer",
    "agent",
)  # fmt: skip

# In quotes a quote stands escaped. A byte that is no UTF-8 may be followed by a backslash that
# escapes nothing: it is the other half of a letter of Big5 or Shift_JIS.
_TEXT = r'(?:[^"\\]|\\x[0-9a-f]{2}\\|\\.)*'
_QUOTED = f'"({_TEXT})"'
# A quote that is never closed: the line was cut.
_REST = f'(?:[^"]|"{_TEXT}")*'
_TIME = r"\[([0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[^\]]*)\]"
_BETWEEN = rf'(?: (?:[^"\[]|"{_TEXT}")*?)??'
_ANSWER = rf"([0-9]{{3}}|0|-)(?: ([0-9]+|-))?(?: ({_REST}))?$"
_BEHIND = rf" {_TIME}{_BETWEEN} {_QUOTED} {_ANSWER}"
# A log name holds no dot, colon or comma, by which a host or an address differs from it; of a user
# of several words none does, nor begins with `-`.
_WORD_OF_USER = r'[^ "\[.:-][^ "\[.:]*'
_USER = rf'([^ "]+|"{_TEXT}"|{_WORD_OF_USER}(?: {_WORD_OF_USER})+)'
_IN_FRONT = r'^((?:[^"\[]|"[^"]*"|\[[0-9A-Fa-f:.]+\])*?(?:[^"\[,]|"[^"]*"))'
_LINE = rf'{_IN_FRONT} [^ .:,"]+ {_USER}{_BEHIND}'
# The host asked for in the place of the log name, as lighttpd has it.
_LINE_OF_HOST = rf'^([^ "\[]+ [^ "\[]*[.:][^ "\[]*) {_USER}{_BEHIND}'
# Neither a log name nor a user.
_LINE_OF_CLIENT = rf'^([^ "\[]+(?:, ?[^ "\[]+)*)()(?: -)?{_BEHIND}'
# The name of a user is written by the client: whatever it is, the line stays a record.
_LINE_OF_UNUSUAL_USER = rf"{_IN_FRONT} - (.*?){_BEHIND}"
_LINES = (_LINE, _LINE_OF_HOST, _LINE_OF_UNUSUAL_USER, _LINE_OF_CLIENT)
_GROUPS = ("front", "user", "time", "request", "status", "bytes", "rest")

_HOST = rf"(?:{HOST}|-|[\w.\\-]+)"
_LIST = rf"{_HOST}(?:, ?{_HOST})+"
_VHOST = r"(?:[\w.\\-]*\w[\w.\\-]*|\*|-|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?"
_FRONT = (
    rf'^(?:({_VHOST}) )?(?:("[^"]*"|{_LIST}) )?'
    rf'("[^"]*"|{_LIST}|{_HOST})(?: \(([^()]*)\))?$'
)
_FRONT_GROUPS = ("vhost", "before", "host", "beside")

_ADDRESSES = r"(?:(?:[0-9]{1,3}[.]){3}[0-9]{1,3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+|unknown)"
_CHAIN = rf"{_ADDRESSES}(?:, ?{_ADDRESSES})*"
_NUMBERS = r"[0-9.]+(?:(?:,| :) [0-9.]+)*"
_IS_OTHER = rf"^(?:{_CHAIN}|{_NUMBERS})$"
_MORE = rf"((?: |[A-Za-z_]+[=:]){_REST})?"  # some forget the space
_PAIR = rf'^(?:[^"]* )?(?:{_QUOTED}|(-)) {_QUOTED}{_MORE}$'
_ONE = rf'^(?:[^"]* )?"([a-z][a-z0-9+.-]*://[^"\\]*)"{_MORE}$'
# Words alone are no columns: another line began before this one was ended.
_WORDS = "^ ?(?:[A-Za-z]+ )*[A-Za-z]*[a-z][A-Za-z]*$"
_OF_A_CACHE = "^ ?(?:hit|miss|pass|pipe|synth|hitmiss|hitpass|stale|expired|none)$"
_NEXT_IS_CHAIN = rf'^ ?"({_CHAIN})"'
_NAMED_CHAIN = (
    r'(?i)\b(?:x[-_]?)?forwarded[-_]?for["\x27]?[=:] ?'
    rf'"?({_CHAIN})"?(?: |;|$)'
)


@dataclass(frozen=True)
class NcsaSplitter:
    """Takes a line of the NCSA family apart, whatever stands around what they all have.

    With `needs_agent` a line without two quoted fields behind the size is half of one.
    """

    title: str = NCSA
    needs_agent: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields."""
        return FIELDS

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where it does not fit."""
        frame = _parted(lines, _LINES[0])
        for pattern in _LINES[1:]:
            is_irregular = ~frame.get_column("is_match")
            if not is_irregular.any():
                break
            frame = patched(frame, _parted(lines.filter(is_irregular), pattern), is_irregular)
        frame = _with_rest(frame)
        is_cut = pl.col("more").str.contains(_WORDS) & ~pl.col("more").str.contains(_OF_A_CACHE)
        is_cut = is_cut.fill_null(value=False)
        if self.needs_agent:
            is_cut |= ~pl.col("has_agent")
        frame = frame.with_columns(is_match=pl.col("is_match") & ~is_cut)
        fields = (pl.when("is_match").then(name).alias(name) for name in FIELDS)
        whole = frame.select(*fields, "is_match")
        return with_reason(whole, because("other_form", format=self.title))

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line has what all of the family have."""
        return pl.any_horizontal(
            line.str.extract(pattern).str.contains(_FRONT).fill_null(value=False)
            for pattern in (_LINE, _LINE_OF_HOST, _LINE_OF_CLIENT)
        )


def _parted(lines: pl.Series, pattern: str) -> pl.DataFrame:
    """The groups of a pattern, and what stands in front of the user told apart."""
    frame = matched(lines, _never_empty(pattern), _GROUPS)
    front = matched(frame.get_column("front"), _never_empty(_FRONT), _FRONT_GROUPS)
    host, vhost = pl.col("host").str.strip_chars('"'), pl.col("vhost")
    is_match = pl.lit(frame.get_column("is_match")) & pl.col("is_match")
    if pattern == _LINE_OF_HOST:  # the client first
        host, vhost = vhost, host
    return frame.drop("front", "is_match").hstack(
        front.select(
            host=host,
            vhost=pl.when(~vhost.str.starts_with("*")).then(vhost),
            forwarded_for=pl.coalesce(pl.col("before").str.strip_chars('"'), "beside"),
            # The client's own `-` behind the only address would hide it.
            is_match=(is_match & (vhost.is_null() | (host != "-"))).fill_null(value=False),
        )
    )


def _never_empty(pattern: str) -> str:
    """The pattern with a group that takes part in each match."""
    return pattern.replace("^", "^()", 1)


def _with_rest(frame: pl.DataFrame) -> pl.DataFrame:
    """Referrer, agent and chain out of what stands behind the size."""
    rest = frame.get_column("rest")
    pair = matched(rest, _never_empty(_PAIR), ("referrer", "none", "agent", "more"))
    has_agent = pair.get_column("agent").is_not_null()
    is_pair = ~reduce(
        lambda one, other: one | other,
        (pair.get_column(name).str.contains(_IS_OTHER) for name in ("referrer", "agent")),
    )
    pair = pair.drop("is_match", "none").select(
        pl.when(is_pair.fill_null(value=False) | pair.get_column("referrer").is_null())
        .then(pl.all())
        .name.keep()
    )
    one = matched(rest, _never_empty(_ONE), ("referrer", "more"))
    more = pl.coalesce(pair.get_column("more"), one.get_column("more"), rest)
    lone = pl.select(more).to_series()
    return frame.drop("rest").with_columns(
        lone.alias("more"),
        has_agent.alias("has_agent"),
        pl.coalesce(pair.get_column("referrer"), one.get_column("referrer")).alias("referrer"),
        pair.get_column("agent"),
        pl.coalesce(
            "forwarded_for", lone.str.extract(_NEXT_IS_CHAIN), rest.str.extract(_NAMED_CHAIN)
        ).alias("forwarded_for"),
        pl.col("user").str.replace('^"(.*)"$', "$1"),
    )
