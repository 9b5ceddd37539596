"""The quick look at a day: which distinct values may make which rules true.

A day has far fewer addresses of pages, referrers, agents and clients than records. All literal
texts that rules need are sought in each of these at once (Aho-Corasick, in linear time whatever
the number of rules); what no literal tells is asked in SQL, once for a value.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.detect.sigma.fields import FORMS, Domain, column_sql
from pipelines.detect.sigma.match import Need, Probe
from pipelines.detect.sigma.proof import selected
from pipelines.lake import identifier, make_table

KEYS: Mapping[Domain, tuple[str, ...]] = {
    Domain.TARGET: ("url_path", "url_query"),
    Domain.REFERRER: ("referrer",),
    Domain.AGENT: ("agent_id",),
    Domain.CLIENT: ("client_id",),
}
"""By what a record is found again from a value of a domain."""

_BATCH_ROWS = 250_000
_COMMON_SHARE = 0.05  # of the records: so common a text tells nothing, and would fill the memory
_FEW_RECORDS = 50_000
_SOURCES = {
    Domain.TARGET: "select url_path, url_query, count(*) as records from sigma_fact group by all",
    Domain.REFERRER: "select referrer, count(*) as records from sigma_fact group by all",
    Domain.AGENT: """
        select seen.agent_id, seen.records, agent.user_agent
        from (select agent_id, count(*) as records from sigma_fact group by all) as seen
        inner join sigma_agent as agent on agent.agent_id = seen.agent_id
    """,
    Domain.CLIENT: """
        select seen.client_id, seen.records, client.client_ip, client.country
        from (select client_id, count(*) as records from sigma_fact group by all) as seen
        inner join sigma_client as client on client.client_id = seen.client_id
    """,
}


@dataclass(frozen=True)
class _Found:
    """Which values of a domain answer to which of its probes, and of how many records."""

    probes: Sequence[Probe]
    hits: pl.DataFrame
    records: Counter[int]
    common: frozenset[int]


def hit_table(domain: Domain) -> str:
    """Return the name of the temporary table of a domain's hits."""
    return f"sigma_hit_{domain}"


def find_candidates(
    con: duckdb.DuckDBPyConnection, needs: Mapping[int, Sequence[Need]]
) -> tuple[frozenset[Domain], frozenset[int]]:
    """Make the hit tables; return the domains that have one, and the rules they say nothing of.

    `needs` has by rule the sets of probes of which each has to answer; the one that leaves the
    fewest records is looked at. A hit table has the keys of its domain and `rules`, a list. Reads
    `sigma_fact`, `sigma_client` and `sigma_agent`. Rules without needs, and those whose every need
    is too common, must be asked of all records.
    """
    probes: dict[Domain, dict[Probe, int]] = {}
    for probe in (probe for sets in needs.values() for need in sets for probe in need):
        numbered = probes.setdefault(probe.domain, {})
        numbered.setdefault(probe, len(numbered))
    row = con.execute("select count(*) from sigma_fact").fetchone()
    limit = max(_FEW_RECORDS, int(_COMMON_SHARE * (row[0] if row else 0)))
    found = {domain: _look(con, domain, list(all_), limit) for domain, all_ in probes.items()}
    rules_of: dict[Domain, dict[int, list[int]]] = {domain: {} for domain in found}
    unknown = set()
    for rule, sets in needs.items():
        need = _fewest(sets, probes, found)
        if need is None:
            unknown.add(rule)
            continue
        for probe in need:
            number = probes[probe.domain][probe]
            rules_of[probe.domain].setdefault(number, []).append(rule)
    for domain, one in found.items():
        _make_hit_table(con, domain, one.hits, rules_of[domain])
    return frozenset(found), frozenset(unknown)


def _fewest(
    sets: Iterable[Need],
    probes: Mapping[Domain, Mapping[Probe, int]],
    found: Mapping[Domain, _Found],
) -> Need | None:
    """The need that leaves the fewest records; None where each is too common, or none is there."""
    best, fewest = None, None
    for need in sets:
        numbers = [(probe.domain, probes[probe.domain][probe]) for probe in need]
        if any(number in found[domain].common for domain, number in numbers):
            continue
        records = sum(found[domain].records[number] for domain, number in numbers)
        if fewest is None or records < fewest:
            best, fewest = need, records
    return best


def _look(
    con: duckdb.DuckDBPyConnection, domain: Domain, probes: Sequence[Probe], limit: int
) -> _Found:
    keys = KEYS[domain]
    literals: dict[str, list[int]] = {}
    for number, probe in enumerate(probes):
        if probe.literal is not None:
            literals.setdefault(probe.literal, []).append(number)
    asked = [number for number, probe in enumerate(probes) if probe.sql is not None]
    known = pl.DataFrame(
        {"literal": list(literals), "probe": list(literals.values())},
        schema={"literal": pl.String, "probe": pl.List(pl.Int64)},
    ).explode("probe")
    records: Counter[int] = Counter()
    common: set[int] = set()
    hits = []
    query, texts = _query(domain, probes)
    for batch in _batches(con, domain, query):
        found = [_literal_hits(batch, keys, text, known) for text in texts]
        found += [
            batch.filter(pl.col(f"probe_{number}")).select(
                *keys, "records", probe=pl.lit(number, pl.Int64)
            )
            for number in asked
        ]
        answers = pl.concat(found).unique().filter(~pl.col("probe").is_in(list(common)))
        for number, count in answers.group_by("probe").agg(pl.col("records").sum()).iter_rows():
            records[number] += count
            if records[number] > limit:
                common.add(number)
        hits.append(answers.drop("records"))
    schema = {**dict.fromkeys(keys, pl.Null), "probe": pl.Int64}
    whole = pl.concat(hits) if hits else pl.DataFrame(schema=schema)
    return _Found(
        probes, whole.filter(~pl.col("probe").is_in(list(common))), records, frozenset(common)
    )


def _batches(con: duckdb.DuckDBPyConnection, domain: Domain, query: str) -> Iterator[pl.DataFrame]:
    """The values of a domain, so many at a time, with what the query makes of them."""
    con.execute(f"create or replace temp table sigma_value as {_SOURCES[domain]}")
    row = con.execute("select count(*) from sigma_value").fetchone()
    for first in range(0, row[0] if row else 0, _BATCH_ROWS):
        yield con.execute(query, [first, first + _BATCH_ROWS]).pl()
    con.execute("drop table sigma_value")


def _query(domain: Domain, probes: Sequence[Probe]) -> tuple[str, list[str]]:
    """The query of a batch of values, and the columns in which literals are sought."""
    columns = frozenset().union(*(probe.columns for probe in probes))
    made = [
        f"coalesce({probe.sql}, false) as probe_{number}"
        for number, probe in enumerate(probes)
        if probe.sql is not None
    ]
    texts = []
    if any(probe.literal is not None for probe in probes):
        forms = FORMS[domain]
        is_decoded = any(probe.is_decoded for probe in probes)
        for form in forms if is_decoded else forms[:1]:
            text = f"replace(lower({column_sql(form)}), 'ſ', 's')"
            if form != forms[0]:
                plain = column_sql(forms[0])
                text = f"case when contains({plain}, '%') or contains({plain}, '+') then {text} end"
            made.append(f"{text} as text_{form}")
            texts.append(f"text_{form}")
    chosen = ", ".join([*KEYS[domain], "records", *made])
    values = "select * from sigma_value where rowid >= ? and rowid < ?"
    return f"select {chosen} from (select {selected(columns)} from ({values}))", texts


def _literal_hits(
    batch: pl.DataFrame, keys: Sequence[str], text: str, known: pl.DataFrame
) -> pl.DataFrame:
    literals = known.get_column("literal").unique().to_list()
    return (
        batch.lazy()
        .filter(pl.col(text).str.contains_any(literals))
        .select(
            *keys,
            "records",
            literal=pl.col(text).str.extract_many(literals, overlapping=True).list.unique(),
        )
        .explode("literal")
        .join(known.lazy(), on="literal")
        .select(*keys, "records", "probe")
        .collect()
    )


def _make_hit_table(
    con: duckdb.DuckDBPyConnection,
    domain: Domain,
    hits: pl.DataFrame,
    rules_of: Mapping[int, Sequence[int]],
) -> None:
    wanted = pl.DataFrame(
        {"probe": list(rules_of), "rules": list(rules_of.values())},
        schema={"probe": pl.Int64, "rules": pl.List(pl.Int64)},
    )
    keys = list(KEYS[domain])
    lists = (
        hits.join(wanted, on="probe")
        .explode("rules")
        .group_by(keys)
        .agg(pl.col("rules").unique().sort())
    )
    kinds = {"agent_id": "ubigint", "client_id": "ubigint"}
    columns = ", ".join(f"{key} {kinds.get(key, 'varchar')}" for key in keys)
    name = identifier(hit_table(domain))
    con.execute(f"create or replace temp table {name} ({columns}, rules bigint[])")
    if len(lists):
        make_table(con, "sigma_hit_new", lists)
        con.execute(f"insert into {name} select * from sigma_hit_new")
        con.execute("drop table sigma_hit_new")
