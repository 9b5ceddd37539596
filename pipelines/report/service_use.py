"""How many requests of a day got their users from a service history, and how sure that is."""

import datetime as dt
from dataclasses import dataclass

import duckdb

from pipelines.text.words import Words

_OF_DAY = """
select
    coalesce(sum(by_session), 0)::bigint, coalesce(sum(by_subject), 0)::bigint,
    coalesce(sum(by_address), 0)::bigint, coalesce(sum(unsure), 0)::bigint,
    coalesce(sum(ambiguous), 0)::bigint, coalesce(sum(records), 0)::bigint,
    coalesce(sum(unused), 0)::bigint
from lake.service_day
where log_date between $first and $last
"""


@dataclass(frozen=True)
class ServiceUse:
    """Requests by what named them, and records of the history: all, and those that named none.

    Of the requests named, `unsure` had several users to choose from; `ambiguous` ones got none.
    """

    by_session: int = 0
    by_subject: int = 0
    by_address: int = 0
    unsure: int = 0
    ambiguous: int = 0
    records: int = 0
    unused: int = 0

    @property
    def requests(self) -> int:
        """How many requests got a user."""
        return self.by_session + self.by_subject + self.by_address


def service_use(con: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> ServiceUse:
    """Return the sums of the days from `first` to `last`, all zero without a history."""
    row = con.execute(_OF_DAY, {"first": first, "last": last}).fetchone()
    return ServiceUse(*(row or ()))


def service_sentence(use: ServiceUse, words: Words) -> str:
    """Return what is told of it; empty where no record is of these days."""
    if not use.records and not use.requests:
        return ""
    parts = words("list_separator").join(
        words("services.part", source=words(f"value.service_joins.{name}"), n=count)
        for name, count in (
            ("session", use.by_session),
            ("subject", use.by_subject),
            ("address", use.by_address),
        )
        if count
    )
    told = [words("services.value", n=use.requests, parts=parts or "0")]
    if use.unsure:
        told.append(words("services.unsure", n=use.unsure))
    if use.ambiguous:
        told.append(words("services.ambiguous", n=use.ambiguous))
    if use.unused:
        told.append(words("services.unused", n=use.unused, total=use.records))
    return words("services.end").join(told)
