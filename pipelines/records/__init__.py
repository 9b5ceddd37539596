"""Chained records: who looked, who decided, what left the team, what was erased (docs/records.md).

Every record is a line of a file in `records/`, and all lines are one chain: each holds the keyed
hash of the line before, whichever file that stands in. Changing, removing or reordering a line
breaks the chain; removing the last ones shows against the head that lies among the keys and
against the heads that were delivered.
"""

from pipelines.records.account import AIRFLOW, account, login_account
from pipelines.records.chain import Records, Use
from pipelines.records.entry import About, Act, Entry, Series

__all__ = [
    "AIRFLOW",
    "About",
    "Act",
    "Entry",
    "Records",
    "Series",
    "Use",
    "account",
    "login_account",
]
