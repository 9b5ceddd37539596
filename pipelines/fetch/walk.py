"""Walking through the folders of a source, only where patterns lead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from pipelines.fetch.source import RemoteFile, SourceError
from pipelines.fetch.source_time import begun
from pipelines.fetch.wanted import Claim, Refused, Wanted
from pipelines.ingest.discover import shown
from pipelines.text.messages import message

_LISTED_AT_ONCE = 8


@dataclass(frozen=True)
class Name:
    """A name in a folder of a source; its kind is `file`, `folder` or `other` (a link, a pipe)."""

    name: str
    kind: str
    size: int | None = None
    modified_ns: int | None = None


def walked(
    wanted: Wanted, names_in: Callable[[str], Iterable[Name]]
) -> Iterator[RemoteFile | Refused]:
    """Yield the wanted files; `names_in` lists a folder, the source's root for an empty path.

    Several folders are listed at once, as each takes its time to be asked for. A folder below the
    root that cannot be listed is refused, with the reason.

    Raises:
        SourceError: the root cannot be listed, or the source is gone.
    """

    def names_or_reason(folder: str) -> list[Name] | SourceError:
        try:
            return sorted(names_in(folder), key=lambda one: one.name)
        except SourceError as error:
            return error

    folders = deque([""])
    while folders:
        at_once = [folders.popleft() for _ in range(min(_LISTED_AT_ONCE, len(folders)))]
        lists = [begun(partial(names_or_reason, folder)) for folder in at_once]
        for folder, names in zip(at_once, [one.result() for one in lists], strict=True):
            if isinstance(names, SourceError):
                if not folder or names.is_gone or names.may_pass:
                    raise names
                yield Refused(shown(folder), names.reason)
                continue
            for one in names:
                path = f"{folder}/{one.name}" if folder else one.name
                is_folder = one.kind == "folder" and _is_plain(one.name)
                if is_folder and wanted.leads_to(path):
                    folders.append(path)
                elif (found := _found(wanted, one, path)) is not None:
                    yield found


def _is_plain(name: str) -> bool:
    return "/" not in name and name not in {"", ".", ".."}


def _found(wanted: Wanted, one: Name, path: str) -> RemoteFile | Refused | None:
    """The file behind a name, or why it is refused; None where it is not wanted."""
    if not _is_plain(one.name):
        return Refused(shown(path), message("fetch.wanted.leads_elsewhere"))
    if one.kind == "folder":
        return wanted.refused_folder(path)
    claim = wanted.claim(path)
    if one.kind == "other":
        is_wanted = claim or wanted.leads_to(path) or wanted.refused_folder(path)
        return Refused(shown(path), message("fetch.walk.link_or_no_file")) if is_wanted else None
    if isinstance(claim, Claim):
        return RemoteFile(path, claim, one.size, one.modified_ns)
    return claim
