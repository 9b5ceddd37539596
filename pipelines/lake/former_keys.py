"""Which former keys are not there: the records tell of every change, and each change leaves one."""

from collections.abc import Mapping
from typing import Literal

from pipelines.paths import Home
from pipelines.records import Records, Series

ROTATED = "keys rotate"
_UNKNOWN = "*"


def lost_keys(home: Home, which: Literal["pseudonym", "records"]) -> list[str]:
    """Return the names in the folder of keys of former keys on record that have no file there.

    A change of the pseudonyms' key that was taken back is on record too: whether the lake misses
    one of those is for `missing_keys` to say.
    """
    former = home.keys / "former"
    names = []
    number = 0
    for one in Records(home).entries(Series.DECISIONS):
        about = one.about if isinstance(one.about, Mapping) else {}
        if one.what == ROTATED and about.get("key") == which:
            number += 1
            until = str(one.seq) if which == "records" else about.get("until", _UNKNOWN)
            is_begun = (home.keys / f"{which}.next.{until}.key").exists()  # still in force
            if not is_begun and not any(former.glob(f"{which}.{number}.*.key")):
                names.append(f"former/{which}.{number}.{until}.key")
    return names
