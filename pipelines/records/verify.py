"""Proves that the records are as they were written: none edited, removed, reordered or cut off."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines.records.chain import Head, Records
from pipelines.records.entry import (
    BROKEN_OFF,
    HEAD_MISSING,
    NO_HASH,
    Entry,
    Series,
    is_genuine,
    read,
)
from pipelines.records.evidence import KEY_PURPOSE, changed_files, noted_digests, removed_files
from pipelines.records.keys import ChainKeys
from pipelines.text.messages import Message, message

_MONTH = len("YYYY-MM")


@dataclass(frozen=True)
class Fault:
    """The first record that is not as it was written: its file, its number, and what is wrong."""

    file: str
    seq: int
    why: Message


@dataclass(frozen=True)
class Proof:
    """How many records there are, the hash of the last one, and the first that is wrong."""

    entries: int
    head: str
    first_bad: Fault | None

    @property
    def ok(self) -> bool:
        """Whether every record is as it was written."""
        return self.first_bad is None


@dataclass(frozen=True)
class _Link:
    file: str
    entry: Entry


def verify(
    records: Records,
    delivered: Mapping[str, str] | None = None,
    pages: Mapping[str, dt.datetime | None] | None = None,
) -> Proof:
    """Return the proof of all records as they are at this instant.

    `delivered` holds heads that were noted elsewhere, each with the place: a chain that was cut or
    written anew does not hold them. `pages` holds the reports below the working folder, with the
    aware instant that each was made at: the records name those that are no older than themselves.

    Faults of the chain come first, then heads that are not among the records, then files.

    Raises:
        MimamoriError: there are records, and their key is missing.
    """
    with records.locked():
        keys, head = records.keys(), records.kept_head()
        sizes = {
            (series, path): path.stat().st_size
            for series in Series
            for path in records.files(series)
        }
    links: list[_Link] = []
    faults: list[Fault] = []
    for (series, path), size in sizes.items():
        lines = _lines(path, size)
        links += _read_file(keys, series, path.name, lines, faults)
    links.sort(key=lambda link: link.entry.seq)
    faults += _broken_links(links)
    hashes = {link.entry.hash: link.entry.seq for link in links}
    faults += _cut_off(links, hashes, head, keys)
    noted = list(_missing_heads(links, hashes, delivered or {}))
    changed = _changed_files(links, records.folder.parent, keys.derived(KEY_PURPOSE))
    files = [*changed, *_unnamed(links, pages or {})]
    last = links[-1].entry.hash if links else NO_HASH
    # What differs from records that are wrong differs because of them.
    first = next((some for some in (faults, noted, files) if some), [])
    return Proof(len(links), last, min(first, key=lambda fault: fault.seq, default=None))


def _lines(path: Path, size: int) -> list[bytes]:
    """The whole lines of a file; what a crash broke off at its end was never a record."""
    with path.open("rb") as file:
        return file.read(size).split(b"\n")[:-1]


def _read_file(
    keys: ChainKeys, series: Series, name: str, lines: Iterable[bytes], faults: list[Fault]
) -> Iterator[_Link]:
    """Yield the genuine records of a file; add what else stands in it to `faults`."""
    last = 0
    fragment: bytes | None = None
    for line in lines:
        entry = read(line)
        if entry is not None and not is_genuine(keys.of(entry.seq), series, line):
            entry = None
        if entry is None:
            if fragment is not None:
                faults.append(_edited(name, last + 1))
            fragment = line
            continue
        if (entry.what == BROKEN_OFF) != (fragment is not None) or not _tells(entry, fragment):
            faults.append(_edited(name, last + 1 if fragment is not None else entry.seq))
        fragment = None
        if entry.what == HEAD_MISSING:
            faults.append(Fault(name, entry.seq, message("records.verify.head_was_missing")))
        if entry.what != BROKEN_OFF and not _is_of_month(entry, name, is_first=not last):
            faults.append(Fault(name, entry.seq, message("records.verify.other_month")))
        if entry.seq <= last:
            faults.append(Fault(name, entry.seq, message("records.verify.reordered")))
        last = max(last, entry.seq)
        yield _Link(name, entry)
    if fragment is not None:
        faults.append(_edited(name, last + 1))


def _tells(entry: Entry, fragment: bytes | None) -> bool:
    """Whether a record that follows a broken line tells of exactly that line."""
    if fragment is None:
        return True
    told = entry.about if isinstance(entry.about, dict) else {}
    return told.get("sha256") == hashlib.sha256(fragment).hexdigest()


def _is_of_month(entry: Entry, name: str, *, is_first: bool) -> bool:
    """Whether a record may stand in a file of this name: that of its month.

    After a clock was set back a later file goes on; the record that begins a file is of its month.
    """
    month, of_file = entry.at[:_MONTH], name.removesuffix(".jsonl")[-_MONTH:]
    return month == of_file if is_first else month <= of_file


def _edited(name: str, seq: int) -> Fault:
    return Fault(name, seq, message("records.verify.edited"))


def _broken_links(links: list[_Link]) -> Iterator[Fault]:
    before = Head()
    for link in links:
        entry = link.entry
        if entry.seq == before.seq:
            yield Fault(link.file, entry.seq, message("records.verify.twice"))
        elif entry.seq > before.seq + 1:
            why = message("records.verify.removed", which=_span(before.seq + 1, entry.seq - 1))
            yield Fault(link.file, before.seq + 1, why)
        elif entry.prev != before.hash:
            yield Fault(link.file, entry.seq, message("records.verify.other_before"))
        before = Head(entry.seq, entry.hash)


def _changed_files(links: list[_Link], root: Path, keys: list[bytes]) -> Iterator[Fault]:
    """Files that are not as the last record of them says, or gone without a record of that."""
    last = noted_digests(link.entry for link in links)
    removed = removed_files(link.entry for link in links)
    for name in changed_files(root, {name: of for name, (of, _) in last.items()}, keys):
        yield Fault(name, last[name][1], message("records.verify.file_changed"))
    for name, (_, seq) in last.items():
        places = [name, *map(str, Path(name).parents)]
        if not (root / name).exists() and max(removed.get(one, 0) for one in places) < seq:
            yield Fault(name, seq, message("records.verify.file_gone"))


def _unnamed(links: list[_Link], pages: Mapping[str, dt.datetime | None]) -> Iterator[Fault]:
    """Reports that no record names; the first record is of the release that began to name them."""
    named = noted_digests(link.entry for link in links)
    first = dt.datetime.fromisoformat(links[0].entry.at) if links else None
    for page, made_at in pages.items():
        if page not in named and (first is None or made_at is None or made_at >= first):
            yield Fault(page, len(links) + 1, message("records.verify.unnamed"))


def _cut_off(
    links: list[_Link], hashes: Mapping[str, int], head: Head | None, keys: ChainKeys
) -> Iterator[Fault]:
    """What the folder of keys knows of the end of the chain: its head, and changes of its key."""
    seq, file = _end(links)
    changed_at = max((last for last, _ in keys.former), default=0)
    if head is None:
        yield Fault("keys/records.head", seq + 1, message("records.verify.head_missing"))
    elif head.seq > seq:
        yield Fault(file, seq + 1, message("records.verify.cut", which=_span(seq + 1, head.seq)))
    elif head.seq and head.hash not in hashes:
        yield Fault(file, head.seq, message("records.verify.head_not_there"))
    elif changed_at > seq:
        why = message("records.verify.key_was_changed", seq=changed_at)
        yield Fault(file, seq + 1, why)


def _missing_heads(
    links: list[_Link], hashes: Mapping[str, int], delivered: Mapping[str, str]
) -> Iterator[Fault]:
    seq, file = _end(links)
    for place, noted in delivered.items():
        if noted not in hashes and noted != NO_HASH:
            yield Fault(file, seq + 1, message("records.verify.delivered_not_there", place=place))


def _end(links: list[_Link]) -> tuple[int, str]:
    """The number of the last record, and its file."""
    return (links[-1].entry.seq, links[-1].file) if links else (0, "records")


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
