"""What a part of a rule becomes: SQL that is true or false, and what must be there for it.

The SQL is never null, so that `not` means what Sigma means by it: a missing field matches nothing.
The needs let a day be searched in bulk: each is a set of probes of which at least one is true of
every record that the rule matches.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.detect.sigma.fields import Domain

_NEEDS_KEPT = 4


@dataclass(frozen=True)
class Probe:
    """A quick look at the distinct values of a domain: for a literal text, or by SQL.

    A literal is as `texts.sought` writes it. `is_decoded` asks for decoded texts too.
    """

    domain: Domain
    literal: str | None = None
    sql: str | None = None
    columns: frozenset[str] = frozenset()
    is_decoded: bool = False

    @property
    def strength(self) -> int:
        """How likely the probe is to tell few values apart: the longer its text, the better."""
        return len(self.literal) if self.literal is not None else 0


Need = frozenset[Probe]


@dataclass(frozen=True)
class Match:
    """A condition on one request: SQL over `columns`, and what it needs, the strongest first."""

    sql: str
    columns: frozenset[str] = frozenset()
    needs: tuple[Need, ...] = ()


def strength(need: Need) -> int:
    """Return the strength of the weakest probe."""
    return min(probe.strength for probe in need)


def all_of(parts: Sequence[Match]) -> Match:
    """Return the match of requests that all parts match; what any part needs is needed."""
    needs = sorted({need for part in parts for need in part.needs}, key=strength, reverse=True)
    return Match(_joined(parts, "and"), _columns(parts), tuple(needs[:_NEEDS_KEPT]))


def any_of(parts: Sequence[Match]) -> Match:
    """Return the match of requests that a part matches; it needs one of what each part needs."""
    needs = [part.needs[0] for part in parts if part.needs]
    union = (frozenset().union(*needs),) if len(needs) == len(parts) else ()
    return Match(_joined(parts, "or"), _columns(parts), union)


def none_of(part: Match) -> Match:
    """Return the match of requests that the part does not match."""
    return Match(f"(not {part.sql})", part.columns)


def _columns(parts: Sequence[Match]) -> frozenset[str]:
    return frozenset().union(*(part.columns for part in parts))


def _joined(parts: Sequence[Match], word: str) -> str:
    """The parts in a balanced tree, since parsers count how deep an expression goes."""
    if len(parts) == 1:
        return parts[0].sql
    half = len(parts) // 2
    return f"({_joined(parts[:half], word)} {word} {_joined(parts[half:], word)})"
