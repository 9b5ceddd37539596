"""Digests of files in the records: a report that was changed later shows."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.records.chain import Records
from pipelines.records.entry import Act, Series

FILES = "files written"


def note_files(
    records: Records, root: Path, paths: Sequence[Path], at: dt.datetime, why: str | None = None
) -> None:
    """Put the digests of files and folders on record, with the reason of a new version.

    `root` is the working folder; what lies outside it is not noted. `at` is an aware instant.
    """
    files = {
        str(path.relative_to(root)): digest_of(path) for path in paths if path.is_relative_to(root)
    }
    if files:
        about: dict[str, object] = {"files": files}
        records.append(
            Series.EVIDENCE, Act(FILES, about if why is None else about | {"why": why}), at
        )


def changed_files(root: Path, noted: Mapping[str, str]) -> list[str]:
    """Return those of `noted` (digest by path below `root`) that are there and have another."""
    return [
        name
        for name, digest in noted.items()
        if (root / name).exists() and digest_of(root / name) != digest
    ]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder: of its files' names and digests, in order."""
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = (f"{digest_of(file)}  {file.relative_to(path)}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
