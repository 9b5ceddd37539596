"""The fast path: regular lines to records by the compiled library, text by distinct text.

What a host, a path, a referrer or an agent means is worked out when it is first seen and found by
its number from then on. A text that needs care (an address in another spelling, a value to be
masked anywhere but in a query or a virtual host) makes its line irregular. Irregular lines go
through `records.parse_lines`, so that a record is the same whichever path its line took.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipelines.enrich.resource import ResourceMemory
from pipelines.enrich.users import types_of
from pipelines.formats.format import Format
from pipelines.ingest.fields import LineContext, repeated
from pipelines.ingest.lines import NumberedBlock, Places, RawLines, places_of
from pipelines.ingest.native.library import HARMLESS, ID, METHODS, PROTOCOLS, TABLES, TEXT
from pipelines.ingest.native.split import Array, Split, Splitter
from pipelines.ingest.records import (
    RECORD_SCHEMA,
    REJECT_SCHEMA,
    Parsed,
    days_of,
    redacted,
)
from pipelines.normalise.client import canonical_ips
from pipelines.normalise.columns import Types
from pipelines.normalise.site import canonical_domain
from pipelines.normalise.time import INSTANT
from pipelines.normalise.url import referrer_domains

# With ids in place of what the dimensions hold.
REFERRED_SCHEMA = {
    **{
        name: dtype
        for name, dtype in RECORD_SCHEMA.items()
        if name not in {"client_ip", "client_host", "user_agent"}
    },
    "client_id": pl.UInt64,
    "agent_id": pl.UInt64,
}
NO_REJECTS = pl.DataFrame(schema=REJECT_SCHEMA)
_VALUES = {"data_level": 0, "redactions": []}  # of columns that say nothing; else null
_MOST_TEXTS = 400_000  # distinct ones of a table
_BESIDE_TARGET = max(map(len, METHODS)) + max(map(len, PROTOCOLS)) + 3  # bytes of a request
LEAST_FIELD_BYTES = 256
"""Of the settings' limit of a field: times, addresses and names of hosts are never longer."""
_MOST_TEXT_BYTES = 64 * 1024 * 1024


class ValueIds(Protocol):
    """Ids of clients and agents, and the types of the columns of profiles.

    `generation` changes when ids that were given are no longer known.
    """

    generation: int

    @property
    def profile_types(self) -> Types:
        """The types of the columns of PROFILE_SCHEMA."""
        ...

    def client_ids(self, clients: pl.Series) -> pl.Series:
        """Return the ids of clients, see `clients.client_texts`."""
        ...

    def agent_ids(self, agents: pl.Series) -> pl.Series:
        """Return the ids of user agents, null for null."""
        ...


@dataclass(frozen=True)
class Found:
    """The records of the regular lines, those lines, the irregular ones, and where all stand."""

    data: bytes
    records: pl.DataFrame
    regular: Array
    irregular: Array
    starts: Array
    places: Places
    source_count: int

    def parsed(self) -> Parsed:
        """What has become of the regular lines."""
        none = NO_REJECTS.get_column("source")
        return Parsed(self.records, NO_REJECTS, none, none)

    def raw_irregular(self) -> RawLines:
        """The irregular lines."""
        return RawLines.among(self.data, self.starts, self.places, self.irregular)

    def near_irregular(self) -> pl.DataFrame:
        """Source, number and day of the records right before and after irregular lines."""
        days = self.records.select("source", "line_no", "log_date")
        after = np.searchsorted(self.regular, self.irregular)
        rows = pl.Series(np.concatenate([after - 1, after])).unique().sort()
        return days[rows.filter(rows.is_between(0, len(days), closed="left"))]


class RegularLines:
    """The compiled way of one context, with what it has learnt about the texts it has met."""

    def __init__(self, context: LineContext, form: Format, ids: ValueIds) -> None:
        """Prepare for the lines of a context, which are in `form`."""
        self._context = context
        self._ids = ids
        self._splitter = Splitter(form, context.redactor.telling if context.redactor else "")
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._generation = self._ids.generation
        self._splitter.forget()
        # By number, of which 0 is that of no text.
        self._is_known_host = np.zeros(1, bool)
        self._is_regular_path = np.zeros(1, bool)
        self._is_regular_referrer = np.ones(1, bool)
        self._is_regular_agent = np.ones(1, bool)
        self._name_kinds = np.zeros(1, np.uint8)
        self._client_ids = pl.Series("client_id", [0], dtype=pl.UInt64)
        self._clients = pl.Series("client_ip", [None], dtype=pl.String)
        self._agents = pl.Series("user_agent", [None], dtype=pl.String)
        self._agent_ids = pl.Series("agent_id", [None], dtype=pl.UInt64)
        types = self._types = self._ids.profile_types
        self._methods = pl.Series(METHODS).cast(types["method"])
        self._protocols = pl.Series(PROTOCOLS).cast(types["protocol"])
        self._domains = pl.Series("referrer_domain", [None], dtype=pl.String)
        self._site_domains = pl.Series("site_domain", [None], dtype=pl.String)
        self._resources = ResourceMemory(self._context.resources, METHODS, types)

    def found(self, data: bytes, blocks: Sequence[NumberedBlock]) -> Found:
        """Return the regular records of the lines of `data`, which is `blocks` joined."""
        with self._lock:
            self._make_room()
            count = sum(each.line_count for each in blocks)
            split = self._splitter.split(data, count, self._name_kinds)
            suspects = self._learn(split)
            is_regular = self._splitter.marked(
                split,
                self._is_known_host,
                self._is_regular_path,
                self._is_regular_referrer,
                self._is_regular_agent,
            )
            time = pl.Series("time", split["time"].view("datetime64[us]")).cast(INSTANT)
            days = days_of(time, ZoneInfo(self._context.day_zone))
            window = self._context.days
            refused = window.refused(days) if window else None
            if refused is not None:
                is_regular &= ~refused.to_numpy()
            paths, queries, users = map(split.texts, ("path", "query", "user"))
            is_regular &= ~self._are_long(users)
            is_regular &= ~self._are_long_requests(paths, queries)
            status = pl.Series("status", split["status"])
            columns = {
                "time": time,
                "log_date": days,
                "status": status,
                "client_id": self._client_ids.gather(split["host"]),
                "agent_id": self._agent_ids.gather(split["agent"]),
                "referrer_domain": self._domains.gather(split["referrer_no"]),
                "url_path": paths,
                "url_query": queries,
            }
            if users.null_count() < len(users):
                columns["user_id"] = users
                columns["user_type"] = types_of(users, self._context.user_types)
            if len(self._site_domains) > 1:
                columns["site_domain"] = self._site_domains.gather(split["vhost"])
            if not self._context.resources.is_empty:
                columns |= self._resources.match(
                    split["path_no"], split["method"], self._shown(queries), status
                )
            clients, agents = self._clients, self._agents
        places = places_of(blocks, split.starts)
        records = self._frame(split, columns, places.of(split["line"]))
        regular, irregular = split["line"], split.irregular
        if not is_regular.all():
            records = records.filter(pl.Series(is_regular))
            irregular = np.sort(np.concatenate([irregular, regular[~is_regular]]))
            regular, suspects = regular[is_regular], suspects[is_regular]
        records = records.with_columns(self._constant(records.columns, len(records)))
        # All other texts of regular lines are known to hold nothing, but for virtual hosts.
        rows = pl.Series(np.flatnonzero(suspects), dtype=pl.UInt32)
        hosts, browsers = split["host"][is_regular], split["agent"][is_regular]
        records = redacted(
            records,
            self._context,
            ("url_query",),
            rows,
            lambda masked: (clients.gather(hosts[masked]), agents.gather(browsers[masked])),
        )
        records = records.select(*REFERRED_SCHEMA)
        return Found(data, records, regular, irregular, split.starts, places, len(blocks))

    def _make_room(self) -> None:
        """Forget everything when there is too much of it, or when the ids have."""
        if (
            self._generation != self._ids.generation
            or self._splitter.size() > _MOST_TEXT_BYTES
            or any(self._splitter.count(table) > _MOST_TEXTS for table in TABLES)
        ):
            self._begin()

    def _learn(self, split: Split) -> Array:
        """Look at texts that are met for the first time; return where a query may hold a value."""
        hosts = self._splitter.texts("hosts", len(self._is_known_host) - 1)
        if len(hosts):
            addresses = canonical_ips(hosts)
            is_known = addresses.is_not_null()
            ids = self._ids.client_ids(addresses.filter(is_known))
            numbers = pl.Series([0], dtype=pl.UInt64).new_from_index(0, len(hosts))
            numbers = numbers.scatter(is_known.arg_true(), ids)
            self._is_known_host = np.append(self._is_known_host, is_known.to_numpy())
            self._client_ids = pl.concat([self._client_ids, numbers], rechunk=True)
            self._clients = pl.concat([self._clients, addresses.alias("client_ip")], rechunk=True)
        paths = self._splitter.texts("paths", len(self._is_regular_path) - 1)
        referrers = self._splitter.texts("referrers", len(self._is_regular_referrer) - 1)
        agents = self._splitter.texts("agents", len(self._is_regular_agent) - 1)
        suspects = ~split["is_simple"]
        queries = self._shown(split.texts("query").filter(pl.Series(suspects)))
        *are_regular, are_suspects = self._looked_at(
            paths.alias("url_path"),
            referrers.alias("referrer"),
            agents.alias("user_agent"),
            queries.alias("url_query"),
        )
        suspects[suspects] = are_suspects
        self._is_regular_path = np.append(self._is_regular_path, are_regular[0])
        self._is_regular_referrer = np.append(self._is_regular_referrer, are_regular[1])
        self._is_regular_agent = np.append(self._is_regular_agent, are_regular[2])
        if len(paths):
            self._resources.learn(self._shown(paths))
        if len(referrers):
            self._domains = pl.concat([self._domains, referrer_domains(referrers)], rechunk=True)
        if len(agents):
            ids = self._ids.agent_ids(agents.set(pl.Series(~are_regular[2]), None))
            self._agent_ids = pl.concat([self._agent_ids, ids], rechunk=True)
            self._agents = pl.concat([self._agents, agents.alias("user_agent")], rechunk=True)
        vhosts = self._splitter.texts("vhosts", len(self._site_domains) - 1)
        if len(vhosts):
            found = [canonical_domain(host) for host in vhosts]
            domains = pl.Series("site_domain", found, dtype=pl.String)
            self._site_domains = pl.concat([self._site_domains, domains], rechunk=True)
        names = self._splitter.texts("names", len(self._name_kinds) - 1)
        if len(names):
            self._name_kinds = np.append(self._name_kinds, self._kinds_of(self._shown(names)))
        return suspects

    def _looked_at(self, *columns: pl.Series) -> list[Array]:
        """Where nothing of the texts of each column is masked or cut; of the last, who may be.

        All are looked at together.
        """
        redactor = self._context.redactor
        are_short = [~self._are_long(texts) for texts in columns[:-1]]
        if redactor is None:
            return [*are_short, np.zeros(len(columns[-1]), bool)]
        columns = tuple(map(self._shown, columns))
        *found, of_last = redactor.suspects(columns)
        are_clean = [
            redactor.are_clean(texts, rows).to_numpy() & short
            for texts, rows, short in zip(columns, found, are_short, strict=False)
        ]
        suspects = np.zeros(len(columns[-1]), bool)
        suspects[of_last.to_numpy()] = True
        return [*are_clean, suspects]

    def _are_long(self, texts: pl.Series) -> Array:
        """Where a text is longer than a field may be."""
        most = self._context.field_bytes
        if most is None:
            return np.zeros(len(texts), bool)
        return (texts.str.len_bytes() > most).fill_null(value=False).to_numpy()

    def _are_long_requests(self, paths: pl.Series, queries: pl.Series) -> Array:
        """Where a request, of which the query is a part, may be longer than a field may be."""
        most = self._context.field_bytes
        if most is None:
            return np.zeros(len(paths), bool)
        size = paths.str.len_bytes() + queries.str.len_bytes().fill_null(0)
        return (size > most - _BESIDE_TARGET).to_numpy()

    def _shown(self, texts: pl.Series) -> pl.Series:
        """The texts to be looked at: empty in place of those that are too long."""
        are_long = self._are_long(texts)
        return texts.set(pl.Series(are_long), "") if are_long.any() else texts

    def _kinds_of(self, names: pl.Series) -> Array:
        """What is known of parameters by their names."""
        if self._context.redactor is None:
            return np.full(len(names), HARMLESS | ID | TEXT, np.uint8)
        found = self._context.redactor.harmless_names(names)
        kinds = np.zeros(len(names), np.uint8)
        for are, bit in zip(found, (HARMLESS, ID, TEXT), strict=True):
            kinds |= are.to_numpy() * np.uint8(bit)
        return kinds

    def _frame(self, split: Split, columns: dict[str, pl.Series], places: Places) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "source": places.source,
                "line_no": places.line_no,
                "method": self._methods.gather(split["method"]),
                "protocol": self._protocols.gather(split["protocol"]),
                "bytes": split.sizes(),
                "referrer": split.texts("referrer"),
                **columns,
            }
        )

    def _constant(self, known: Collection[str], count: int) -> list[pl.Series]:
        """The columns that are not `known`, which have one value and share their room by type."""
        shared: dict[object, pl.Series] = {}
        columns = []
        for name in REFERRED_SCHEMA.keys() - known:
            dtype = self._types.get(name, REFERRED_SCHEMA[name])
            if dtype not in shared:
                shared[dtype] = repeated(_VALUES.get(name), dtype, count)
            columns.append(shared[dtype].alias(name))
        return columns
