"""The proof at the source: log files that still lie there are read again and compared."""

import hashlib
from contextlib import closing
from pathlib import Path

import duckdb

from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.ingest.discover import LogFile, files_in
from pipelines.ingest.folder import Folder, reason_of
from pipelines.ingest.reader import BLOCK_BYTES, open_content
from pipelines.lake.keyed_ids import KeyedIds
from pipelines.settings.model import Settings
from pipelines.text.messages import message

# One row per path: how far its content had been read at the last look, and how it lay there then.
_LAST_LOOKS = """
select
    path, content_bytes, content_sha256, from_line + lines - 1 as lines_read,
    disk_bytes, modified_ns
from lake.ledger
where status in ('read', 'renamed', 'duplicate', 'put_aside')
qualify row_number() over (partition by path order by read_at desc, content_bytes desc) = 1
"""


def check_content(
    con: duckdb.DuckDBPyConnection, settings: Settings, landing: Path, ids: KeyedIds
) -> list[Outcome]:
    """Return whether each file lying in the landing folder begins with what was read of it.

    A file that changed since is only waiting for the next ingest; one that looks unchanged and
    does not agree was tampered with, or read wrongly.
    """
    with Folder.at(landing) as folder:
        return _compared(con, folder, files_in(settings, folder), ids)


def _compared(
    con: duckdb.DuckDBPyConnection, folder: Folder, files: list[LogFile], ids: KeyedIds
) -> list[Outcome]:
    lying = {file.relative: file for file in files if file.problem is None}
    agreeing, waiting, differing = 0, [], []
    for path, size, digest, lines, disk_bytes, modified_ns in con.execute(_LAST_LOOKS).fetchall():
        if path not in lying:
            continue
        what = _difference(folder, lying[path], size, digest, lines, ids)
        if what is None:
            agreeing += 1
        elif (lying[path].disk_bytes, lying[path].modified_ns) == (disk_bytes, modified_ns):
            differing.append(f"{path}: {what}")
        else:
            waiting.append(f"{path}: {what}")
    if differing:
        return [
            wrong(
                "content",
                message("doctor.content.differs", names=named(differing)),
                message("doctor.content.find_out_who"),
            )
        ]
    if waiting:
        return [
            warning(
                "content",
                message("doctor.content.written_anew_since", names=named(waiting)),
                message("doctor.content.next_ingest"),
            )
        ]
    return [well("content", message("doctor.content.agrees", agreeing=agreeing))]


def _difference(
    folder: Folder, file: LogFile, size: int, digest: str, lines: int, ids: KeyedIds
) -> str | None:
    """Return what differs in the first `size` bytes of the file's content, None when nothing."""
    hasher, position, feeds, last = hashlib.sha256(), 0, 0, b"\n"
    try:
        with closing(folder.file(file.path)) as content, open_content(content) as stream:
            while position < size and (data := stream.read(min(BLOCK_BYTES, size - position))):
                hasher.update(data)
                position += len(data)
                feeds += data.count(b"\n")
                last = data[-1:]
    except OSError as error:
        return f"cannot be read again ({reason_of(error)})"
    except Exception as error:  # noqa: BLE001 - each decompressor has errors of its own
        return f"cannot be read again ({type(error).__name__})"
    if position < size:
        return f"{position} bytes where {size} were read"
    if ids.of_content(hasher.hexdigest()) != digest:
        return f"other content in its first {size} bytes"
    found = feeds + (last != b"\n")
    return None if found == lines else f"{found} lines where {lines} were counted"
