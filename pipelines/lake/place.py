"""Where a lake lies: in the working folder, or on PostgreSQL and S3-compatible storage.

The one module that tells the two apart. Whoever needs the catalog or the data files, other than by
SQL, asks `place_of` for them.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from pipelines.extras import require
from pipelines.lake.place_kind import Place
from pipelines.lake.within_home import WithinHome
from pipelines.paths import Home


def place_of(home: Home) -> Place:
    """Return where the lake of a working folder lies.

    Raises:
        MissingExtraError: settings name servers, and what reaches them is not installed.
    """
    if home.cluster is None:
        return WithinHome(home)
    require("cluster", "lake.catalog")
    from pipelines.lake.on_servers import OnServers  # noqa: PLC0415 - an extra brings what it imports

    return OnServers(home.cluster)


def writers_lock(home: Home, wait_seconds: float) -> AbstractContextManager[object]:
    """Hold the lock of the lake's only writer while the block runs.

    Raises:
        LakeBusyError: another process kept it for `wait_seconds`.
    """
    return place_of(home).writers_lock(wait_seconds)


def folder_of_data(home: Home) -> Path:
    """Return the folder of data files of a lake that lies in its working folder."""
    return Path(WithinHome(home).data)
