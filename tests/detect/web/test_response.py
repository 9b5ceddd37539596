"""What was answered: judged beside what others get, told of by one family, lost by none."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.findings import Finding
from tests.detect import scenario
from tests.detect.replayed import detected, only

_BOTH = "/page?q=1%27%20union%20select%20a,b%20from%20c--%20-%3Cscript%3Ealert(1)%3C/script%3E"
_SQL = "/page?q=1%27%20union%20select%20a,b%20from%20c--%20-"
_XSS = "/page?q=%3Cscript%3Ealert(1)%3C/script%3E"
_VISITORS = """
  - {{site: {site}, days: -8..0, at: "09:00-17:00", count: 3, users: 6, ip: "192.0.2.{{u}}",
     request: "GET /page?q=a{{i}} HTTP/1.1", bytes: 5000}}"""
_TRY = """
  - {{site: {site}, days: 0, at: "03:00-03:10", count: {count}, ip: 198.51.100.7,
     request: "GET {request} HTTP/1.1", status: {status}, bytes: {size}, agent: "{agent}"}}"""
_CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0"
_FAMILIES = {"sql-injection", "cross-site-scripting", "scanner-user-agent", "request-flood"}


def attack(site: str, request: str, status: int = 200, size: int = 5000, **more: Any) -> str:
    """An attack on a page of a site."""
    values = {"count": 1, "agent": _CHROME, **more}
    return _TRY.format(site=site, request=request, status=status, size=size, **values)


def tried(site: str, *requests: str, **more: Any) -> str:
    """The visitors of a page of a site, and attacks on it."""
    return _VISITORS.format(site=site) + "".join(attack(site, one, **more) for one in requests)


_WORLD = {
    "as-usual": tried("as-usual", _XSS),
    "refused": tried("refused", _XSS, status=403, size=90_000),
    "bigger": tried("bigger", _XSS, size=90_000),
    "broken": tried("broken", _XSS, status=500),
    "alone": attack("alone", _XSS),
    "both": tried("both", _BOTH),
    "both-and-one": tried("both-and-one", _BOTH, _SQL),
    "tool": tried("tool", _BOTH, agent="sqlmap/1.7.2"),
    "mixed": tried("mixed", _BOTH + "{i}", count=12),
    "inactive": tried("inactive", _BOTH),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Finding]:
    """The findings of all sites by site and detector."""
    sites = "".join(f"{{id: {site}}}, " for site in _WORLD)
    world = tmp_path_factory.mktemp("response") / "world.yaml"
    world.write_text(
        f"date: 2026-11-19\nsites: [{sites}]\n"
        "settings: {detectors: {cross-site-scripting: {sites: {inactive: {mode: off}}}}}\n"
        f"traffic:{''.join(_WORLD.values())}\n"
    )
    with only(_FAMILIES):
        findings = detected(tmp_path_factory.mktemp("lake"), scenario.load(Path(world)))
    return {(str(one.site_id), one.detector): one for one in findings}


@pytest.mark.parametrize(
    ("site", "response", "severity"),
    [
        ("as-usual", "as_usual", "low"),
        ("refused", "refused", "low"),
        ("bigger", "unlike_usual", "high"),
        ("broken", "unlike_usual", "medium"),
        ("alone", "not_comparable", "high"),
    ],
)
def test_an_answer_is_judged_by_what_the_page_gives_to_others(
    found: dict[tuple[str, str], Finding], site: str, response: str, severity: str
) -> None:
    """Status and size decide; without others nothing is compared, and it is as grave as before."""
    finding = found[site, "cross-site-scripting"]
    assert finding.evidence["response"] == response
    assert finding.severity == severity
    assert finding.evidence["afterwards"] == "nothing"


def test_one_request_is_told_of_by_one_family(found: dict[tuple[str, str], Finding]) -> None:
    """The one whose texts weigh more; the other stands beside it, a tool's name too."""
    assert ("both", "sql-injection") not in found
    assert found["both", "cross-site-scripting"].evidence["families_beside"] == ["sql-injection"]
    beside = found["tool", "cross-site-scripting"].evidence["families_beside"]
    assert beside == ["scanner-user-agent", "sql-injection"]
    assert ("tool", "scanner-user-agent") not in found


def test_another_request_of_another_family_counts(found: dict[tuple[str, str], Finding]) -> None:
    """Each with its own requests."""
    assert found["both-and-one", "cross-site-scripting"].event_count == 1
    assert found["both-and-one", "sql-injection"].event_count == 1


def test_who_mixes_families_is_as_persistent(found: dict[tuple[str, str], Finding]) -> None:
    """Twelve targets are many, whichever family reports them."""
    assert found["mixed", "cross-site-scripting"].severity == "medium"


def test_a_detector_that_is_off_hides_no_request(found: dict[tuple[str, str], Finding]) -> None:
    """The other family reports what it would have stood beside."""
    assert ("inactive", "cross-site-scripting") not in found
    assert found["inactive", "sql-injection"].event_count == 1
