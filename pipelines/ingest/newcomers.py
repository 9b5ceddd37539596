"""Hosts, methods and agents that a site has not met: so many a day in a run, the rest as one value.

Clients write them, and each distinct one would stay in lake.request_profile or lake.agent for good.
An agent beyond the bound keeps its text where that shows an attack or names a bot, up to as many
again: whoever fills the day with agents must not hide another one behind them.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

import duckdb
import numpy as np
import polars as pl

from pipelines.ingest.dimensions import Dimensions
from pipelines.ingest.native.library import METHODS, PROTOCOLS
from pipelines.ingest.reached import LimitReached
from pipelines.settings.limits import Limits

OTHER = "(other)"
"""What stands for the rest; no host name and no HTTP method has brackets."""

Tells = Callable[[pl.Series], pl.Series]
_HOSTS, _METHODS = "new_hosts_per_day", "new_methods_per_day"
_KINDS = {"site_domain": _HOSTS, "method": _METHODS, "protocol": _METHODS}
_PLAIN = {"method": frozenset(METHODS), "protocol": frozenset(PROTOCOLS)}
_COMBINED = ("site_id", "site_domain", "method", "protocol")
_AGENTS = "new_agents_per_day"
_TELLING = "telling agents"  # that keep their text beyond the bound
_Place = tuple[str, str, dt.date]
_Agent = tuple[int, str, dt.date, str | None]  # id, site, day, text


class Newcomers:
    """Decides for each distinct value whether it is kept as it came, for one run.

    Counting begins when the run has met as many values as one site may in a day.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, dimensions: Dimensions, limits: Limits, tells: Tells
    ) -> None:
        """Begin with nothing met; `tells` says which agents show an attack or name a bot."""
        self._con = con
        self._dimensions = dimensions
        self._limits = limits
        self._tells = tells
        self._total: Counter[_Place] = Counter()
        self._committed: Counter[_Place] = Counter()
        self.forget()

    def forget(self) -> None:
        """Go back to what was committed last, after a rollback."""
        self._counts = self._committed.copy()
        self._folded: Counter[_Place] = Counter()
        self._kinds: dict[str, set[tuple[str, str]]] = {}
        self._combined: set[tuple[str | None, ...]] | None = None
        self._agents: np.ndarray[tuple[int, ...], np.dtype[np.uint64]] | None = None
        self._admitted: set[int] = set()

    def reached(self, at: dt.datetime) -> Iterator[LimitReached]:
        """Yield rows for the limits that were passed since the last call, just before a commit.

        Their lines are those of the whole run so far.
        """
        self._committed = self._counts.copy()
        self._total += self._folded
        for limit, site_id, day in sorted(self._folded):
            allowed = getattr(self._limits, limit)
            lines = self._total[limit, site_id, day]
            yield LimitReached(at, limit, site_id, None, day, allowed + 1, allowed, lines)
        self._folded.clear()

    def fold(
        self, requests: pl.DataFrame, own: Collection[tuple[str, str]], drain: Callable[[], None]
    ) -> pl.DataFrame:
        """Return `requests` with `OTHER` in place of hosts, methods and agents beyond the bounds.

        `own` are the sites' domains, each with the id of its site. `drain` writes what has
        gathered; it is called before the lake is asked what it knows.
        """
        for name, limit in _KINDS.items():
            met = max(self._dimensions.profiles_seen, requests.get_column(name).n_unique())
            if met > getattr(self._limits, limit):
                if name not in self._kinds:
                    drain()
                    self._kinds[name] = self._known_kinds(name)
                requests = self._fold_kinds(requests, name, limit, own)
        if self._dimensions.profiles_seen > self._limits.new_hosts_per_day:
            if self._combined is None:
                drain()
                self._combined = self._known_combined()
            requests = self._fold_combined(requests, self._combined, own)
        if self._dimensions.agents_seen > self._limits.new_agents_per_day:
            if self._agents is None:
                drain()
                self._agents = self._known_agents()
                self._dimensions.hold_agents()
            requests = self._fold_agents(requests, self._agents)
        return requests

    def _known_kinds(self, name: str) -> set[tuple[str, str]]:
        rows = self._con.execute(
            f"select distinct site_id, {name} from lake.request_profile where {name} is not null"
        ).fetchall()
        return set(rows)

    def _known_combined(self) -> set[tuple[str | None, ...]]:
        rows = self._con.execute(
            f"select distinct {', '.join(_COMBINED)} from lake.request_profile"
        )
        return set(rows.fetchall())

    def _known_agents(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
        found = self._con.execute("select agent_id from lake.agent").pl()
        return np.sort(found.get_column("agent_id").to_numpy())

    def _has_room(self, kind: str, site_id: str, day: dt.date, limit: str) -> bool:
        place = (kind, site_id, day)
        if self._counts[place] >= getattr(self._limits, limit):
            return False
        self._counts[place] += 1
        return True

    def _fold_kinds(
        self, requests: pl.DataFrame, name: str, limit: str, own: Collection[tuple[str, str]]
    ) -> pl.DataFrame:
        keys = ["site_id", "log_date", name]
        distinct = requests.select(keys).drop_nulls().unique().sort("log_date")
        known, folded = self._kinds[name], []
        for site_id, day, value in distinct.cast({"site_id": pl.String, name: pl.String}).rows():
            if (site_id, value) in known or _is_plain(name, site_id, value, own):
                continue
            if self._has_room(name, site_id, day, limit):
                known.add((site_id, value))
            else:
                folded.append((site_id, day, value))
        if not folded:
            return requests
        schema = requests.select(keys).schema
        marks = pl.DataFrame(folded, schema=keys, orient="row").cast(schema)
        is_folded = (
            requests.select(keys)
            .join(
                marks.with_columns(is_folded=pl.lit(value=True)),
                on=keys,
                how="left",
                maintain_order="left",
            )
            .get_column("is_folded")
            .fill_null(value=False)
        )
        self._count(limit, requests, is_folded)
        other = pl.Series(name, [OTHER]).cast(schema[name]).new_from_index(0, len(requests))
        return requests.with_columns(other.zip_with(is_folded, requests.get_column(name)))

    def _fold_combined(
        self,
        requests: pl.DataFrame,
        known: set[tuple[str | None, ...]],
        own: Collection[tuple[str, str]],
    ) -> pl.DataFrame:
        """Fold what is not plain of combinations beyond the bound on hosts.

        A thousand hosts with a hundred methods would be a hundred thousand profiles.
        """
        keys = ["log_date", *_COMBINED]
        texts = pl.Schema({"log_date": pl.Date, **dict.fromkeys(_COMBINED, pl.String)})
        folded = []
        for day, *combined in requests.select(keys).unique().sort("log_date").cast(texts).rows():
            site_id, *values = combined
            plain = [
                value if value is None or _is_plain(name, site_id, value, own) else OTHER
                for name, value in zip(_KINDS, values, strict=True)
            ]
            if tuple(combined) in known or plain == values:
                continue
            if self._has_room("combined", site_id, day, _HOSTS):
                known.add(tuple(combined))
            else:
                folded.append((day, *combined, *plain))
        if not folded:
            return requests
        schema = requests.select(keys).schema
        plain_names = [f"plain_{name}" for name in _KINDS]
        plain_types = {f"plain_{name}": schema[name] for name in _KINDS}
        marks = pl.DataFrame(
            folded, schema=[*keys, *plain_names], orient="row", infer_schema_length=None
        ).cast(pl.Schema({**schema, **plain_types}))
        joined = requests.select(keys).join(
            marks.with_columns(is_folded=pl.lit(value=True)),
            on=keys,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        is_folded = joined.get_column("is_folded").fill_null(value=False)
        self._count(_HOSTS, requests, is_folded)
        return requests.with_columns(
            joined.get_column(f"plain_{name}")
            .zip_with(is_folded, requests.get_column(name))
            .alias(name)
            for name in _KINDS
        )

    def _fold_agents(
        self, requests: pl.DataFrame, known: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
    ) -> pl.DataFrame:
        met = requests.select("agent_id", "site_id", "log_date").drop_nulls().sort("log_date")
        first = met.unique("agent_id", keep="first", maintain_order=True)
        ids = first.get_column("agent_id").to_numpy()
        places = np.searchsorted(known, ids).clip(max=max(len(known) - 1, 0))
        is_known = known[places] == ids if len(known) else np.zeros(len(ids), bool)
        fresh = first.filter(pl.Series(~is_known)).cast({"site_id": pl.String})
        fresh = fresh.filter(~fresh.get_column("agent_id").is_in(_ids(self._admitted)))
        fresh = fresh.join(self._dimensions.agents_held(), on="agent_id", how="left")
        admitted: list[_Agent] = []
        beyond: list[_Agent] = []
        for agent_id, site_id, day, text in fresh.rows():
            # One that was folded before has no text any more.
            has_room = text is not None and self._has_room(_AGENTS, site_id, day, _AGENTS)
            (admitted if has_room else beyond).append((agent_id, site_id, day, text))
        admitted += self._telling(beyond)
        kept = {row[0] for row in admitted}
        self._admitted |= kept
        folded = [row[0] for row in beyond if row[0] not in kept]
        self._dimensions.settle_agents(kept, folded)
        if not folded:
            return requests
        agents = requests.get_column("agent_id")
        is_folded = agents.is_in(_ids(folded)).fill_null(value=False)
        self._count(_AGENTS, requests, is_folded)
        other = self._dimensions.agent_ids(pl.Series([OTHER])).alias("agent_id")
        self._dimensions.settle_agents({other.item()}, [])
        return requests.with_columns(
            other.new_from_index(0, len(requests)).zip_with(is_folded, agents)
        )

    def _telling(self, beyond: list[_Agent]) -> list[_Agent]:
        """Those of the agents beyond the bound that keep their text."""
        with_text = [row for row in beyond if row[3] is not None]
        if not with_text:
            return []
        tells = self._tells(pl.Series("agent", [text for *_, text in with_text], dtype=pl.String))
        return [
            row
            for row, is_telling in zip(with_text, tells, strict=True)
            if is_telling and self._has_room(_TELLING, row[1], row[2], _AGENTS)
        ]

    def _count(self, limit: str, requests: pl.DataFrame, is_folded: pl.Series) -> None:
        rows = requests.filter(is_folded).group_by("site_id", "log_date").len()
        for site_id, day, count in rows.cast({"site_id": pl.String}).rows():
            self._folded[limit, site_id, day] += count


def _is_plain(name: str, site_id: str, value: str, own: Collection[tuple[str, str]]) -> bool:
    """Whether a value is never folded: a domain of the site, what HTTP itself has, or `OTHER`."""
    return value == OTHER or value in _PLAIN.get(name, ()) or (site_id, value) in own


def _ids(numbers: Iterable[int]) -> pl.Series:
    """The numbers as one list, which a column is looked up in."""
    return pl.Series([list(numbers)], dtype=pl.List(pl.UInt64))
