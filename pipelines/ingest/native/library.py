"""`plain.c` as a shared library: built when the project is installed, named by what it is built of.

`python -m pipelines.ingest.native` builds it. Where it is missing or of another source, nothing
but the speed of ingest changes.
"""

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("plain.c")
_FLAGS = ("-O3", "-std=c11", "-shared", "-fPIC")
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


TABLES = ("hosts", "paths", "referrers", "agents", "names")
# The columns of plain lines, with NumPy's types of a row; V16 is a view of a text.
COLUMNS = {
    "line": "u4", "time": "i8", "status": "u2", "bytes": "u8", "method": "u1", "protocol": "u1",
    "is_simple": "?", "host": "u4", "path_no": "u4", "referrer_no": "u4", "agent": "u4",
    "path": "V16", "query": "V16", "referrer": "V16", "user": "V16",
}  # fmt: skip
# A bit a row: whether there is something in the column.
BITS = ("has_bytes", "has_query", "has_referrer", "has_user")
# Kinds of parameters, as bits.
HARMLESS, ID = 1, 2
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
PROTOCOLS = ("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/3")


class Columns(ctypes.Structure):
    """Where the library writes what it finds."""

    _fields_ = (
        *((name, ctypes.POINTER(Table)) for name in TABLES),
        ("name_kinds", ctypes.c_void_p),
        ("kind_count", ctypes.c_int64),
        ("starts", ctypes.c_void_p),
        ("odd", ctypes.c_void_p),
        *((name, ctypes.c_void_p) for name in (*COLUMNS, *BITS)),
        ("odd_count", ctypes.c_int64),
    )


def built_path(folder: Path = SOURCE.parent) -> Path:
    """Return where the library of this source for this machine lies, built or not."""
    text = SOURCE.read_bytes() + " ".join(_FLAGS).encode()
    name = f"plain-{platform.machine()}-{hashlib.sha256(text).hexdigest()[:12]}.so"
    return folder / name


def build(folder: Path = SOURCE.parent) -> str | None:
    """Compile the library into `folder`; return why it could not be, None when it is there."""
    path = built_path(folder)
    if path.exists():
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
        part.replace(path)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{compiler} could not be run: {error}"
    finally:
        part.unlink(missing_ok=True)
    for old in folder.glob("plain-*.so"):
        if old != path:
            old.unlink(missing_ok=True)
    return None


@cache
def library(folder: Path = SOURCE.parent) -> ctypes.CDLL | None:
    """Return the library; None where it has not been built."""
    path = built_path(folder)
    if not path.exists():
        return None
    try:
        found = ctypes.CDLL(str(path))
    except OSError:  # built for another machine
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


def count_lines(data: bytes) -> int:
    """Return how many line feeds there are."""
    found = library()
    return int(found.mimamori_count(data, len(data))) if found else data.count(b"\n")
