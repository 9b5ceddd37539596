"""Known vulnerabilities of packages, asked of a server that speaks OSV's API; and the bill."""

import datetime as dt
import json
import threading
import tomllib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from audit_packages import main
from sbom import bill_of

from pipelines.paths import PROJECT_ROOT

pytestmark = pytest.mark.further

_TODAY = dt.date(2028, 2, 29)
_LOCK = "flask==3.1.0\nleft_pad.py==1.0\nsound==2.0\n"
_VULNERABLE = {
    "flask": ("GHSA-aaaa-bbbb-cccc", "CVE-2099-0001"),
    "left-pad-py": ("PYSEC-2099-2", "CVE-2099-0002"),
}
Audit = Callable[..., tuple[int, str]]


class _Osv(BaseHTTPRequestHandler):
    """Answers `POST /v1/query` as OSV does: {} for a package without an advisory."""

    def do_POST(self) -> None:
        """Answer one query."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = asked["package"]["name"]
        answer: dict[str, Any] = {}
        if name in _VULNERABLE:
            own, alias = _VULNERABLE[name]
            events = [{"introduced": "0"}, {"fixed": "9.0"}]
            affected = {
                "package": {"ecosystem": "PyPI", "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
            answer = {"vulns": [{"id": own, "aliases": [alias], "affected": [affected]}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def _service() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Osv)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def audit(_service: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Audit:
    """Audit three packages, two of them vulnerable, with what is accepted; return what was said."""

    def audited(accepted: str, url: str = _service) -> tuple[int, str]:
        lock, file = tmp_path / "requirements.lock", tmp_path / "accepted.yaml"
        lock.write_text(_LOCK)
        file.write_text(accepted)
        arguments = ["--lock", str(lock), "--accepted", str(file), "--osv-url", url]
        code = main(arguments, _TODAY)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return audited


def _accepted(own: str, package: str, days: int = 30) -> str:
    until = _TODAY + dt.timedelta(days=days)
    return f"- {{id: {own}, package: {package}, reason: not reachable here, until: {until}}}\n"


def test_what_nobody_accepted_fails_and_is_told(audit: Audit) -> None:
    """With package, version, all ids and the release that mends it."""
    code, said = audit("[]")
    assert code == 1
    assert "flask 3.1.0: CVE-2099-0001, GHSA-aaaa-bbbb-cccc (-> 9.0)" in said
    assert "not accepted: 2" in said


def test_what_is_accepted_passes_until_its_day(audit: Audit) -> None:
    """By any id and spelling of the package; another package's entry does not count."""
    flask = _accepted("CVE-2099-0001", "Flask", 0)
    pad = _accepted("PYSEC-2099-2", "left-pad_py")
    code, said = audit(flask + pad)
    assert (code, "not accepted: 0" in said) == (0, True)
    code, said = audit(_accepted("CVE-2099-0001", "flask", -1) + pad)
    assert code == 1
    assert "accepted no longer: CVE-2099-0001 (flask, until" in said
    assert "flask 3.1.0" in said
    code, said = audit(_accepted("CVE-2099-0001", "sound") + pad)
    assert code == 1
    assert "flask 3.1.0" in said
    assert "not found any more" in said


def test_a_service_that_is_not_there_is_no_all_clear_and_no_failure(audit: Audit) -> None:
    """It is said that nothing was checked; what is past its day fails all the same."""
    nowhere = "http://127.0.0.1:9/v1/query"
    code, said = audit("[]", nowhere)
    assert (code, "nothing was checked" in said, "packages checked" in said) == (0, True, False)
    code, said = audit(_accepted("CVE-2099-0001", "flask", -1), nowhere)
    assert (code, "nothing was checked" in said) == (1, True)


@pytest.mark.parametrize(
    "wrong",
    [
        "- {id: A, package: b, until: 2027-01-31}\n",
        "- {id: A, package: b, reason: '', until: 2027-01-31}\n",
        "- {id: A, package: b, reason: for some time, until: soon}\n",
        "- {id: A, package: b, reason: for ever and ever, until: 2099-01-31}\n",
        "- {id: A, package: b, reason: for some time, until: 2027-01-31, by: me}\n",
        "- [\n",
    ],
)
def test_an_entry_needs_reason_and_day(audit: Audit, wrong: str) -> None:
    """A wrong file is told before anything is asked."""
    code, said = audit(wrong)
    assert code == 2
    assert "accepted.yaml" in said


def test_the_bill_names_every_package_of_the_lock() -> None:
    """With the hashes of the lock and licences, and nothing that differs from day to day."""
    lock, project = PROJECT_ROOT / "requirements.lock", PROJECT_ROOT / "pyproject.toml"
    bill = json.loads(bill_of(lock, project))
    assert bill["bomFormat"] == "CycloneDX"
    version = tomllib.loads(project.read_text("utf-8"))["project"]["version"]
    assert bill["metadata"]["component"]["version"] == version
    locked = {
        line.split()[0]
        for line in lock.read_text(encoding="utf-8").splitlines()
        if line[:1].isalnum()
    }
    components = {f"{one['name']}=={one['version']}": one for one in bill["components"]}
    assert components.keys() == {name.partition(";")[0] for name in locked}
    hashes = [one["externalReferences"][0]["hashes"] for one in bill["components"]]
    assert sum(map(len, hashes)) == lock.read_text("utf-8").count("--hash=sha256:")
    assert sum("licenses" in one for one in bill["components"]) > 0.9 * len(components)
    assert components[f"duckdb=={_version(locked, 'duckdb')}"]["licenses"]
    assert not bill.keys() & {"serialNumber"}
    assert "timestamp" not in bill["metadata"]


def _version(locked: set[str], name: str) -> str:
    (found,) = [one.partition("==")[2] for one in locked if one.startswith(f"{name}==")]
    return found
