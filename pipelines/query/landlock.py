"""Landlock: a Linux process gives up, for good, all files but those that it names, and TCP.

It binds whatever runs in the process, DuckDB's extensions and Python's modules alike. The system
calls have no function in the C library, so they are called by number, which is the same on every
architecture (https://docs.kernel.org/userspace-api/landlock.html).
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REGULAR = (
    1 << 1,
    1 << 2,
    1 << 3,
    1 << 5,
    1 << 8,
)
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_OF_FILES = 1 << 0 | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
# Rights that the first version knows, and those that later versions added.
_FIRST = (1 << 13) - 1
_ADDED = {2: 1 << 13, 3: _TRUNCATE, 5: _IOCTL_DEVICE}
_TCP_SINCE, _TCP = 4, 0b11
_NET_PORT, _CONNECT = 2, 0b10

READ = _READ_FILE | _READ_DIR
WRITE = READ | _WRITE_FILE | _TRUNCATE | _REMOVE_FILE | _MAKE_REGULAR
DEVICE = READ | _WRITE_FILE | _IOCTL_DEVICE


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64), ("handled_access_net", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    _fields_ = (("allowed_access", ctypes.c_uint64), ("port", ctypes.c_uint64))


def version() -> int:
    """Return the version of Landlock that the kernel has; 0 where it has none."""
    try:
        found = ctypes.CDLL(None).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    except (OSError, AttributeError):
        return 0
    return max(int(found), 0)


def restrict(rules: Iterable[tuple[Path, int]], ports: Iterable[int] = ()) -> bool:
    """Leave this thread, and what it starts, the rights of `rules` alone; return whether it worked.

    A rule is a file or folder with its rights (`READ`, `WRITE`, `DEVICE`); one that is not there is
    left out. TCP is shut where the kernel can (since version 4), but to `ports`. No program can be
    started.
    """
    known = version()
    if not known:
        return False
    handled = _FIRST
    for since, right in _ADDED.items():
        handled |= right if known >= since else 0
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = _RulesetAttributes(handled, _TCP if known >= _TCP_SINCE else 0)
    size = ctypes.sizeof(attributes) if known >= _TCP_SINCE else ctypes.sizeof(ctypes.c_uint64)
    ruleset = libc.syscall(
        _CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return False
    try:
        for path, rights in rules:
            _allow(libc, ruleset, path, rights & handled)
        for port in ports if known >= _TCP_SINCE else ():
            rule = _NetPort(_CONNECT, port)
            libc.syscall(_ADD_RULE, ruleset, _NET_PORT, ctypes.byref(rule), ctypes.c_uint32(0))
        return bool(
            libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            and libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) == 0
        )
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _OF_FILES
        rule = _PathBeneath(rights, handle)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(handle)
