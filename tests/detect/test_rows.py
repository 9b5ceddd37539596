"""What detectors find of rows at and beside their limits (`tests/detect/rows/ID.yaml`)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.text.yaml_text import read_yaml
from tests.detect import rows

_FOLDER = Path(__file__).with_name("rows")
_DETECTORS = (
    "access-after-leaving",
    "access-without-right",
    "account-enumeration",
    "brute-force",
    "bulk-record-access",
    "clock-skew",
    "crawler-on-personal-data",
    "cross-franchise-access",
    "decoy-record-access",
    "dormant-account-access",
    "duplicate-delivery",
    "forbidden-probing",
    "forced-browsing",
    "impossible-travel",
    "leaver-collection",
    "log-gap",
    "login-after-failures",
    "mass-export",
    "new-location-access",
    "off-hours-access",
    "off-hours-access-on-a-day-off",
    "parse-failure-spike",
    "password-spraying",
    "personal-data-in-url",
    "record-enumeration",
    "repeated-subject-access",
    "request-flood",
    "scanner-user-agent",
    "server-error-spike",
    "session-hijack",
    "shared-account",
    "slow-collection",
    "unauthenticated-access",
    "volume-anomaly",
    "watched-subject-access",
)
_SETTINGS = """
sites:
  - {id: a, group: main, domains: [a.example], logs: [a/access.log], format: combined}
"""


@pytest.fixture(scope="module")
def empty_day(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Any]]]:
    """A day without a row in any table that detectors read, and what their queries bind."""
    folder = tmp_path_factory.mktemp("rows")
    (folder / "mimamori.yaml").write_text(_SETTINGS, encoding="utf-8")
    settings = load(folder / "mimamori.yaml")
    with lake.open_writer(Home(folder / "var"), settings.timezone) as con:
        yield con, rows.make_empty_day(con, settings)


@pytest.mark.parametrize("name", _DETECTORS)
def test_detector_tells_rows_at_its_limits_from_those_beside(
    empty_day: tuple[duckdb.DuckDBPyConnection, dict[str, Any]], name: str
) -> None:
    """One more or one less changes what is found, how grave it is, or a figure of it."""
    con, values = empty_day
    told = read_yaml((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    tests, usual = told.pop("tests", None), told.pop("usual", {})
    detector, is_day_off = told.pop("detector", name), told.pop("is_day_off", False)
    cases = [(of, case) for of in told.values() for case in ({"finds": {}}, *of.get("cases", ()))]
    worlds = [
        rows.changed(
            rows.completed(of["rows"], usual), {key: case[key] for key in case if key != "finds"}
        )
        for of, case in cases
    ]
    con.execute("begin")
    if is_day_off:
        con.execute("update calendar_day set is_working_day = false where log_date = ?", [rows.DAY])
    rows.load(con, worlds)
    found, counted = rows.found(con, load_catalogue()[detector], values, len(worlds))
    con.execute("rollback")
    for (of, case), one in zip(cases, found, strict=True):
        unchanged = case == {"finds": {}}
        expected = of["finds"] if unchanged else case["finds"]
        assert (one if unchanged else rows.differing(one, of["finds"])) == expected, case
    assert counted == tests


def test_every_file_of_rows_is_read() -> None:
    """None is left behind when a detector is renamed."""
    assert tuple(sorted(path.stem for path in _FOLDER.iterdir())) == _DETECTORS
