"""Digests of files in the records: a report that was changed or removed later shows."""

import datetime as dt
import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from pipelines.records.chain import Records
from pipelines.records.entry import Act, Entry, Series

FILES = "files written"
KEY_PURPOSE = "digests of files"
_CHANGING = "files to be written anew"
_REMOVED = "files to be removed"
_KEYED = "hmac-sha256:"


def note_files(
    records: Records, root: Path, paths: Sequence[Path], at: dt.datetime, why: str | None = None
) -> None:
    """Put the keyed digests of files and folders on record, with the reason of a new version.

    A plain digest of a page from before an erasure would tell who tries names in the page of
    today, without any key, which of them was erased.

    `root` is the working folder; what lies outside it is not noted. `at` is an aware instant.
    """
    below = [path for path in paths if path.is_relative_to(root)]
    if below:
        key = records.derived_key(KEY_PURPOSE)
        files = {str(path.relative_to(root)): keyed(digest_of(path), key) for path in below}
        about: dict[str, object] = {"files": files}
        records.append(
            Series.EVIDENCE, Act(FILES, about if why is None else about | {"why": why}), at
        )


def note_removal(
    records: Records, root: Path, paths: Iterable[Path], at: dt.datetime, why: str
) -> None:
    """Put on record that files or folders below `root` go for a good reason, before they do."""
    names = [str(path.relative_to(root)) for path in paths]
    if names:
        records.append(Series.EVIDENCE, Act(_REMOVED, {"files": names, "why": why}), at)


def note_change(records: Records, changed: Collection[str], at: dt.datetime, why: str) -> None:
    """Put on record which files are about to be written anew, or to go, for a good reason.

    `changed` holds paths below the working folder. Where that is broken off, `note_again` with the
    same reason knows what it was about.
    """
    if changed:
        about = {"files": sorted(changed), "why": why}
        records.append(Series.EVIDENCE, Act(_CHANGING, about), at)


def note_again(records: Records, root: Path, at: dt.datetime, whys: Collection[str]) -> None:
    """Put the new digests of noted files on record that `note_change` told of, for these reasons.

    A folder is noted anew where one of its files changed; of what is gone it is noted that it went.
    """
    noted: set[str] = set()
    changed: set[str] = set()
    for one in records.entries(Series.EVIDENCE):
        noted |= _files_of(one).keys()
        if one.what == _CHANGING and one.about["why"] in whys:
            changed |= {*one.about["files"]}
    folders = {str(folder) for name in changed for folder in Path(name).parents}
    again = [root / name for name in sorted(noted & (folders | changed))]
    why = ", ".join(sorted(whys))
    note_files(records, root, [path for path in again if path.exists()], at, why)
    note_removal(records, root, [path for path in again if not path.exists()], at, why)


def noted_digests(entries: Iterable[Entry]) -> dict[str, tuple[str, int]]:
    """Return the last digest of each noted file, with the number of its record."""
    return {name: (digest, one.seq) for one in entries for name, digest in _files_of(one).items()}


def removed_files(entries: Iterable[Entry]) -> dict[str, int]:
    """Return what went for a good reason, files and folders, with the number of its last record."""
    return {name: one.seq for one in entries if one.what == _REMOVED for name in one.about["files"]}


def _files_of(entry: Entry) -> Mapping[str, str]:
    about = entry.about if entry.what == FILES and isinstance(entry.about, dict) else {}
    files: Mapping[str, str] = about.get("files", {})
    return files


def changed_files(root: Path, noted: Mapping[str, str], keys: Collection[bytes]) -> list[str]:
    """Return those of `noted` (digest by path below `root`) that are there and have another.

    `keys` are all that digests may have been made with; earlier releases made them without.
    """
    return [
        name
        for name, digest in noted.items()
        if (root / name).exists() and not is_digest(digest, digest_of(root / name), keys)
    ]


def is_digest(noted: str, plain: str, keys: Collection[bytes]) -> bool:
    """Whether `noted` stands for a plain digest: keyed with one of `keys`, or as it is."""
    return noted in {plain, *(keyed(plain, key) for key in keys)}


def keyed(digest: str, key: bytes) -> str:
    """Return the keyed digest, as records have it, of a plain one."""
    return _KEYED + hmac.digest(key, digest.encode(), "sha256").hex()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder: of its files' names and digests, in order."""
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = (f"{digest_of(file)}  {file.relative_to(path)}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
