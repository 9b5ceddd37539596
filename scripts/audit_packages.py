"""`make audit-packages`: are there known vulnerabilities in the packages of requirements.lock?

`pip-audit` asks an advisory service about each of them. A vulnerability that is accepted for now
stands in a file with its reason and its last day. That the service cannot be reached is said, and
is no failure: it says nothing about the packages.
"""

import argparse
import datetime as dt
import json
import os
import re
import ssl
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pipelines.errors import MimamoriError, SettingsError
from pipelines.paths import PROJECT_ROOT
from pipelines.text.messages import message

_LOCK = PROJECT_ROOT / "requirements.lock"
_ACCEPTED = PROJECT_ROOT / ".ci" / "accepted-vulnerabilities.yaml"
_LONGEST = dt.timedelta(days=366)
_SEPARATORS = re.compile(r"[-_.]+")
_UNREACHABLE = re.compile(r"ConnectionError|ServiceError|Timeout|Could not connect")


class Accepted(BaseModel):
    """A vulnerability of a package that is accepted up to a day, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1)]
    package: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=10)]
    until: dt.date


@dataclass(frozen=True)
class Vulnerability:
    """One that the service told: the package as it is locked, all its ids, what mends it."""

    package: str
    version: str
    ids: tuple[str, ...]
    mended_in: tuple[str, ...]

    def __str__(self) -> str:
        """Return it in a line."""
        mended = ", ".join(self.mended_in) or "-"
        return f"{self.package} {self.version}: {', '.join(self.ids)} (-> {mended})"


@dataclass(frozen=True)
class Answer:
    """What the service told, and the packages that it does not know."""

    asked: int
    unknown: tuple[str, ...]
    found: tuple[Vulnerability, ...]


def accepted_in(path: Path, today: dt.date) -> list[Accepted]:
    """Return what a file accepts.

    Raises:
        SettingsError: an entry is wrong, has no reason, or holds for more than a year.
    """
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = TypeAdapter(list[Accepted]).validate_python(given or [])
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{path}: {place}: {first['msg']}") from None
    for one in entries:
        if one.until > today + _LONGEST:
            raise SettingsError(message("scripts.audit_packages.too_long", at=path, id=one.id))
    return entries


def ask(lock: Path, how: Sequence[str]) -> Answer | None:
    """Return what the advisory service tells of a lock; None where it cannot be reached.

    Raises:
        MimamoriError: the audit failed for another reason.
    """
    command = ["-m", "pip_audit", "--disable-pip", "--no-deps", "--requirement", str(lock)]
    command += ["--format", "json", "--progress-spinner", "off", *how]
    done = subprocess.run(
        [sys.executable, *command],
        env={**_certificates(), **os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.strip():
        if _UNREACHABLE.search(done.stderr):
            return None
        raise MimamoriError(f"pip-audit: {done.stderr.strip()[-500:]}")
    packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    unknown = tuple(one["name"] for one in packages if "skip_reason" in one)
    if len(unknown) == len(packages):
        return None  # a service that knows no package at all is none
    found = (
        Vulnerability(
            one["name"], one["version"], (each["id"], *each["aliases"]), (*each["fix_versions"],)
        )
        for one in packages
        for each in one.get("vulns", ())
    )
    return Answer(len(packages), unknown, tuple(found))


def _certificates() -> dict[str, str]:
    """Return what has pip-audit trust whom this machine trusts, a company's proxy among them."""
    paths = ssl.get_default_verify_paths()
    found = paths.cafile or paths.capath
    return {"REQUESTS_CA_BUNDLE": found} if found else {}


def judged(
    answer: Answer, accepted: Sequence[Accepted], today: dt.date
) -> tuple[list[Vulnerability], list[Accepted]]:
    """Return the vulnerabilities that are not accepted today, and what is accepted for nothing."""
    in_force = [one for one in accepted if one.until >= today]
    bad = [found for found in answer.found if not any(_is_of(one, found) for one in in_force)]
    unknown = set(map(_name, answer.unknown))
    needless = [
        one
        for one in accepted
        if _name(one.package) not in unknown
        and not any(_is_of(one, found) for found in answer.found)
    ]
    return bad, needless


def _is_of(one: Accepted, found: Vulnerability) -> bool:
    return one.id in found.ids and _name(one.package) == _name(found.package)


def _name(package: str) -> str:
    return _SEPARATORS.sub("-", package).lower()


def main(arguments: Sequence[str] | None = None, today: dt.date | None = None) -> int:
    """Print what was found; return the exit code, 1 for what is not, or no longer, accepted.

    `today` is the day in UTC by which it is judged, that of the clock by default.
    """
    parser = argparse.ArgumentParser(prog="make audit-packages", description=__doc__)
    parser.add_argument("--lock", type=Path, default=_LOCK)
    parser.add_argument("--accepted", type=Path, default=_ACCEPTED)
    parser.add_argument("--osv-url", help="ask an OSV service here instead of PyPI's")
    given = parser.parse_args(arguments)
    today = today or dt.datetime.now(dt.UTC).date()
    try:
        accepted = accepted_in(given.accepted, today)
        expired = [one for one in accepted if one.until < today]
        for one in expired:
            print(
                message(
                    "scripts.audit_packages.expired",
                    id=one.id,
                    package=one.package,
                    until=one.until,
                )
            )
        osv = ["--vulnerability-service", "osv", "--osv-url", given.osv_url]
        answer = ask(given.lock, osv if given.osv_url else [])
    except MimamoriError as error:
        print(f"make audit-packages: {error}", file=sys.stderr)
        return error.exit_code
    if answer is None:
        print(message("scripts.audit_packages.unreachable"), file=sys.stderr)
        return 1 if expired else 0
    bad, needless = judged(answer, accepted, today)
    for found in bad:
        print(found)
    for one in needless:
        print(message("scripts.audit_packages.needless", id=one.id, package=one.package))
    if answer.unknown:
        print(message("scripts.audit_packages.unknown", names=", ".join(answer.unknown)))
    asked = answer.asked - len(answer.unknown)
    print(
        message("scripts.audit_packages.done", asked=asked, found=len(answer.found), bad=len(bad))
    )
    return 1 if bad or needless or expired else 0


if __name__ == "__main__":
    sys.exit(main())
