"""How much of the past a rule would match, before it is switched on."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from pipelines import lake
from pipelines.detect.sigma.engine import match_rules
from pipelines.detect.sigma.rule import Rule
from pipelines.detect.sigma.tables import make_lake_tables
from pipelines.lake.keys import is_there
from pipelines.paths import Home
from pipelines.settings.model import Settings

DAYS = 7
LARGEST_SHARE = 0.01
FEW_RECORDS = 100
"""So many can be looked at one by one, whatever their share of a small log."""

_LAST_DAYS = """
select log_date, sum(records)::bigint as records
from lake.ledger_day
where log_date <= $until
group by log_date
having sum(records) > 0
order by log_date desc
limit $days
"""


@dataclass(frozen=True)
class Share:
    """What a rule matches of the records of the last days that have some."""

    matched: int
    records: int
    days: int

    @property
    def share(self) -> float:
        """The part of the records, 0 to 1."""
        return self.matched / self.records if self.records else 0.0

    @property
    def is_too_much(self) -> bool:
        """Whether it is more than one in a hundred, and more than can be looked at."""
        return self.share > LARGEST_SHARE and self.matched >= FEW_RECORDS


def shares(
    home: Home, settings: Settings, rules: Sequence[Rule], until: dt.date
) -> Mapping[str, Share]:
    """Return by detector what its rule matches of the last seven days with records up to `until`.

    Empty where there is no lake yet, or no record. Rules that only serve a correlation are not
    judged: their matches are no findings.
    """
    if not is_there(home):
        return {}
    with lake.open_reader(home, settings.timezone) as con:
        found = con.execute(_LAST_DAYS, {"until": until, "days": DAYS}).fetchall()
        matched = dict.fromkeys(range(len(rules)), 0)
        for day, _ in found:
            for rule, count in _matched(con, rules, day).items():
                matched[rule] += count
    records = sum(count for _, count in found)
    if not records:
        return {}
    return {
        rule.detector: Share(matched[number], records, len(found))
        for number, rule in enumerate(rules)
        if rule.is_reported
    }


def _matched(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], day: dt.date) -> dict[int, int]:
    make_lake_tables(con, day)
    match_rules(con, rules)
    return dict(con.execute("select rule, count(*) from sigma_match group by rule").fetchall())
