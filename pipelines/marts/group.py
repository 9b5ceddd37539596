"""The files of a mart for the group of its role, and for nobody else."""

import grp
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.query.mart_use import FOLDER
from pipelines.settings.model import Settings
from pipelines.text.messages import message

_PASS = stat.S_IXGRP | stat.S_IXOTH
_READ = stat.S_IRGRP | stat.S_IXGRP
_WRITE = stat.S_IWGRP | stat.S_IXGRP


def open_to_group(home: Home, role: str, group: str | None) -> None:
    """Let the members of a group read the mart of a role, and nobody else; None for no group.

    Below it, folders have mode 0750 and files 0640; everybody may pass through the working folder
    and `marts/`, and list neither. In the folder `.use` members may write and not list.

    Raises:
        MimamoriError: the system has no such group, or the account that runs this is no member.
    """
    mart = home.marts / role
    try:
        owner = -1 if group is None else _number(role, group)
        if group is not None:
            for folder in (home.root, home.marts):
                folder.chmod(stat.S_IMODE(folder.stat().st_mode) | _PASS)
            (mart / FOLDER).mkdir(mode=0o700, exist_ok=True)
        for path, mode in _modes(mart, is_open=group is not None):
            about = path.lstat()
            if owner not in {-1, about.st_gid}:
                os.chown(path, -1, owner, follow_symlinks=False)
            path.chmod(mode)
    except OSError as error:
        raise MimamoriError(
            message("marts.group.cannot_be_given", at=mart, group=group, reason=error.strerror)
        ) from None


def groups_of(settings: Settings) -> tuple[dict[str, int], list[str]]:
    """Return the numbers of the groups that settings name, by role, and what is wrong with others.

    The system may not have a group, and does not list all that it has.
    """
    numbers: dict[str, int] = {}
    unknown: list[str] = []
    for role, own in settings.access.items():
        if own.group is not None:
            try:
                numbers[role] = _number(role, own.group)
            except MimamoriError as error:
                unknown.append(str(error))
    return numbers, unknown


def is_open_to_group_alone(home: Home, path: Path, groups: Mapping[str, int]) -> bool:
    """Return whether no more can be done with a path of the marts than `open_to_group` lets."""
    if not groups or not path.is_relative_to(home.marts):
        return False
    about = path.lstat()
    granted = about.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    if path == home.marts:
        return not granted & ~_PASS
    group = groups.get(path.relative_to(home.marts).parts[0])
    most = _WRITE if path.name == FOLDER else _READ
    return about.st_gid == group and not granted & ~most


def _number(role: str, group: str) -> int:
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise MimamoriError(
            message("marts.group.unknown", at=f"access.{role}.group", group=group)
        ) from None


def _modes(mart: Path, *, is_open: bool) -> Iterator[tuple[Path, int]]:
    for folder, _, files in os.walk(mart):
        if Path(folder).name == FOLDER:
            yield Path(folder), 0o3730 if is_open else 0o700
            continue
        yield Path(folder), 0o750 if is_open else 0o700
        yield from ((Path(folder) / name, 0o640 if is_open else 0o600) for name in files)
