"""`fast_path.c` as a shared library: built once after installation, named by what it is built of.

`python -m pipelines.ingest.native` builds it, beside its source or, where that folder is read-only,
in the account's cache. Where it is missing or of another source, nothing but the speed of ingest
changes. A library that sees the shared structures in another way than this
module would write anywhere: it is asked when it is loaded (`layout`), and not used.
"""

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import stat
import subprocess
from functools import cache
from itertools import zip_longest
from pathlib import Path

from pipelines.text.messages import message

log = logging.getLogger(__name__)

SOURCE = Path(__file__).with_name("fast_path.c")
WARNINGS = ("-Wall", "-Wextra", "-Werror")
_FLAGS = ("-O3", "-std=c11", *WARNINGS, "-shared", "-fPIC")
_COMPILERS = ("cc", "gcc", "clang")
_LONGEST_BUILD = 120  # seconds


class Step(ctypes.Structure):
    """A part of a line: a literal, or a field of a kind."""

    _fields_ = (
        ("kind", ctypes.c_uint8),
        ("size", ctypes.c_uint8),
        ("text", ctypes.c_uint8 * 14),
    )


class Table(ctypes.Structure):
    """Distinct texts, numbered from 1."""

    _fields_ = (
        ("seed", ctypes.c_uint64),
        ("count", ctypes.c_int64),
        ("room", ctypes.c_int64),
        ("used", ctypes.c_int64),
        ("size", ctypes.c_int64),
        ("slots", ctypes.c_int64),
        ("ends", ctypes.c_void_p),
        ("bytes", ctypes.c_void_p),
        ("hashes", ctypes.c_void_p),
        ("places", ctypes.c_void_p),
        ("quads", ctypes.c_int64),
        ("quad_slots", ctypes.c_int64),
        ("quad_places", ctypes.c_void_p),
    )


TABLES = ("hosts", "paths", "referrers", "agents", "names", "vhosts")
# The columns of regular lines, with NumPy's types of a row; V16 is a view of a text.
COLUMNS = {
    "line": "u4", "time": "i8", "status": "u2", "bytes": "u8", "method": "u1", "protocol": "u1",
    "is_simple": "?", "host": "u4", "path_no": "u4", "referrer_no": "u4", "agent": "u4",
    "vhost": "u4", "path": "V16", "query": "V16", "referrer": "V16", "user": "V16",
}  # fmt: skip
# A bit a row: whether there is something in the column.
BITS = ("has_bytes", "has_query", "has_referrer", "has_user")
# Kinds of steps, by their numbers.
KINDS = (
    "LITERAL", "WORD", "HOST", "USER", "TIME", "REQUEST", "STATUS", "BYTES", "REFERRER", "AGENT",
    "QUOTED", "QUOTED_USER", "VHOST", "QUOTED_NOTHING",
)  # fmt: skip
# Kinds of parameters, as bits.
HARMLESS, ID, TEXT = 1, 2, 4
PARAMETER_KINDS = {"HARMLESS": HARMLESS, "ID": ID, "TEXT": TEXT}
# With which ends a virtual host may stand, as bits.
ALONE, WITH_PORT = 1, 2
ENDS = {"ALONE": ALONE, "WITH_PORT": WITH_PORT}
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
PROTOCOLS = ("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/3")


class Columns(ctypes.Structure):
    """Where the library writes what it finds."""

    _fields_ = (
        *((name, ctypes.POINTER(Table)) for name in TABLES),
        ("name_kinds", ctypes.c_void_p),
        ("kind_count", ctypes.c_int64),
        ("telling", ctypes.c_void_p),
        ("starts", ctypes.c_void_p),
        ("irregular", ctypes.c_void_p),
        *((name, ctypes.c_void_p) for name in (*COLUMNS, *BITS)),
        ("irregular_count", ctypes.c_int64),
    )


def layout() -> str:
    """Return how Python sees what it shares with `fast_path.c`, see `mimamori_layout` there."""
    lines = []
    for name, structure in (("step", Step), ("table", Table), ("columns", Columns)):
        lines.append(f"{name}.* {ctypes.sizeof(structure)} {ctypes.alignment(structure)}")
        for part, *_ in structure._fields_:
            place = getattr(structure, part)
            lines.append(f"{name}.{part} {place.offset} {place.size}")
            if name == "columns" and part in COLUMNS:
                lines.append(f"row.{part} 0 {int(COLUMNS[part][1:] or 1)}")
    for what, names in (("kind", KINDS), ("method", METHODS), ("protocol", PROTOCOLS)):
        lines += [f"{what}.{name} {number} 0" for number, name in enumerate(names)]
    for what, bits in (("parameter", PARAMETER_KINDS), ("end", ENDS)):
        lines += [f"{what}.{name} {bit} 0" for name, bit in bits.items()]
    lines.append("")
    return "\n".join(lines)


def built_path(folder: Path = SOURCE.parent) -> Path:
    """Return where the library of this source for this machine lies, built or not."""
    text = SOURCE.read_bytes() + " ".join(_FLAGS).encode()
    name = f"fast_path-{platform.machine()}-{hashlib.sha256(text).hexdigest()[:12]}.so"
    return folder / name


def _folder() -> Path:
    """Return where the library belongs: beside its source, or in the cache if that is read-only."""
    beside = SOURCE.parent
    if built_path(beside).exists() or os.access(beside, os.W_OK):
        return beside
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        cache = named if named.is_absolute() else Path.home() / ".cache"
    except RuntimeError:  # this account has no home folder
        return beside
    return cache / "mimamori"


def _distrusted(*paths: Path) -> str | None:
    """Return the reason when another account may have put a program of its own in a path."""
    for path in paths:
        found = path.lstat()
        if found.st_uid not in {0, os.geteuid()}:
            return f"{path} belongs to another account"
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return f"group or others may write to {path}, or it is a link"
    return None


def build(folder: Path | None = None) -> str | None:
    """Compile the library into `folder`; return why it could not be, None when it is there.

    Without a folder it goes beside its source, or where that is read-only into the account's cache
    (`$XDG_CACHE_HOME/mimamori`, `~/.cache/mimamori`). One that lies there and cannot be used is
    built again.
    """
    folder = folder or _folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        reason = None if folder == SOURCE.parent else _distrusted(folder)
    except OSError as error:
        reason = f"{folder} cannot be used: {error.strerror}"
    return reason or _build(built_path(folder))


def _build(path: Path) -> str | None:
    if path.exists() and not isinstance(_opened(path), str):
        return None
    compiler = os.environ.get("CC") or next(filter(shutil.which, _COMPILERS), None)
    if compiler is None:
        return "no C compiler was found (cc, gcc or clang)"
    part = path.with_suffix(f".{os.getpid()}.part")
    command = [*compiler.split(), *_FLAGS, "-o", str(part), str(SOURCE)]
    try:
        done = subprocess.run(  # noqa: S603 - the compiler that the user named
            command, capture_output=True, text=True, check=False, timeout=_LONGEST_BUILD
        )
        if done.returncode:
            return f"{compiler} failed: {done.stderr.strip()}"
        opened = _opened(part)
        if isinstance(opened, str):
            return f"what {compiler} built cannot be used: {opened}"
        part.replace(path)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{compiler} could not be run: {error}"
    finally:
        part.unlink(missing_ok=True)
    for old in path.parent.glob("*.so"):
        if old != path and old.name.startswith(
            ("fast_path-", "plain-")
        ):  # `plain` once was its name
            old.unlink(missing_ok=True)
    return None


@cache
def library(folder: Path | None = None) -> ctypes.CDLL | None:
    """Return the library; None where it was not built or cannot be used, as a warning says then.

    Without a folder it is looked for where `build` puts it.
    """
    folder = folder or _folder()
    path = built_path(folder)
    if not path.exists():
        return None
    distrusted = None if folder == SOURCE.parent else _distrusted(folder, path)
    found = distrusted or _opened(path)
    if isinstance(found, str):
        log.warning("%s", message("ingest.native.not_used", at=path.name, reason=found))
        return None
    size, pointer = ctypes.c_int64, ctypes.c_void_p
    found.mimamori_count.restype = size
    found.mimamori_count.argtypes = (pointer, size)
    found.mimamori_split.restype = size
    found.mimamori_split.argtypes = (
        pointer, size, size, ctypes.POINTER(Step), ctypes.c_int32, ctypes.POINTER(Columns)
    )  # fmt: skip
    found.mimamori_mark.restype = None
    found.mimamori_mark.argtypes = (size, *(pointer,) * 9)
    found.mimamori_forget.restype = None
    found.mimamori_forget.argtypes = (ctypes.POINTER(Table),)
    return found


def _opened(path: Path) -> ctypes.CDLL | str:
    """The library, or why it cannot be used."""
    try:
        found = ctypes.CDLL(str(path))
        tell = found.mimamori_layout
    except OSError as error:  # built for another machine
        return f"it cannot be loaded ({error})"
    except AttributeError:
        return "it is of another release"
    expected = layout()
    tell.restype, tell.argtypes = ctypes.c_int64, (ctypes.c_char_p, ctypes.c_int64)
    text = ctypes.create_string_buffer(len(expected) + 1)
    size = tell(text, len(text))
    other = text.value.decode("ascii", "replace")
    if size == len(expected) and other == expected:
        return found
    pairs = zip_longest(other.split("\n"), expected.split("\n"), fillvalue="nothing")
    theirs, ours = next((pair for pair in pairs if pair[0] != pair[1]), ("more", "nothing"))
    return f"it has another layout ({theirs!r} where {ours!r} is expected)"


def count_lines(data: bytes) -> int:
    """Return how many line feeds there are."""
    found = library()
    return int(found.mimamori_count(data, len(data))) if found else data.count(b"\n")
