"""What a part of a day's detection hands to whoever weighs all parts together: a file, encrypted.

It names persons, so that it goes through no other program. Its key is derived from that of the
lake's keyed hashes, and its name is part of what is sealed.
"""

import datetime as dt
import json
import secrets
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pipelines.detect.explain import Explained
from pipelines.detect.run import DayDetection, DetectorRun, Measured
from pipelines.findings import COLUMNS, Finding, Severity, Weighed
from pipelines.night.detection import Examined
from pipelines.paths import Home
from pipelines.privacy.pseudonym import Pseudonyms
from pipelines.private_files import private_folder, write_whole

_NONCE_BYTES = 12
_PURPOSE = "examined"
_ACCESSES = pl.Schema(
    {
        **dict.fromkeys(("site_id", "user_id", "reason", "source"), pl.String()),
        **dict.fromkeys(("accesses", "subjects"), pl.Int64()),
    }
)


def hand_over(home: Home, name: str, examined: Examined) -> Path:
    """Write what was examined under a name; return the file."""
    private_folder(home.examined)
    path = home.examined / name
    nonce = secrets.token_bytes(_NONCE_BYTES)
    write_whole(path, nonce + _seal(home).encrypt(nonce, _written(examined), name.encode()))
    return path


def taken_over(home: Home, name: str) -> Examined | None:
    """Return what was handed over under a name; None where nothing is there, or not whole."""
    try:
        content = (home.examined / name).read_bytes()
        nonce, sealed = content[:_NONCE_BYTES], content[_NONCE_BYTES:]
        return _read(_seal(home).decrypt(nonce, sealed, name.encode()))
    except (FileNotFoundError, InvalidTag, ValueError):
        return None


def forget(home: Home) -> None:
    """Remove all that was handed over."""
    shutil.rmtree(home.examined, ignore_errors=True)


def _seal(home: Home) -> AESGCM:
    return AESGCM(Pseudonyms.made(home).newest.derived(_PURPOSE))


def _written(examined: Examined) -> bytes:
    rules, explained = examined.rules, examined.explained
    values = {
        "measured": [
            {
                **{name: value for name, value in vars(one).items() if name not in _FINDINGS},
                **{name: [(p, _told(x)) for p, x in getattr(one, name)] for name in _FINDINGS},
            }
            for one in examined.measured
        ],
        "rules": {
            "findings": [_told(one) for one in rules.findings],
            "shadow": [_told(one) for one in rules.shadow],
            "runs": [asdict(one) for one in rules.runs],
        },
        "accesses": explained.accesses.to_dicts(),
        "sources": list(examined.sources),
        "pseudonyms": sorted(examined.pseudonyms),
    }
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _read(content: bytes) -> Examined:
    values = json.loads(content.decode("utf-8", "surrogatepass"))
    rules = values["rules"]
    return Examined(
        tuple(
            Measured(
                **{
                    **one,
                    **{name: tuple((p, _finding(x)) for p, x in one[name]) for name in _FINDINGS},
                }
            )
            for one in values["measured"]
        ),
        DayDetection(
            tuple(map(_finding, rules["findings"])),
            tuple(DetectorRun(**one) for one in rules["runs"]),
            tuple(map(_finding, rules["shadow"])),
        ),
        Explained(pl.DataFrame(values["accesses"], schema=_ACCESSES)),
        frozenset(values["pseudonyms"]),
        tuple(values["sources"]),
    )


_FINDINGS = ("told", "shadow")
_INSTANTS = ("first_seen", "last_seen")


def _told(finding: Finding) -> dict[str, Any]:
    values = {name: getattr(finding, name) for name in COLUMNS}
    return {
        **values,
        "lowered": [one.as_json() for one in finding.lowered],
        "date": finding.date.isoformat(),
        **{name: values[name].isoformat() for name in _INSTANTS},
    }


def _finding(values: dict[str, Any]) -> Finding:
    return Finding(
        **{
            **{name: value for name, value in values.items() if name != "severity_found"},
            "lowered": tuple(map(Weighed.of, values["lowered"])),
            "date": dt.date.fromisoformat(values["date"]),
            **{name: dt.datetime.fromisoformat(values[name]) for name in _INSTANTS},
            "severity": Severity(values["severity"]),
            "measures": tuple(values["measures"]),
        }
    )
