"""The lake on disk: its schema, its data files, what a killed run left, and who is writing."""

import fcntl
from pathlib import Path

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.lake.files import catalogued_files, lying_files
from pipelines.lake.schema import schema_state
from pipelines.paths import Home


def check_schema(con: duckdb.DuckDBPyConnection) -> Outcome:
    """Return whether this release and the lake agree on the tables."""
    state = schema_state(con)
    if state.changed or state.unknown:
        return wrong(
            "schema",
            f"この版のものではありません / not of this release: "
            f"{named([*state.changed, *state.unknown])}",
            "このレイクを書いた版の mimamori を使ってください / "
            "use the release of mimamori that wrote this lake",
        )
    if state.pending:
        return warning(
            "schema",
            f"未適用のため、これらを要する点検を省きます: {named(state.pending)} / "
            "not applied yet; checks that need them are left out",
            "次の取り込みで適用されます / the next 'mimamori ingest' applies them",
        )
    return well("schema", state.applied[-1])


def check_data_files(con: duckdb.DuckDBPyConnection, home: Home, *, is_writing: bool) -> Outcome:
    """Return whether each data file of the catalog lies on disk, whole, and no other beside it."""
    lying = {path.name: path for path in lying_files(home)}
    catalogued = catalogued_files(con)
    needed = [file for file in catalogued if file.size is not None]
    broken = [
        file.path
        for file in needed
        if file.name not in lying or lying[file.name].stat().st_size != file.size
    ]
    if broken:
        return wrong(
            "data-files",
            f"失われたか壊れています / lost or damaged: {named(sorted(broken))}",
            "keys/ と lake/ を同じ夜の控えから戻してください / "
            "restore keys/ and lake/ from the backups of one night",
        )
    spilled = [path for path in (home.lake / "spill").glob("**/*") if path.is_file()]
    known = {file.name for file in catalogued}
    orphans = [path for name, path in lying.items() if name not in known]
    if (orphans or spilled) and not is_writing:
        left = [path.relative_to(home.lake).as_posix() for path in (*orphans, *spilled)]
        return warning(
            "data-files",
            f"中断の残り {len(left)} 件 / {len(left)} left by an interrupted run: "
            f"{named(sorted(left))}",
            "害はありません。保守（upkeep）が消し、spill/ の中は消して構いません / "
            "harmless: upkeep removes them, what is in spill/ may be deleted",
        )
    return well("data-files", f"Parquet {len(needed)} 件 / {len(needed)} Parquet files")


def check_writer(home: Home) -> tuple[bool, Outcome]:
    """Return whether some process is writing to the lake now, and which."""
    path = home.lake / "writer.lock"
    try:
        with path.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        pass
    except BlockingIOError:
        holder = _holder(path)
        return True, well("writer", f"書き込み中 / being written to by {holder}")
    except OSError as error:
        return False, wrong(
            "writer",
            f"{path}: {error.strerror}",
            "読み取りの許可を与えてください / grant this user read permission",
        )
    return False, well("writer", "書き込み中の処理はありません / nobody is writing")


def _holder(path: Path) -> str:
    """Name the process that holds the lock, as far as the system tells."""
    inode = str(path.stat().st_ino)
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        locks = []
    for line in locks:
        fields = line.split()
        if "FLOCK" in fields and "WRITE" in fields and fields[5].rpartition(":")[2] == inode:
            return f"PID {fields[4]}"
    return "another process"
