"""Who may read what: every path below the working folder, and in the folder of the keys."""

import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.marts.group import groups_of, is_open_to_group_alone
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.settings.names import SECURITY
from pipelines.text.messages import message

_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Those who deliver may pass through the working folder to the landing folder.
_LIST_OR_CHANGE = stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH


def check_permissions(home: Home, settings: Settings | None = None) -> list[Outcome]:
    """Return whether this user may write to the working folder, and nobody else reads in it.

    A mart may be open to the group that settings name for its role. The landing folder is written
    by those who deliver, often as members of a group: there it is only about all others.
    """
    root = next(folder for folder in (home.root, *home.root.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        return [
            wrong(
                "permissions",
                message("doctor.permissions.cannot_be_written", at=root, reason=error.strerror),
                message("doctor.permissions.grant_writing"),
            )
        ]
    groups = groups_of(settings)[0] if settings else {}
    return [_of_ours(home, root, groups), *_of_landing(home)]


def check_roles(settings: Settings) -> Outcome:
    """Return which roles settings give; without any, whoever runs the program reads everything."""
    if not settings.access:
        return well("roles", message("doctor.permissions.no_roles"))
    if SECURITY not in settings.access:
        return warning(
            "roles",
            message("doctor.permissions.nobody_reads_all"),
            message("doctor.permissions.give_security"),
        )
    _, unknown = groups_of(settings)
    if unknown:
        return wrong("roles", "; ".join(unknown), message("doctor.permissions.make_group"))
    return well("roles", message("doctor.permissions.roles", roles=named(list(settings.access))))


def _of_ours(home: Home, root: Path, groups: Mapping[str, int]) -> Outcome:
    tops = [path for path in (*_entries(home.root), home.keys) if path != home.logs]
    found = {
        top: [
            path
            for path in _open_to(_GROUP_AND_OTHERS, top)
            if not is_open_to_group_alone(home, Path(path), groups)
        ]
        for top in dict.fromkeys(tops)
    }
    opened = {top: paths for top, paths in found.items() if paths}
    names = sorted(path for paths in opened.values() for path in paths)
    remedies = [f"chmod -R go-rwx {' '.join(str(top) for top in opened)}"] if opened else []
    if root == home.root and root.stat().st_mode & _LIST_OR_CHANGE:
        names.insert(0, str(root))
        remedies.append(f"chmod go-rw {root}")
    if names:
        return wrong(
            "permissions",
            message("doctor.permissions.open_to_others", count=len(names), names=named(names)),
            " && ".join(remedies),
        )
    foreign = [str(top) for top in tops if top.exists() and top.stat().st_uid != os.geteuid()]
    if foreign:
        return warning(
            "permissions",
            message("doctor.permissions.another_owner", names=named(foreign)),
            message("doctor.permissions.work_as_owner"),
        )
    return well("permissions", message("doctor.permissions.owner_alone", at=root))


def _of_landing(home: Home) -> Iterator[Outcome]:
    names = sorted(_open_to(stat.S_IRWXO, home.logs))
    if names:
        yield warning(
            "landing-permissions",
            message("doctor.permissions.logs_open_to_all", count=len(names), names=named(names)),
            f"chmod -R o-rwx {home.logs}",
        )


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _open_to(whom: int, top: Path) -> Iterator[str]:
    """Yield `top` and every path below it on which the mode grants `whom` anything.

    Links are not followed, and have no mode of their own.
    """
    for path in _paths(top):
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            continue  # a run that is at work has taken it away
        if mode & whom and not stat.S_ISLNK(mode):
            yield path


def _paths(top: Path) -> Iterator[str]:
    yield str(top)
    for folder, folders, files in os.walk(top):
        for name in (*folders, *files):
            yield f"{folder}/{name}"
