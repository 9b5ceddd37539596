"""Verifies an evidence bundle with Python's standard library alone: `python3 verify.py FILE.zip`.

A copy of this file is in every bundle; take it from elsewhere if you do not trust the bundle. It
prints JSON and ends with 0 when every file is as the manifest says, with 1 when not. Compare
`manifest_sha256` with the value that was noted when the bundle was made, and that is on record
where it was made: without that, whoever changed a file may have changed the manifest too.
"""

import hashlib
import json
import sys
import zipfile
from typing import Any

MANIFEST = "manifest.json"
_BLOCK_BYTES = 1 << 20
_MANIFEST_BYTES = 64 << 20


def verify(path: str) -> dict[str, Any]:
    """Return `ok`, `manifest_sha256`, the number of `files` and, by file, the `faults`."""
    try:
        with zipfile.ZipFile(path) as bundle:
            return _compared(bundle)
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        return _result(None, 0, {path: f"cannot be read: {error}"})


def _compared(bundle: zipfile.ZipFile) -> dict[str, Any]:
    names = [one.filename for one in bundle.infolist()]
    faults = {name: "is there twice" for name in names if names.count(name) > 1}
    try:
        with bundle.open(MANIFEST) as file:
            content = file.read(_MANIFEST_BYTES)
        entries = {one["path"]: one for one in json.loads(content)["files"]}
        expected = {path: (int(one["bytes"]), str(one["sha256"])) for path, one in entries.items()}
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile):
        return _result(None, 0, {MANIFEST: "is missing or damaged"})
    for path, (size, sha256) in expected.items():
        fault = "is missing" if path not in names else _fault(bundle, path, size, sha256)
        if fault:
            faults[path] = fault
    for name in names:
        if name not in expected and name != MANIFEST:
            faults[name] = "is not in the manifest"
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
