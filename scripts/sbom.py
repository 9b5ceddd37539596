"""`make sbom`: a CycloneDX bill of materials of requirements.lock, with hashes and licences.

Names, versions and hashes are those of the lock; licences those that the installed packages
declare. The same lock and the same environment give the same file to the byte.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pipelines.errors import MimamoriError
from pipelines.paths import PROJECT_ROOT

_SEPARATORS = re.compile(r"[-_.]+")
_QUIET = {"PYTHONWARNINGS": "ignore::UserWarning", "PYTHONUTF8": "1"}


def bill_of(lock: Path, project: Path) -> str:
    """Return the bill of materials of a lock as JSON.

    Raises:
        MimamoriError: the tool failed, or what it made is no valid bill.
    """
    bill = _made("requirements", str(lock), "--pyproject", str(project))
    installed = _made("environment", sys.executable)
    licences = {
        (_name(one["name"]), one["version"]): one["licenses"]
        for one in installed["components"]
        if one.get("licenses")
    }
    for one in bill["components"]:
        del one["description"]  # the lines of the lock
        declared = licences.get((_name(one["name"]), one["version"]))
        if declared:
            one["licenses"] = declared
    text = json.dumps(bill, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise MimamoriError(f"cyclonedx-py: {fault}")
    return text


def _made(*how: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bill.json"
        done = subprocess.run(
            [sys.executable, "-m", "cyclonedx_py", *how, "--output-reproducible", "-o", str(out)],
            capture_output=True,
            text=True,
            check=False,
            env=_QUIET,
        )
        if done.returncode:
            raise MimamoriError(f"cyclonedx-py {how[0]}: {done.stderr.strip()[-1000:]}")
        bill: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return bill


def _name(package: str) -> str:
    return _SEPARATORS.sub("-", package).lower()


def main() -> int:
    """Write the bill and return the exit code."""
    out = PROJECT_ROOT / "build" / "sbom.cdx.json"
    try:
        text = bill_of(PROJECT_ROOT / "requirements.lock", PROJECT_ROOT / "pyproject.toml")
    except MimamoriError as error:
        print(f"make sbom: {error}", file=sys.stderr)
        return error.exit_code
    out.parent.mkdir(exist_ok=True)
    out.write_text(text, encoding="utf-8")
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
