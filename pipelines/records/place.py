"""Whose records are whose: each working folder of a lake on servers has a chain of its own.

Several of them may have one folder of keys. The first one that puts something on record has key and
head of its chain there; any other has them in a folder of its own in it.
"""

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from pipelines.paths import Home
from pipelines.private_files import private_folder, sync_folder, write_whole


def home_id(home: Home) -> str:
    """Return the name of a working folder, which the first call makes.

    Raises:
        MimamoriError: it cannot be written.
    """
    private_folder(home.root)
    return _first(home.id_file, uuid4().hex)


def settle_records(home: Home) -> None:
    """Give the chain of a working folder its place among the keys; for the holder of its lock.

    Raises:
        MimamoriError: it cannot be written.
    """
    if home.cluster is None or home.records_keys != home.keys or not home.keys.is_dir():
        return
    owner = home.keys / "records.home"
    is_first = any(home.records.glob("*.jsonl")) or not home.records_key.exists()
    if is_first and _first(owner, home_id(home)) == home_id(home):
        return
    private_folder(home.own_records_keys(home_id(home)))


def _first(path: Path, text: str) -> str:
    """Return what a file holds: the text, where nobody was there before."""
    if not path.exists():
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        write_whole(part, f"{text}\n")
        with suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
        sync_folder(path.parent)
    return path.read_text(encoding="ascii").strip()
