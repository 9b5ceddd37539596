"""A detector that cannot run does not stop the others, and the report says so."""

import datetime as dt

import pytest

from pipelines import lake, nightly
from pipelines.paths import Home
from pipelines.settings import load

_DAY = dt.date(2026, 11, 19)
_SETTINGS = """
resources:
  all: [{id: login, kind: login, path: /login, methods: [POST]}]
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*.log"], resources: all}
"""


def test_failed_detectors_are_told_and_the_others_go_on(
    tmp_path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a view that some of them read: logged, on record as failed, named in the report."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SETTINGS)
    settings, home = load(path), Home(tmp_path / "var")
    log = home.logs / "main" / "access.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "".join(
            f"198.51.100.9 - - [19/Nov/2026:03:{number % 60:02}:30 +0900]"
            ' "POST /login HTTP/1.1" 401 90 "-" "curl/8.5"\n'
            for number in range(60)
        )
    )
    nightly.ingest(settings, home)
    with lake.open_writer(home, settings.timezone) as con:
        con.execute("drop view lake.crawler")
    (finding,) = nightly.detect(settings, home, [_DAY])
    assert finding.detector == "brute-force"
    assert "crawler-on-personal-data" in caplog.text
    with lake.open_reader(home, settings.timezone) as con:
        failed = con.execute(
            "select detector from lake.detector_day where mode = 'failed' order by detector"
        )
        assert [detector for (detector,) in failed.fetchall()] == [
            "account-enumeration",
            "crawler-on-personal-data",
            "forced-browsing",
            "request-flood",
            "scanner-user-agent",
            "volume-anomaly",
        ]
    (page,) = nightly.report(settings, home, [_DAY])
    assert "crawler-on-personal-data" in page.read_text(encoding="utf-8")
