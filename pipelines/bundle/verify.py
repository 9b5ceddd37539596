"""Verifies an evidence bundle with Python's standard library alone: `python3 verify.py FILE.zip`.

A copy of this file is in every bundle; take it from elsewhere if you do not trust the bundle. It
prints JSON and ends with 0 when every file is as the manifest says, with 1 when not. Compare
`manifest_sha256` with the value that was noted when the bundle was made, and that is on record
where it was made: without that, whoever changed a file may have changed the manifest too.
"""

import hashlib
import json
import stat
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
_BLOCK_BYTES = 1 << 20
_MANIFEST_BYTES = 64 << 20
_LOCAL = struct.Struct("<4s5H3L2H")  # of PKWARE's APPNOTE, 4.3.7
_LOCAL_SIGNATURE = b"PK\x03\x04"
_SIZES = struct.Struct("<HH")  # of an extra field: its id and length
_ZIP64 = 1
_ENCRYPTED, _SIZES_BEHIND = 0x1, 0x8


def verify(path: str) -> dict[str, Any]:
    """Return `ok`, `manifest_sha256`, the number of `files` and, by file, the `faults`."""
    try:
        with Path(path).open("rb") as raw, zipfile.ZipFile(raw) as bundle:
            faults = _layout_faults(raw, bundle)
            return _compared(bundle, faults)
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes the library raise
        return _result(None, 0, {path: f"cannot be read: {error}"})


def _layout_faults(raw: Any, bundle: zipfile.ZipFile) -> dict[str, str]:
    """Find what one program would show and another not: every byte must belong to an entry."""
    faults: dict[str, str] = {}
    names: set[str] = set()
    position = 0
    for entry in sorted(bundle.infolist(), key=lambda one: one.header_offset):
        name = entry.filename
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if name in names:
            faults[name] = "is there twice"
        elif kind not in (0, stat.S_IFREG) or name.endswith("/"):
            faults[name] = "is no plain file"
        elif entry.flag_bits & (_ENCRYPTED | _SIZES_BEHIND) or entry.comment:
            faults[name] = "is written as this program does not write"
        names.add(name)
        raw.seek(entry.header_offset)
        signature, *_, name_size, extra_size = _LOCAL.unpack(raw.read(_LOCAL.size))
        local_name, local_extra = raw.read(name_size), raw.read(extra_size)
        own_name = name.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")
        if signature != _LOCAL_SIGNATURE or local_name != own_name:
            faults[name] = "has another name in its header"
        elif not _is_plain(local_extra) or not _is_plain(entry.extra):
            faults[name] = "has a further name or other extras"
        elif entry.header_offset != position:
            faults[name] = "has something hidden before it"
        position = entry.header_offset + _LOCAL.size + name_size + extra_size + entry.compress_size
    if bundle.start_dir != position or bundle.comment:
        faults["(end)"] = "something is hidden in the file"
    return faults


def _is_plain(extra: bytes) -> bool:
    """Whether extra fields hold no more than the sizes of large files."""
    while extra:
        field, size = _SIZES.unpack_from(extra)
        if field != _ZIP64:
            return False
        extra = extra[_SIZES.size + size :]
    return True


def _compared(bundle: zipfile.ZipFile, faults: dict[str, str]) -> dict[str, Any]:
    names = {one.filename for one in bundle.infolist()}
    try:
        with bundle.open(MANIFEST) as file:
            content = file.read(_MANIFEST_BYTES)
        entries = {one["path"]: one for one in json.loads(content)["files"]}
        expected = {path: (int(one["bytes"]), str(one["sha256"])) for path, one in entries.items()}
    except Exception:  # noqa: BLE001 - as above
        return _result(None, 0, faults | {MANIFEST: "is missing or damaged"})
    for path, (size, sha256) in expected.items():
        fault = "is missing" if path not in names else _fault(bundle, path, size, sha256)
        if fault:
            faults[path] = fault
    for name in names - expected.keys() - {MANIFEST}:
        faults[name] = "is not in the manifest"
    if not expected:
        faults[MANIFEST] = "names no file"
    return _result(hashlib.sha256(content).hexdigest(), len(expected), faults)


def _fault(bundle: zipfile.ZipFile, path: str, size: int, sha256: str) -> str | None:
    hasher, read = hashlib.sha256(), 0
    try:
        with bundle.open(path) as file:
            while read <= size and (data := file.read(_BLOCK_BYTES)):
                hasher.update(data)
                read += len(data)
    except Exception as error:  # noqa: BLE001 - each decompressor has errors of its own
        return f"cannot be read: {error}"
    if read != size or hasher.hexdigest() != sha256:
        return "has changed"
    return None


def _result(manifest: str | None, files: int, faults: dict[str, str]) -> dict[str, Any]:
    return {"ok": not faults, "manifest_sha256": manifest, "files": files, "faults": faults}


if __name__ == "__main__":
    found = verify(sys.argv[1])
    print(json.dumps(found, ensure_ascii=True, indent=2))  # noqa: T201
    sys.exit(0 if found["ok"] else 1)
