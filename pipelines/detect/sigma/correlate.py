"""Finds the events of a correlation among what its rules matched: windows in SQL.

An event is a record and a rule that it matched. A time slides: it begins at an event and lasts as
long as the rule says. Where too few, or exactly so many, are asked for, times follow each other
from midnight instead, since any sliding time has few events at its end. Events whose group has no
value belong to no group.
"""

from collections.abc import Mapping

import duckdb

from pipelines.detect.sigma.correlation import Correlation, Count
from pipelines.detect.sigma.proof import selected
from pipelines.detect.sigma.tables import COLUMNS

_ALL = "[]"  # the key of everything, where nothing is grouped


def correlate(con: duckdb.DuckDBPyConnection, number: int, plan: Correlation) -> None:
    """Add to `sigma_match` the records in which a correlation comes true, under its number."""
    con.execute(_query(number, plan))


def _query(number: int, plan: Correlation) -> str:
    listed = ", ".join(map(str, sorted(set(plan.rules))))
    steps = [
        f"""event as materialized (
            select *, {_by_rule(plan.keys)} as key, {_by_rule(plan.counted)} as counted
            from (select {selected(plan.columns)} from sigma_match where rule in ({listed}))
        )""",
        "grouped as (select * from event where key is not null)",
    ]
    if plan.count is Count.ORDERED_RULES:
        steps += _ordered(plan)
    elif plan.is_sliding:
        steps.append(
            f"""timed as (
            select *, case when {plan.condition} then time + {_span(plan)} end as until
            from (select *, {_counts(plan, "ahead")} from grouped
                window ahead as (partition by key order by time
                    range between current row and {_span(plan)} following))
        )"""
        )
    else:
        steps.append(
            f"""timed as (
            select *, case when {plan.condition} then 'infinity'::timestamptz end as until
            from (select *, {_counts(plan, "fixed")} from (
                select *, {_bucket(plan)} as bucket from grouped)
                window fixed as (partition by key, bucket))
        )"""
        )
    # A record is in a time that came true if one began before it and lasts until it.
    within = (
        "partition by key, bucket"
        if _is_fixed(plan)
        else ("partition by key order by time range between unbounded preceding and current row")
    )
    steps.append(f"reached as (select *, max(until) over ({within}) as reach from timed)")
    return (
        f"insert into sigma_match by name with {', '.join(steps)}"
        f" select distinct on (event_id) {', '.join(COLUMNS)}, {number} as rule, key as group_key"
        " from reached where reach >= time"
    )


def _is_fixed(plan: Correlation) -> bool:
    return not plan.is_sliding and plan.count is not Count.ORDERED_RULES


def _span(plan: Correlation) -> str:
    return f"interval {plan.seconds} second"


def _bucket(plan: Correlation) -> str:
    """The number of a time since midnight, where times follow each other."""
    since_midnight = "time::timestamp - date_trunc('day', time::timestamp)"
    return f"epoch({since_midnight})::bigint // {plan.seconds}"


def _by_rule(columns: Mapping[int, tuple[str, ...]]) -> str:
    """The values of some columns as one text, by the rule of the event; null where one is."""
    whens = []
    for rule, names in columns.items():
        parts = ", ".join(f"{name}::varchar" for name in names)
        is_null = " or ".join(f"{name} is null" for name in names) or "false"
        value = f"to_json([{parts}])::varchar" if names else f"'{_ALL}'"
        whens.append(f"when {rule} then case when {is_null} then null else {value} end")
    return f"case rule {' '.join(whens)} end"


def _counts(plan: Correlation, window: str) -> str:
    """SQL of what the condition asks for: `n`, and for rules whether each is there."""
    if plan.count is Count.EVENTS:
        # A record that two of the rules match is one event.
        counted = "distinct event_id" if len(plan.rules) > 1 else "*"
        return f"count({counted}) over {window} as n"
    if plan.count is Count.VALUES:
        return f"count(distinct counted) over {window} as n"
    flags = [f"coalesce(bool_or(rule = {rule}) over {window}, false)" for rule in plan.rules]
    named = [f"{flag} as has_{place}" for place, flag in enumerate(flags)]
    total = " + ".join(f"{flag}::int" for flag in flags)
    return ", ".join([*named, f"{total} as n"])


def _ordered(plan: Correlation) -> list[str]:
    """From the last rule to the first: the earliest end of a chain that begins at an event."""
    ahead = "partition by key order by time range between current row and unbounded following"
    steps, source = [], "grouped"
    last = len(plan.rules) - 1
    for place in range(last, -1, -1):
        follows = "time" if place == last else f"min(end_{place + 1}) over ({ahead})"
        steps.append(
            f"chain_{place} as (select *, case when rule = {plan.rules[place]}"
            f" then {follows} end as end_{place} from {source})"
        )
        source = f"chain_{place}"
    steps.append(
        f"timed as (select *, case when end_0 <= time + {_span(plan)} then end_0 end as until"
        f" from {source})"
    )
    return steps
