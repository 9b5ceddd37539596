"""The verdict on a request: which families of attack its address, referrer and agent show.

The day's bulk (`day.py`) and a single request go the same way: prefilter, decoding, signatures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.detect.web.match import Hit, hits_in
from pipelines.detect.web.prefilter import suspicious
from pipelines.detect.web.signatures import STRONG, Place
from pipelines.normalise.browser import parse_agents

REQUEST_SCHEMA = pl.Schema({"uri": pl.String, "referrer": pl.String, "agent": pl.String})

MIXED = 7
"""Weight from which on hints of several families, of which none is enough, are an attack."""

SIGNAL_SCHEMA = pl.Schema(
    {
        "place": pl.String,
        "text": pl.String,
        "family": pl.String,
        "signature": pl.String,
        "weight": pl.Int32,
    }
)


@dataclass(frozen=True)
class Verdict:
    """What a request shows: the weight of each family, and the signatures it rests on."""

    families: Mapping[str, int] = field(default_factory=dict)
    signatures: tuple[str, ...] = ()

    @property
    def is_attack(self) -> bool:
        """Whether one family is strong enough, or the hints of several are together."""
        weights = self.families.values()
        return max(weights, default=0) >= STRONG or sum(weights) >= MIXED


def judge(uri: str, referrer: str | None, agent: str | None) -> Verdict:
    """Return the verdict on one request.

    `uri` is the request target as logged, path and query (`/a?b=c`), still encoded; a fragment
    belongs to it. An absolute form (`http://host/a`) is taken as it stands. `referrer` and `agent`
    are as logged, None where the line has none.
    """
    frame = pl.DataFrame(
        {"uri": [uri], "referrer": [referrer], "agent": [agent]}, schema=REQUEST_SCHEMA
    )
    return judge_all(frame)[0]


def judge_all(requests: pl.DataFrame) -> list[Verdict]:
    """Return the verdict on each row of a frame with the columns of REQUEST_SCHEMA, in order."""
    parted = requests.select(
        pl.col("uri").str.extract(r"(?s)^([^?]*)").alias(Place.PATH),
        pl.col("uri").str.extract(r"(?s)\?(.*)$").alias(Place.QUERY),
        pl.col("referrer").alias(Place.REFERRER),
        pl.col("agent").alias(Place.AGENT),
    )
    found = {place: _hits(place, parted[place]) for place in Place}
    return [
        _verdict([hit for place in Place for hit in found[place].get(row[place], ())])
        for row in parted.iter_rows(named=True)
    ]


def signals(place: Place, texts: pl.Series) -> pl.DataFrame:
    """Return SIGNAL_SCHEMA: a row for each signature that one of the distinct texts matches."""
    rows = [
        (place.value, text, hit.family, hit.signature, hit.weight)
        for text, hits in _hits(place, texts).items()
        for hit in hits
    ]
    return pl.DataFrame(rows, schema=SIGNAL_SCHEMA, orient="row")


def _hits(place: Place, texts: pl.Series) -> dict[str, list[Hit]]:
    """The signatures by text, of the texts that match any."""
    kept = texts.filter(suspicious(place, texts)).unique()
    return {text: hits for text in kept if (hits := hits_in(place, text))}


def _verdict(hits: Sequence[Hit]) -> Verdict:
    # Of a signature that several places match, the weightiest.
    ascending = sorted(hits, key=lambda hit: hit.weight)
    distinct = {(hit.family, hit.signature): hit for hit in ascending}
    families: dict[str, int] = {}
    for hit in distinct.values():
        families[hit.family] = families.get(hit.family, 0) + hit.weight
    return Verdict(families, tuple(sorted(hit.signature for hit in distinct.values())))


def are_of_note(agents: pl.Series) -> pl.Series:
    """Return where an agent matches a signature of an attack, or is that of a known bot or tool."""
    with_signals = signals(Place.AGENT, agents.unique()).get_column("text").unique()
    is_bot = parse_agents(agents.to_list()).get_column("bot_name").is_not_null()
    return agents.is_in(with_signals.implode()) | is_bot
