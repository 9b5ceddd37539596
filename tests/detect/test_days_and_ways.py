"""What a day is to detectors, how a detector runs on it, and whose rows a user's are."""

import datetime as dt
import time
from typing import Any

import pytest

from pipelines.detect import aggregates
from pipelines.detect.day import _calendar, bound_names, day_parameters
from pipelines.detect.explain import _last_before
from pipelines.detect.jobs import Job, Names, rested_on, run_jobs
from pipelines.detect.trace import Trace
from pipelines.detect.trust import _is_foreign
from pipelines.detect.tuning import Tuned, Way, changed, changes, tuned
from pipelines.settings.detectors import Tuning
from pipelines.settings.model import Settings

_SETTINGS = Settings.model_validate(
    {
        "timezone": "Asia/Tokyo",
        "business_hours": {"from": "08:30", "to": "17:45"},
        "sites": [{"id": "a", "group": "main", "domains": ["a.example"], "logs": ["a/*"]}],
    }
)


@pytest.mark.parametrize(
    ("begin", "working", "month_end"),
    [
        # The month ends on a Monday, with a holiday on the 23rd (a Monday).
        ("2026-11-23", [24, 25, 26, 27, 30], [26, 27, 30]),
        # On a Friday, and what comes behind it is another month.
        ("2026-07-24", [24, 27, 28, 29, 30, 31], [29, 30, 31]),
        # On a Sunday.
        ("2026-05-24", [25, 26, 27, 28, 29], [27, 28, 29]),
    ],
)
def test_the_last_three_working_days_end_a_month(
    begin: str, working: list[int], month_end: list[int]
) -> None:
    """Neither days off nor those of the month to come; weekdays are numbered from Monday."""
    first = dt.date.fromisoformat(begin)
    last = (first + dt.timedelta(days=10)).replace(day=1) - dt.timedelta(days=1)
    frame = _calendar(_SETTINGS, first, last)
    rows = {row["log_date"]: row for row in frame.to_dicts()}
    assert [*rows] == [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    assert [day.day for day, row in rows.items() if row["is_working_day"]] == working
    assert [day.day for day, row in rows.items() if row["is_month_end"]] == month_end
    assert [row["weekday"] for row in rows.values()] == [day.isoweekday() for day in rows]


def test_what_queries_about_a_day_may_bind() -> None:
    """Its beginning and end in local time, business hours in minutes, working days up to it."""
    day = dt.date(2026, 11, 19)
    values = day_parameters(_SETTINGS, day)
    assert (values["date"], values["business_from_minute"]) == (day, 510)
    assert values["business_to_minute"] == 1065
    assert values["day_begins_at"].isoformat() == "2026-11-19T00:00:00+09:00"
    assert values["day_ends_at"].isoformat() == "2026-11-20T00:00:00+09:00"
    assert values["working_days"][-1] == day
    assert values["history_from"] <= values["working_days"][0]
    assert bound_names("select $date, $max_p -- and $more\n, 5") == {"date", "max_p", "more"}


@pytest.mark.parametrize(
    ("records", "batches"),
    [
        ([], []),
        ([1], [1]),
        ([0, 0, 0], [3]),
        ([1_500_000, 1_000_000], [2]),
        ([1_500_000, 1_000_001], [1, 1]),
        ([9_000_000], [1]),
        ([9_000_000, 1, 2_499_999, 1], [1, 2, 1]),
        ([1, 9_000_000, 0], [1, 1, 1]),
    ],
)
def test_days_are_counted_together_up_to_so_many_records(
    records: list[int], batches: list[int]
) -> None:
    """Two and a half million; a larger day by itself, and none is left out or counted twice."""
    days = [dt.date(2026, 11, 1) + dt.timedelta(days=n) for n in range(len(records))]
    known = {day: count for day, count in zip(days, records, strict=True) if count}
    found = list(aggregates._batches(known, days))
    assert [len(some) for some in found] == batches
    assert [day for some in found for day in some] == days


@pytest.mark.parametrize(
    ("modes", "mode"),
    [
        (("off",), "off"),
        (("shadow",), "shadow"),
        (("off", "shadow"), "shadow"),
        (("shadow", "active"), "active"),
        (("active", "off"), "active"),
    ],
)
def test_a_detector_is_as_active_as_on_any_site(modes: tuple[Any, ...], mode: str) -> None:
    """Told somewhere, in shadow somewhere, or off everywhere."""
    general, *own = (Way(one, {"n": 1}) for one in modes)
    assert Tuned(general, {f"s{n}": way for n, way in enumerate(own)}).mode == mode


def test_a_query_is_run_once_for_the_same_values() -> None:
    """And not at all for those of sites on which it is off."""
    ways = {
        "a": Way("active", {"n": 1}),
        "b": Way("shadow", {"n": 2}),
        "c": Way("off", {"n": 3}),
        "d": Way("active", {"n": 2}),
    }
    assert Tuned(Way("active", {"n": 1}), ways).runs == [{"n": 1}, {"n": 2}]
    assert Tuned(Way("off", {"n": 1}), {"c": ways["c"]}).runs == []


def test_a_site_is_judged_in_its_own_way() -> None:
    """One that the settings do not name, and no site, in the general one."""
    general, own = Way("active", {"n": 1}), Way("off", {"n": 1})
    assert [Tuned(general, {"a": own}).way_of(site) for site in ("a", "b", None)] == [
        own, general, general,
    ]  # fmt: skip
    assert Tuned(general).way_of("a") == general


def test_settings_change_what_they_name() -> None:
    """Values of a site on top of the general ones; fractions stay fractions."""
    said = Tuning.model_validate(
        {
            "parameters": {"share": 1, "more": 5},
            "sites": {"a": {"mode": "off", "parameters": {"n": 3}}},
        }
    )
    shipped = {"n": 2, "share": 0.5}
    found = tuned({"d": said}, "d", "shadow", shipped)
    assert found.general == Way("shadow", {"n": 2, "share": 1.0})
    assert isinstance(found.general.values["share"], float)
    assert isinstance(found.general.values["n"], int)
    assert found.by_site == {"a": Way("off", {"n": 3, "share": 1.0})}
    assert tuned({"d": said}, "e", "active", shipped) == Tuned(Way("active", shipped))


def test_what_settings_change_is_on_record() -> None:
    """As JSON in a fixed order, as people wrote it; nothing where nothing is changed."""
    said = Tuning.model_validate({"parameters": {"b": "店", "a": 1}, "mode": "off"})
    assert changes({"d": said}, "d") == '{"mode": "off", "parameters": {"a": 1, "b": "店"}}'
    assert changes({"d": Tuning()}, "d") is None
    assert changes({}, "d") is None
    assert changed(said, {"a": 2}).parameters == {"a": 2, "b": "店"}
    assert changed(None, {"a": 2}).parameters == {"a": 2}


def test_work_rests_on_what_makes_or_changes_what_it_reads() -> None:
    """And on nothing that it makes itself."""
    found = rested_on(
        {
            "makes": Names("one = two", frozenset({"one"})),
            "changes": Names("one", frozenset(), frozenset({"one"})),
            "reads": Names("from one, three -- two"),
            "else": Names("two", frozenset({"two"})),
        }
    )
    assert found == {
        "makes": {"else"},
        "changes": {"makes"},
        "reads": {"makes", "changes"},
        "else": set(),
    }


def test_one_job_runs_at_a_time_unless_more_may() -> None:
    """Statements about a large day are busy on all processors."""
    running, most = [0], [0]

    def run() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.02)
        running[0] -= 1

    run_jobs([Job(run, Names("select 1")) for _ in range(3)])
    assert most == [1]


def test_rows_of_a_user_are_those_of_all_names_and_sessions() -> None:
    """A letter each, so that values are filled in quoted."""
    assert Trace().condition() == "user_id = {actor}"
    assert Trace().names() == {}
    trace = Trace(spellings=("St-1", "ST-1"), sessions=("x", "y"), accounts=("adm-1",))
    assert trace.condition() == (
        "(user_id in ({actor}, {account_a}, {spelling_a}, {spelling_b})"
        " or (user_id is null and session_id in ({session_a}, {session_b})))"
    )
    assert trace.names() == {
        "account_a": "adm-1", "spelling_a": "St-1", "spelling_b": "ST-1", "session_a": "x",
        "session_b": "y",
    }  # fmt: skip
    assert Trace(sessions=("x",)).condition() == (
        "(user_id = {actor} or (user_id is null and session_id in ({session_a})))"
    )


def test_evidence_tells_what_is_known_of_a_user() -> None:
    """Whether they work here always, the rest where there is something."""
    assert Trace().as_evidence() == {"is_worker": False}
    told = Trace(
        is_worker=True, spellings=("St-1",), name="Anna Rain", service_requests=2, service_unsure=0
    )
    assert told.as_evidence() == {
        "is_worker": True, "person": "Anna Rain", "spellings": ["St-1"], "service_requests": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("user_type", "shop", "partner", "is_elsewhere", "is_foreign"),
    [
        ("staff", None, "003", False, True),
        ("contractor", "003", "003", False, True),
        ("system", None, None, False, True),
        ("franchise", "003", "003", False, False),
        ("franchise", "3", "003", True, False),
        ("franchise", "A3", "a3", True, False),
        ("franchise", "30", "003", False, True),
        ("franchise", "003", None, False, True),
        ("franchise", None, "003", False, False),
        ("franchise", None, "003", True, True),
        ("customer", "004", "003", False, False),
        ("customer", None, "003", True, True),
        (None, None, "003", False, False),
    ],
)
def test_who_is_none_of_a_partners_own_people(
    user_type: str | None,
    shop: str | None,
    partner: str | None,
    is_elsewhere: bool,
    is_foreign: bool,
) -> None:
    """Staff always, people of another shop, others who were seen elsewhere."""
    assert _is_foreign(user_type, shop, partner, is_elsewhere) is is_foreign


def test_a_source_is_judged_by_its_last_content_before() -> None:
    """Including that of the same instant; none before the first."""
    at = [dt.datetime(2026, 11, day, tzinfo=dt.UTC) for day in (1, 3, 5)]
    reads: list[tuple[dt.datetime, str | None]] = [(at[0], "a"), (at[1], "b"), (at[2], None)]
    instants = [at[0] - dt.timedelta(seconds=1), at[0], at[1], at[1] + dt.timedelta(days=1), at[2]]
    assert [_last_before(reads, one) for one in instants] == [None, "a", "b", "b", None]
