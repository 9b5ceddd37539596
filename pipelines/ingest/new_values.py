"""Hosts, methods and agents new to a site: so many a day in a run, the rest as one value.

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
from pipelines.ingest.limits_reached import LimitReached
from pipelines.ingest.native.library import METHODS, PROTOCOLS
from pipelines.settings.limits import Limits

OTHER = "(other)"
"""What stands for the rest; no host name and no HTTP method has brackets."""

OfNote = Callable[[pl.Series], pl.Series]
_HOSTS, _METHODS = "new_hosts_per_day", "new_methods_per_day"
_LIMITS = {"site_domain": _HOSTS, "method": _METHODS, "protocol": _METHODS}
_STANDARD = {"method": frozenset(METHODS), "protocol": frozenset(PROTOCOLS)}
_COMBINED = ("site_id", "site_domain", "method", "protocol")
_AGENTS = "new_agents_per_day"
_OF_NOTE = "agents of note"  # that keep their text beyond the bound
_Place = tuple[str, str, dt.date]
_Agent = tuple[int, str, dt.date, str | None]  # id, site, day, text


class NewValues:
    """Decides for each distinct value whether it is kept as it came, for one run.

    Counting begins when the run has seen as many values as one site may in a day.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        dimensions: Dimensions,
        limits: Limits,
        of_note: OfNote,
    ) -> None:
        """Begin with nothing seen; `of_note` says which agents show an attack or name a bot."""
        self._con = con
        self._dimensions = dimensions
        self._limits = limits
        self._select_of_note = of_note
        self._total: Counter[_Place] = Counter()
        self._committed: Counter[_Place] = Counter()
        self.forget()

    def forget(self) -> None:
        """Go back to what was committed last, after a rollback."""
        self._counts = self._committed.copy()
        self._replaced: Counter[_Place] = Counter()
        self._values: dict[str, set[tuple[str, str]]] = {}
        self._combined: set[tuple[str | None, ...]] | None = None
        self._agents: np.ndarray[tuple[int, ...], np.dtype[np.uint64]] | None = None
        self._admitted: set[int] = set()

    def reached(self, at: dt.datetime) -> Iterator[LimitReached]:
        """Yield rows for the limits that were passed since the last call, just before a commit.

        Their lines are those of the whole run so far.
        """
        self._committed = self._counts.copy()
        self._total += self._replaced
        for limit, site_id, day in sorted(self._replaced):
            allowed = getattr(self._limits, limit)
            lines = self._total[limit, site_id, day]
            yield LimitReached(at, limit, site_id, None, day, allowed + 1, allowed, lines)
        self._replaced.clear()

    def limit(
        self, requests: pl.DataFrame, own: Collection[tuple[str, str]], drain: Callable[[], None]
    ) -> pl.DataFrame:
        """Return `requests` with `OTHER` in place of hosts, methods and agents beyond the bounds.

        `own` are the sites' domains, each with the id of its site. `drain` writes what has
        gathered; it is called before the lake is asked what it knows.
        """
        for name, limit in _LIMITS.items():
            seen = max(self._dimensions.profiles_seen, requests.get_column(name).n_unique())
            if seen > getattr(self._limits, limit):
                if name not in self._values:
                    drain()
                    self._values[name] = self._known_values(name)
                requests = self._limit_values(requests, name, limit, own)
        if self._dimensions.profiles_seen > self._limits.new_hosts_per_day:
            if self._combined is None:
                drain()
                self._combined = self._known_combined()
            requests = self._limit_combined(requests, self._combined, own)
        if self._dimensions.agents_seen > self._limits.new_agents_per_day:
            if self._agents is None:
                drain()
                self._agents = self._known_agents()
                self._dimensions.hold_agents()
            requests = self._limit_agents(requests, self._agents)
        return requests

    def _known_values(self, name: str) -> set[tuple[str, str]]:
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

    def _limit_values(
        self, requests: pl.DataFrame, name: str, limit: str, own: Collection[tuple[str, str]]
    ) -> pl.DataFrame:
        keys = ["site_id", "log_date", name]
        distinct = requests.select(keys).drop_nulls().unique().sort("log_date")
        known, replaced = self._values[name], []
        for site_id, day, value in distinct.cast({"site_id": pl.String, name: pl.String}).rows():
            if (site_id, value) in known or _is_always_kept(name, site_id, value, own):
                continue
            if self._has_room(name, site_id, day, limit):
                known.add((site_id, value))
            else:
                replaced.append((site_id, day, value))
        if not replaced:
            return requests
        schema = requests.select(keys).schema
        marks = pl.DataFrame(replaced, schema=keys, orient="row").cast(schema)
        is_replaced = (
            requests.select(keys)
            .join(
                marks.with_columns(is_replaced=pl.lit(value=True)),
                on=keys,
                how="left",
                maintain_order="left",
            )
            .get_column("is_replaced")
            .fill_null(value=False)
        )
        self._count(limit, requests, is_replaced)
        other = pl.Series(name, [OTHER]).cast(schema[name]).new_from_index(0, len(requests))
        return requests.with_columns(other.zip_with(is_replaced, requests.get_column(name)))

    def _limit_combined(
        self,
        requests: pl.DataFrame,
        known: set[tuple[str | None, ...]],
        own: Collection[tuple[str, str]],
    ) -> pl.DataFrame:
        """Replace what need not be kept of combinations beyond the bound on hosts.

        A thousand hosts with a hundred methods would be a hundred thousand profiles.
        """
        keys = ["log_date", *_COMBINED]
        texts = pl.Schema({"log_date": pl.Date, **dict.fromkeys(_COMBINED, pl.String)})
        replaced = []
        for day, *combined in requests.select(keys).unique().sort("log_date").cast(texts).rows():
            site_id, *values = combined
            kept = [
                value if value is None or _is_always_kept(name, site_id, value, own) else OTHER
                for name, value in zip(_LIMITS, values, strict=True)
            ]
            if tuple(combined) in known or kept == values:
                continue
            if self._has_room("combined", site_id, day, _HOSTS):
                known.add(tuple(combined))
            else:
                replaced.append((day, *combined, *kept))
        if not replaced:
            return requests
        schema = requests.select(keys).schema
        kept_names = [f"kept_{name}" for name in _LIMITS]
        kept_types = {f"kept_{name}": schema[name] for name in _LIMITS}
        marks = pl.DataFrame(
            replaced, schema=[*keys, *kept_names], orient="row", infer_schema_length=None
        ).cast(pl.Schema({**schema, **kept_types}))
        joined = requests.select(keys).join(
            marks.with_columns(is_replaced=pl.lit(value=True)),
            on=keys,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        is_replaced = joined.get_column("is_replaced").fill_null(value=False)
        self._count(_HOSTS, requests, is_replaced)
        return requests.with_columns(
            joined.get_column(f"kept_{name}")
            .zip_with(is_replaced, requests.get_column(name))
            .alias(name)
            for name in _LIMITS
        )

    def _limit_agents(
        self, requests: pl.DataFrame, known: np.ndarray[tuple[int, ...], np.dtype[np.uint64]]
    ) -> pl.DataFrame:
        seen = requests.select("agent_id", "site_id", "log_date").drop_nulls().sort("log_date")
        first = seen.unique("agent_id", keep="first", maintain_order=True)
        ids = first.get_column("agent_id").to_numpy()
        places = np.searchsorted(known, ids).clip(max=max(len(known) - 1, 0))
        is_known = known[places] == ids if len(known) else np.zeros(len(ids), bool)
        fresh = first.filter(pl.Series(~is_known)).cast({"site_id": pl.String})
        fresh = fresh.filter(~fresh.get_column("agent_id").is_in(_ids(self._admitted)))
        fresh = fresh.join(self._dimensions.agents_held(), on="agent_id", how="left")
        admitted: list[_Agent] = []
        beyond: list[_Agent] = []
        for agent_id, site_id, day, text in fresh.rows():
            # One that was replaced before has no text any more.
            has_room = text is not None and self._has_room(_AGENTS, site_id, day, _AGENTS)
            (admitted if has_room else beyond).append((agent_id, site_id, day, text))
        admitted += self._of_note(beyond)
        kept = {row[0] for row in admitted}
        self._admitted |= kept
        replaced = [row[0] for row in beyond if row[0] not in kept]
        self._dimensions.settle_agents(kept, replaced)
        if not replaced:
            return requests
        agents = requests.get_column("agent_id")
        is_replaced = agents.is_in(_ids(replaced)).fill_null(value=False)
        self._count(_AGENTS, requests, is_replaced)
        other = self._dimensions.agent_ids(pl.Series([OTHER])).alias("agent_id")
        self._dimensions.settle_agents({other.item()}, [])
        return requests.with_columns(
            other.new_from_index(0, len(requests)).zip_with(is_replaced, agents)
        )

    def _of_note(self, beyond: list[_Agent]) -> list[_Agent]:
        """Those of the agents beyond the bound that keep their text."""
        with_text = [row for row in beyond if row[3] is not None]
        if not with_text:
            return []
        texts = pl.Series("agent", [text for *_, text in with_text], dtype=pl.String)
        of_note = self._select_of_note(texts)
        return [
            row
            for row, is_of_note in zip(with_text, of_note, strict=True)
            if is_of_note and self._has_room(_OF_NOTE, row[1], row[2], _AGENTS)
        ]

    def _count(self, limit: str, requests: pl.DataFrame, is_replaced: pl.Series) -> None:
        rows = requests.filter(is_replaced).group_by("site_id", "log_date").len()
        for site_id, day, count in rows.cast({"site_id": pl.String}).rows():
            self._replaced[limit, site_id, day] += count


def _is_always_kept(name: str, site_id: str, value: str, own: Collection[tuple[str, str]]) -> bool:
    """Whether a value is never replaced: a domain of the site, what HTTP itself has, or `OTHER`."""
    return value == OTHER or value in _STANDARD.get(name, ()) or (site_id, value) in own


def _ids(numbers: Iterable[int]) -> pl.Series:
    """The numbers as one list, which a column is looked up in."""
    return pl.Series([list(numbers)], dtype=pl.List(pl.UInt64))
