"""When the key of an epoch is destroyed: with the last of its rows, or as the settings say."""

import datetime as dt
from collections.abc import Iterator

import duckdb

from pipelines.privacy.epochs import EpochKeys, last_day_of
from pipelines.retention.result import LetGo
from pipelines.settings.retention import Retention

_USED = """
select distinct pseudonym_epoch from lake.request_fact
where pseudonym_epoch in (select unnest($epochs::varchar[]))
"""


def let_go_of_keys(
    con: duckdb.DuckDBPyConnection,
    keys: EpochKeys,
    retention: Retention,
    night: dt.date,
    *,
    is_dry_run: bool,
) -> Iterator[LetGo]:
    """Destroy the keys that no row needs any more, or that are past their days; yield how many."""
    epochs = [one for one in keys.epochs() if last_day_of(one) < night]
    if not epochs:
        return
    used = {one for (one,) in con.execute(_USED, {"epochs": epochs}).fetchall()}
    for epoch in epochs:
        last = last_day_of(epoch)
        # As long as days of the epoch are not all pseudonymised, its key is needed.
        is_needed = (night - last).days < retention.longest_in_clear
        keep_days = retention.epoch_key_days
        is_over = keep_days is not None and (night - last).days >= keep_days
        if not is_needed and (epoch not in used or is_over):
            yield LetGo("epoch_keys", "deleted", 0, 1, (last,))
            if not is_dry_run:
                keys.destroy(epoch)
