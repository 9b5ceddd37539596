"""The parts of the simulator that carry over to settings other than the shipped ones."""

import datetime as dt
import ipaddress
import re

import numpy as np
import pytest

from pipelines.demo import places
from pipelines.demo.agents import PEOPLE
from pipelines.demo.build import build_world
from pipelines.demo.days import calendar
from pipelines.demo.files import log_paths
from pipelines.demo.ids import Names
from pipelines.demo.incidents import Kind
from pipelines.demo.lines import escaped
from pipelines.demo.plan import plan
from pipelines.enrich.geo import GeoReader
from pipelines.errors import MimamoriError
from pipelines.paths import DEFAULT_SETTINGS
from pipelines.settings.load import load
from pipelines.settings.model import GeoIp, Settings

SITE = {"id": "one", "group": "g", "domains": ["one.example"], "logs": ["one/access.log*"]}
DAYS = [dt.date(2026, 11, 1), dt.date(2026, 11, 2)]


def settings_with(**keys):
    """Settings of one site and the given keys."""
    return Settings.model_validate({"sites": [SITE], **keys})


def names_of(*rules):
    """A giver of ids for the rules (pattern, type)."""
    user_types = [{"pattern": pattern, "type": type_} for pattern, type_ in rules]
    return Names(settings_with(user_types=user_types), np.random.default_rng(0))


@pytest.mark.parametrize(
    "pattern",
    [
        r"^st-",
        r"^(emp|wrk)[0-9]{5}$",
        r"^DOMAIN\\[a-z]+\d*$",
        r"^[^@\s]+@staff\.example$",
        r"(?i)^X\w{2,4}-.x?$",
        r"^(?P<a>[a-c])-\d+",
        r"staff",
    ],
)
def test_ids_fit_the_pattern_and_differ(pattern):
    """Ids of any usual pattern are accepted by it and given out once."""
    names = names_of((pattern, "staff"))
    made = [names.make("staff", number) for number in range(1001, 1011)]
    assert all(re.search(pattern, user_id) for user_id in made)
    assert len(set(made)) == len(made)


def test_an_open_pattern_ends_in_the_number():
    """Where the pattern leaves the end open, the id is its beginning and the number."""
    names = names_of(("^st-", "staff"), ("^c[0-9]", "customer"))
    assert (names.make("staff", 1207), names.make("customer", 10000031)) == (
        "st-1207",
        "c10000031",
    )


def test_an_earlier_rule_is_respected():
    """An id of a later type is never one that an earlier rule would claim."""
    names = names_of(("^u1", "system"), ("^u[0-9]+$", "staff"))
    made = [names.make("staff", number) for number in (10, 11, 12)]
    assert not any(user_id.startswith("u1") for user_id in made)


def test_a_type_that_cannot_be_is_an_error():
    """A rule that an earlier one always hides is named."""
    names = names_of(("", "system"), ("^st-", "staff"))
    with pytest.raises(MimamoriError, match="id of type staff"):
        names.make("staff", 1)


def test_franchises_are_those_that_the_pattern_accepts():
    """Numbers where they fit, else texts made to fit, and users of exactly that franchise."""
    numbered = names_of((r"^fr(?P<franchise>[0-9]{3})-", "franchise"))
    assert numbered.group_values("franchise", 3) == ["001", "002", "003"]
    assert numbered.make("franchise", 7, {"franchise": "002"}).startswith("fr002-")
    lettered = names_of((r"^[a-z]+@(?P<shop>[a-z]{2}[0-9]{2})\.example$", "franchise"))
    shops = lettered.group_values("shop", 4)
    assert len(set(shops)) == 4
    assert all(re.fullmatch("[a-z]{2}[0-9]{2}", shop) for shop in shops)
    assert names_of().group_values("franchise", 2) == ["001", "002"]


def test_too_many_franchises_are_an_error():
    """The message says how many there can be."""
    names = names_of((r"^fr(?P<franchise>[1-3])-", "franchise"))
    with pytest.raises(MimamoriError, match="3 values of 'franchise'"):
        names.group_values("franchise", 4)


@pytest.mark.parametrize(
    ("glob", "paths"),
    [
        ("s/access.log*", ["s/access.log-20261101.gz", "s/access.log"]),
        ("s/*.log", ["s/access-20261101.log", "s/access.log"]),
        ("s/*", ["s/access-20261101.gz", "s/access"]),
        ("s/access-*.log.gz", ["s/access--20261101.log.gz", "s/access--20261102.log.gz"]),
        ("s/*/access.log", ["s/2026-11-01/access.log", "s/2026-11-02/access.log"]),
        ("**/access.log", ["2026-11-01/access.log", "2026-11-02/access.log"]),
        ("s/access.log", ["s/access.log", "s/access.log"]),
        ("s[0-9]/log?*", ["s0/log0-20261101.gz", "s0/log0"]),
    ],
)
def test_files_have_names_that_the_glob_finds(glob, paths):
    """Older days are packed where the glob allows it, the last day is plain."""
    assert log_paths("one", glob, DAYS) == paths


def test_a_packing_it_cannot_write_is_named():
    """Only gz is written."""
    with pytest.raises(MimamoriError, match=r"'one'.*access\*\.xz"):
        log_paths("one", "s/access*.xz", DAYS)


def test_holidays_and_month_end_shape_the_calendar():
    """A holiday is no working day; the last working days of a month are busier."""
    dates = [dt.date(2026, 10, 1) + dt.timedelta(days=n) for n in range(61)]
    days = {day.on: day for day in calendar(load(DEFAULT_SETTINGS), dates, 1)}
    assert not days[dt.date(2026, 11, 3)].working  # 文化の日
    assert not days[dt.date(2026, 11, 23)].working  # 勤労感謝の日
    assert days[dt.date(2026, 11, 24)].working
    rush = [day.busy for day in days.values() if day.working and day.on.day >= 28]
    calm = [day.busy for day in days.values() if day.working and 5 <= day.on.day <= 20]
    assert np.mean(rush) > 1.1 * np.mean(calm)


def test_days_are_as_long_as_the_zone_says():
    """The day on which clocks go back has 25 hours."""
    settings = settings_with(timezone="Europe/Berlin", business_hours={"holidays": None})
    days = calendar(settings, [dt.date(2026, 10, 24), dt.date(2026, 10, 25)], 0)
    assert [day.seconds // 3600 for day in days] == [24, 25]


@pytest.mark.parametrize("weekday", range(7))
def test_a_month_has_one_or_two_incidents_of_each_kind_before_its_last_day(weekday):
    """Whatever weekday it ends on, every kind happens, on main sites and in shops.

    A third person who does the same, unconfirmed, would make it usual.
    """
    settings = load(DEFAULT_SETTINGS)
    end = dt.date(2026, 11, 23) + dt.timedelta(days=weekday)
    dates = [end - dt.timedelta(days=34 - n) for n in range(35)]
    days = calendar(settings, dates, weekday)
    planned = plan(build_world(settings, weekday, None, 20_000), days)
    for kind in Kind:
        assert sum(one.kind is kind and one.day.on < end for one in planned) in (1, 2)
    assert {incident.site.from_template for incident in planned} == {True, False}
    assert len({i.kind for i in planned if i.day.on == end}) >= 4
    first = min(incident.day.index for incident in planned)
    assert first >= 14
    assert any(day.working for day in days[first - 3 : first])


def test_addresses_are_in_the_country_they_stand_for():
    """The shipped country database places every range where the simulator has it."""
    rng = np.random.default_rng(0)
    groups = {
        "JP": [
            *places.JAPAN_HOME, *places.JAPAN_HOME_V6, *places.JAPAN_MOBILE, *places.JAPAN_OFFICE,
        ]
    } | {country: list(networks) for country, networks in places.ABROAD.items()}  # fmt: skip
    drawn = {
        address: country
        for country, networks in groups.items()
        for network in networks
        for address in places.draw(rng, [network], 20)
    }
    with GeoReader.open(GeoIp()) as reader:
        found = reader.lookup(list(drawn))
    assert found["country"].to_list() == list(drawn.values())


def test_drawn_addresses_lie_in_their_network():
    """Of both families, never a network's own or its broadcast address."""
    rng = np.random.default_rng(0)
    for text in ("192.0.2.0/24", "198.18.0.0/15", "2001:db8:40::/44"):
        for address in places.draw(rng, [text], 200):
            assert ipaddress.ip_address(address) in ipaddress.ip_network(text)
            assert not address.endswith((".0", ".255"))


def test_browsers_are_updated_in_the_course_of_time():
    """Every four weeks there is another version."""
    before, after = dt.date(2026, 10, 20), dt.date(2026, 11, 23)
    chrome = next(agent for agent in PEOPLE if "Chrome/{chrome}" in agent.text)
    assert chrome.at(before) != chrome.at(after)
    assert not any("{" in agent.at(after) for agent in PEOPLE)


def test_quotes_and_bytes_are_escaped_as_apache_does():
    """A quote never ends a field, and no byte outside of ASCII is written."""
    assert escaped('a "b" \\ \x16é') == r"a \"b\" \\ \x16\xc3\xa9"
