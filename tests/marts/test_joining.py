"""Who holds two marts, or the same one of two months, cannot put their rows together."""

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipelines import lake
from pipelines.detect.aggregates import refresh_aggregates
from pipelines.findings import Severity
from pipelines.marts.write import write_marts
from pipelines.night import stages
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.triage.detected import replace_findings
from tests.detect.given_findings import clock_at, make

_DAYS = (dt.date(2026, 10, 30), dt.date(2026, 10, 31), dt.date(2026, 11, 2))
_NIGHT = dt.datetime(2026, 11, 3, 3, tzinfo=dt.UTC)
_ROLES = ("analyst", "auditor", "franchise:001")
_SETTINGS = """
user_types: [{pattern: "^fr001-", type: franchise}]
resources:
  portal:
    - {id: customer, kind: record, path: "/customers/{subject}", level: 3}
sites:
  - {id: main, group: main, domains: [main.example], logs: ["main/*"], format: combined,
     resources: portal}
  - {id: shop-001, group: benry, domains: [001.example], logs: ["shop-001/*"], format: combined,
     franchise: "001", resources: portal}
access:
  security: {members: [officer]}
  analyst: {members: [ana]%s}
  auditor: {members: [aud]}
  franchise:001: {members: [shop]}
"""


def _lines(site: str) -> Iterator[str]:
    """Half a dozen people of a shop, each busy all day, and those of the headquarters."""
    who = "fr001-" if site == "shop-001" else "st-"
    for day, number in itertools.product(_DAYS, range(1440)):
        user = (number * 7 + number // 11) % 6
        clock = dt.datetime.combine(day, dt.time(9)) + dt.timedelta(seconds=number * 20)
        yield (
            f"198.51.100.{user} - {who}{user:02} [{clock:%d/%b/%Y:%H:%M:%S} +0900]"
            f' "GET /customers/{number * 13 % 400} HTTP/1.1" 200 {4000 + number * 37 % 999} "-"'
            f' "Mozilla/5.0 ({user % 2})"\n'
        )


def _night(folder: Path, analyst: str = "") -> tuple[Settings, Home]:
    (folder / "mimamori.yaml").write_text(_SETTINGS % analyst)
    home, settings = Home(folder / "var"), load(folder / "mimamori.yaml")
    for site in ("main", "shop-001"):
        (home.logs / site).mkdir(parents=True)
        (home.logs / site / "access.log").write_text("".join(_lines(site)))
    stages.ingest(settings, home, clock=lambda: _NIGHT)
    with lake.open_writer(home, settings.timezone) as con:
        refresh_aggregates(con, _DAYS)
        for day, (place, user) in itertools.product(_DAYS, enumerate(("fr001-01", "st-02"))):
            found = [
                make(
                    detector, finding_id=f"{day:%d}{place}{number}{'f' * 12}", date=day, actor=user,
                    site_id="shop-001", severity=Severity.HIGH, score=41.0 + 7 * number + place,
                    event_count=101 + 11 * number + place, subject_count=51 + 3 * number,
                    first_seen=clock_at(day, f"10:{17 + number}")(),
                )
                for number, detector in enumerate(("bulk-record-access", "off-hours-access"))
            ]  # fmt: skip
            if place == 0:
                kept = found
            else:
                replace_findings(con, day, [*kept, *found], [], clock_at(day))
        write_marts(con, settings, home, _DAYS, _NIGHT)
    return settings, home


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The marts of three roles, as settings have them by default."""
    return _night(tmp_path_factory.mktemp("joined"))[1].marts


def _texts(marts: Path, role: str, months: str = "*") -> set[str]:
    """Every text of a mart that is an id, a pseudonym or another digest."""
    frames = [pl.read_parquet(path) for path in (marts / role).glob(f"*/{months}.parquet")]
    values = {
        value
        for frame in frames
        for column in frame.select(pl.col(pl.String)).iter_columns()
        for value in column.drop_nulls()
    }
    return {value for value in values if re.fullmatch("[0-9a-f]{16,}", value)}


@pytest.mark.parametrize("pair", [*itertools.combinations(_ROLES, 2)], ids=" and ".join)
def test_two_marts_have_no_id_or_pseudonym_in_common(marts: Path, pair: tuple[str, str]) -> None:
    """Nor does either have one of the lake."""
    one, other = (_texts(marts, role) for role in pair)
    assert len(one) > 10
    assert one & other == set()
    assert [text for text in one | other if text.endswith("f" * 12)] == []


def test_pseudonyms_of_two_months_are_not_the_same(marts: Path) -> None:
    """Of two days of one month they are; an auditor's last for a year."""
    october = _texts(marts, "analyst", "2026-10-30")
    assert len(october & _texts(marts, "analyst", "2026-10-31")) > 400
    assert october & _texts(marts, "analyst", "2026-11-02") == set()
    ids = [_texts(marts, "auditor", day) for day in ("2026-10-30", "2026-11-02")]
    assert len(set.intersection(*ids)) > 0  # the ids of cases


_NAMED = """
with mine as (
    select
        user_id as name, {mine} as time, {size} as bytes, method, status, resource_id, user_type,
        row_number() over () as row
    from '{marts}/franchise:001/access_log/*.parquet'
),
theirs as (
    select event_id, user_id, time, bytes, method, status, resource_id, user_type
    from '{marts}/analyst/access_log/*.parquet'
    where site_id = 'shop-001'
),
joined as (
    select event_id, count(*) as rows, any_value(name) as name
    from theirs inner join mine using (time, bytes, method, status, resource_id, user_type)
    group by event_id
)
select count(*) filter (rows = 1) / (select count(*) from theirs) from joined
"""


def _named_share(marts: Path, *, is_exact: bool) -> float:
    """Which share of an analyst's rows one row of the shop's fits, made as coarse as they are."""
    size = "pow(10, floor(log10(bytes)))"
    coarse = {"mine": "date_trunc('hour', time)", "size": f"round(bytes / {size}) * {size}"}
    exact = {"mine": "time", "size": "bytes"}
    query = _NAMED.format(marts=marts, **(exact if is_exact else coarse))
    with duckdb.connect() as con:
        ((share,),) = con.execute(query).fetchall()
    return float(share)


def test_rows_of_a_shop_name_nobody_in_an_analysts_mart(marts: Path, tmp_path: Path) -> None:
    """By time, size and all else that both have; settings can have it exact, and then they do."""
    assert _named_share(marts, is_exact=False) == 0
    _, home = _night(tmp_path, ", exact: true")
    assert _named_share(home.marts, is_exact=True) == 1


def test_rows_are_in_no_order_that_tells_them(marts: Path) -> None:
    """Within an hour they lie by their ids: their place joins with nothing."""
    frame = pl.read_parquet(marts / "analyst" / "access_log" / "2026-10-30.parquet")
    assert frame.get_column("event_id").is_sorted() is False
    for _, hour in frame.group_by("time"):
        assert hour.get_column("event_id").is_sorted()


def test_findings_of_two_marts_have_no_figures_in_common_that_tell_them(marts: Path) -> None:
    """The score, counts and instants of an analyst's are coarse."""
    frame = pl.read_parquet(marts / "analyst" / "findings" / "2026-10-30.parquet")
    told: list[tuple[Any, ...]] = frame.select(
        "score", "event_count", "subject_count", pl.col("first_seen").dt.minute()
    ).rows()
    assert sorted(told) == [(40.0, 100, 50, 0)] * 2 + [(50.0, 100, 50, 0)] * 2


def test_a_mart_of_another_form_is_written_anew(tmp_path: Path) -> None:
    """Where settings want it exact, or an earlier release has written it: all of its days."""
    settings, home = _night(tmp_path)
    access = settings.access["analyst"]
    for changed in ({"exact": True}, {"exact": True, "pseudonym_months": 3}):
        own = {**settings.access, "analyst": access.model_copy(update=changed)}
        other = settings.model_copy(update={"access": own})
        with lake.open_writer(home, settings.timezone) as con:
            written = [write_marts(con, other, home, [], _NIGHT) for _ in range(2)]
        assert [one["analyst"] for one in written] == [[*_DAYS], []]
        assert [one["auditor"] for one in written] == [[], []]
    october, november = (_texts(home.marts, "analyst", day) for day in ("2026-10-30", "2026-11-02"))
    assert len(october & november) > 400
