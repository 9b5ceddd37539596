"""Host names of clients, by a real DNS server on this machine."""

import datetime as dt

import pytest

from pipelines import lake
from pipelines.enrich.reverse_dns import Answer, Lookups, look_up, resolve_new
from pipelines.errors import SettingsError
from pipelines.normalise.endpoint import split_endpoint
from pipelines.paths import Home
from pipelines.settings.load import load
from pipelines.settings.model import ReverseDns, Settings
from tests.enrich.dns_server import SILENT, dns_server
from tests.lake_requests import insert_requests

NOW = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
PTR_7 = "7.113.0.203.in-addr.arpa."
HOST_7 = "p7.tokyo.ocn.example."
PTR_V6 = "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa."
_PATIENT = 20_000  # milliseconds: a busy machine answers late, silence alone is waited for
FOUND = {
    (PTR_7, "PTR"): [(PTR_7, "PTR", "P7.Tokyo.OCN.example.")],
    (HOST_7, "A"): [(HOST_7, "A", "192.0.2.1", "203.0.113.7")],
}


def answer_of(records, address="203.0.113.7", **options):
    """What is found out about one address with these records."""
    with dns_server(records) as (server, _):
        (answer,) = look_up(
            [address], ReverseDns(servers=(server,), **{"timeout_ms": _PATIENT, **options})
        )
    return answer


def test_a_name_that_leads_back_is_confirmed():
    """In lower case, without its final dot."""
    assert answer_of(FOUND) == Answer("203.0.113.7", HOST_7[:-1], is_confirmed=True, message=None)


def test_ipv6_leads_back_through_aaaa():
    """The address is compared, not its spelling."""
    records = {
        (PTR_V6, "PTR"): [(PTR_V6, "PTR", "six.example.")],
        ("six.example.", "AAAA"): [("six.example.", "AAAA", "2001:0db8:0::1")],
    }
    assert answer_of(records, "2001:db8::1").is_confirmed is True


def test_delegation_by_cname_is_followed():
    """As RFC 2317 divides a network among several holders, and as hosts have aliases."""
    records = {
        (PTR_7, "PTR"): [
            (PTR_7, "CNAME", "7.0-31.113.0.203.in-addr.arpa."),
            ("7.0-31.113.0.203.in-addr.arpa.", "PTR", "alias.example."),
        ],
        ("alias.example.", "A"): [
            ("alias.example.", "CNAME", "real.example."),
            ("real.example.", "A", "203.0.113.7"),
        ],
    }
    assert answer_of(records).client_host == "alias.example"
    assert answer_of(records).is_confirmed is True


def test_the_name_that_leads_back_is_taken_among_several():
    """Whatever order the server gives them in."""
    records = {
        (PTR_7, "PTR"): [(PTR_7, "PTR", "a.example.", "b.example.")],
        ("a.example.", "A"): [("a.example.", "A", "192.0.2.1")],
        ("b.example.", "A"): [("b.example.", "A", "203.0.113.7")],
    }
    assert answer_of(records).client_host == "b.example"


@pytest.mark.parametrize(
    ("records", "host", "message"),
    [
        ({}, None, "no name"),
        ({(PTR_7, "PTR"): []}, None, "no name"),
        ({(PTR_7, "PTR"): [(PTR_7, "PTR", r"<b>\000\010x.example.")]}, None,
         "the name is no host name"),
        ({(PTR_7, "PTR"): [(PTR_7, "PTR", "203.0.113.7.")]}, None, "the name is no host name"),
        ({(PTR_7, "PTR"): [(PTR_7, "PTR", ".")]}, None, "the name is no host name"),
        ({(PTR_7, "PTR"): [(PTR_7, "PTR", "crawl-1.googlebot.example.")]},
         "crawl-1.googlebot.example", "the name does not lead back to the address"),
        ({(PTR_7, "PTR"): [(PTR_7, "PTR", HOST_7)], (HOST_7, "A"): [(HOST_7, "A", "192.0.2.1")]},
         HOST_7[:-1], "the name does not lead back to the address"),
    ],
)  # fmt: skip
def test_a_name_that_proves_nothing_is_not_confirmed(records, host, message):
    """Missing, no host name, or leading elsewhere."""
    assert answer_of(records) == Answer("203.0.113.7", host, is_confirmed=False, message=message)


@pytest.mark.parametrize(
    ("records", "host"),
    [
        ({(PTR_7, "PTR"): SILENT}, None),
        ({(PTR_7, "PTR"): "SERVFAIL"}, None),
        ({(PTR_7, "PTR"): b"\x81\x80" + b"\xff" * 40}, None),
        ({(PTR_7, "PTR"): b""}, None),
        ({(PTR_7, "PTR"): [(PTR_7, "PTR", HOST_7)], (HOST_7, "A"): SILENT}, HOST_7[:-1]),
        ({(PTR_7, "PTR"): [(PTR_7, "CNAME", "a.example."), ("a.example.", "CNAME", "b.example."),
                           ("b.example.", "CNAME", "a.example.")]}, None),
        ({(PTR_7, "PTR"): [(PTR_7, "CNAME", PTR_7)]}, None),
    ],
)  # fmt: skip
def test_servers_that_fail_leave_the_question_open(records, host):
    """Silence, errors, noise and loops: neither confirmed nor refuted."""
    answer = answer_of(records, timeout_ms=100)
    assert (answer.client_host, answer.is_confirmed) == (host, None)
    assert answer.message


def test_a_thousand_names_are_harmless():
    """They come over TCP, and only the first few are followed."""
    names = [f"n{number:04}.{'x' * 40}.example." for number in range(1000)]
    with dns_server({(PTR_7, "PTR"): [(PTR_7, "PTR", *names)]}) as (server, zone):
        section = ReverseDns(servers=(server,), timeout_ms=_PATIENT)
        (answer,) = look_up(["203.0.113.7"], section)
    assert answer.client_host == names[0][:-1]
    assert answer.is_confirmed is False
    assert len(zone.asked) == 2 + 3


def test_a_second_server_is_asked_where_the_first_fails():
    """In the order of the settings."""
    with dns_server({(PTR_7, "PTR"): "REFUSED"}) as (first, _), dns_server(FOUND) as (second, _):
        section = ReverseDns(servers=(first, second), timeout_ms=_PATIENT)
        assert look_up(["203.0.113.7"], section)[0].client_host == HOST_7[:-1]


def test_slow_servers_cost_no_more_than_the_budget():
    """The first addresses have their answers, the rest no turn."""
    records = {(f"{n}.113.0.203.in-addr.arpa.", "PTR"): SILENT for n in range(1, 256)}
    addresses = ["203.0.113.0", *(f"203.0.113.{n}" for n in range(1, 256))]
    with dns_server(records) as (server, _):
        section = ReverseDns(
            servers=(server,), timeout_ms=60_000, budget_seconds=0.5, concurrency=4
        )
        answers = look_up(addresses, section)
        assert look_up(addresses, section.model_copy(update={"budget_seconds": 0})) == []
    assert answers == [Answer("203.0.113.0", None, is_confirmed=False, message="no name")]


def test_busy_servers_cost_no_more_than_the_budget_either():
    """Though answers keep coming in at the moment of its end."""
    addresses = [f"203.0.{n // 250}.{n % 250}" for n in range(20_000)]
    with dns_server({}) as (server, zone):
        answers = look_up(addresses, ReverseDns(servers=(server,), budget_seconds=0.2))
        asked = len(zone.asked)
        assert len(answers) < len(addresses)
    assert len(zone.asked) - asked <= 32


@pytest.fixture
def home(tmp_path):
    """A lake with clients seen on two days: a false crawler, an old one, people, a pseudonym."""
    made = Home(tmp_path)
    with lake.open_writer(made, "Asia/Tokyo") as con:
        con.execute(
            """
            insert into lake.client (client_id, client_ip, client_host, client_domain) values
                (1, '203.0.113.1', null, 'geo.example'), (2, '203.0.113.2', null, null),
                (7, '203.0.113.7', null, 'geo.example'), (8, 'pseudonym-8', null, null),
                (9, '203.0.113.9', 'logged.example', 'logged.example');
            insert into lake.agent (agent_id, user_agent, is_bot, bot_name)
                values (1, 'Googlebot/2.1', true, 'Googlebot'), (2, 'Firefox', false, null)
            """
        )
        times = ["19T10", "01T10", "19T12", "19T13", "19T11"]
        clients, agents = [1, 2, 7, 8, 9], [1, 1, 2, 2, None]
        insert_requests(
            con,
            [
                {
                    "event_id": number,
                    "time": (time := dt.datetime.fromisoformat(f"2026-11-{text}:00:00+09:00")),
                    "log_date": time.date(),
                    "site_id": "a",
                    "client_id": client,
                    "agent_id": agent,
                }
                for number, (text, client, agent) in enumerate(
                    zip(times, clients, agents, strict=True), 1
                )
            ],
        )
    return made


def settings_with(**options):
    """Settings with a `reverse_dns` section."""
    site = {"id": "a", "group": "main", "domains": ["a.example"], "logs": ["a/*"]}
    patient = {"timeout_ms": _PATIENT, **options}
    return Settings.model_validate({"sites": [site], "reverse_dns": patient})


def test_it_is_off_by_default(home):
    """No question, no row."""
    with dns_server(FOUND) as (server, zone), lake.open_writer(home, "UTC") as con:
        assert resolve_new(con, settings_with(servers=[server]), lambda: NOW) == Lookups()
        assert con.execute("select count(*) from lake.reverse_dns").fetchone() == (0,)
    assert zone.asked == []


def test_answers_are_kept_and_asked_for_again_when_they_expire(home):
    """Crawlers first, then the last seen; nobody twice within the time."""
    with dns_server(FOUND) as (server, zone), lake.open_writer(home, "UTC") as con:
        settings = settings_with(enabled=True, servers=[server], concurrency=1, cache_days=7)
        assert resolve_new(con, settings, lambda: NOW) == Lookups(asked=3, confirmed=1, left=0)
        assert [name for name, kind in zone.asked if kind == "PTR"] == [
            "1.113.0.203.in-addr.arpa.", PTR_7, "9.113.0.203.in-addr.arpa.",
        ]  # fmt: skip
        zone.asked.clear()
        later = NOW + dt.timedelta(days=6)
        assert resolve_new(con, settings, lambda: later) == Lookups()
        assert zone.asked == []
        later = NOW + dt.timedelta(days=7)
        assert resolve_new(con, settings, lambda: later).asked == 3
        rows = con.execute(
            "select client_host, client_domain, is_confirmed, looked_up_at, expires_at, message"
            " from lake.reverse_dns where client_ip = '203.0.113.7'"
        ).fetchall()
    expires = later + dt.timedelta(days=7)
    assert rows == [("p7.tokyo.ocn.example", "ocn.example", True, later, expires, None)]


def test_silence_is_asked_again_the_next_night(home):
    """A server that failed is no answer to keep for days."""
    with dns_server({(PTR_7, "PTR"): SILENT}) as (server, _), lake.open_writer(home, "UTC") as con:
        settings = settings_with(enabled=True, servers=[server], timeout_ms=500)
        resolve_new(con, settings, lambda: NOW)
        next_night = NOW + dt.timedelta(days=1)
        assert resolve_new(con, settings, lambda: next_night).asked == 1


def test_crawlers_alone_are_asked_for_if_so_wished(home):
    """People's addresses are shown to no DNS server then."""
    with dns_server(FOUND) as (server, zone), lake.open_writer(home, "UTC") as con:
        settings = settings_with(enabled=True, servers=[server], only="crawlers")
        assert resolve_new(con, settings, lambda: NOW) == Lookups(asked=1)
    assert zone.asked == [("1.113.0.203.in-addr.arpa.", "PTR")]


def test_the_log_shows_the_names_that_were_confirmed(home):
    """The host of the log first, then a confirmed name, then the domain of the GeoIP database."""
    with dns_server(FOUND) as (server, _), lake.open_writer(home, "UTC") as con:
        resolve_new(con, settings_with(enabled=True, servers=[server]), lambda: NOW)
        rows = con.execute(
            "select client_ip, client_host, client_domain from lake.access_log"
            " where log_date = '2026-11-19' order by event_id"
        ).fetchall()
    assert rows == [
        ("203.0.113.1", None, "geo.example"),
        ("203.0.113.7", "p7.tokyo.ocn.example", "ocn.example"),
        ("pseudonym-8", None, None),
        ("203.0.113.9", "logged.example", "logged.example"),
    ]


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:DB8::53]", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_server_is_an_address_with_or_without_a_port(text, endpoint):
    """Of either family."""
    assert split_endpoint(text, 53) == endpoint


@pytest.mark.parametrize(
    "text",
    ["", "dns.example", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2.53:５３",
     "[2001:db8::53", "[2001:db8::53]5353", "[2001:db8::53]:", "2001:db8::53::1"],
)  # fmt: skip
def test_a_server_that_is_no_address_is_a_settings_error(text, tmp_path):
    """With the line and the key; names are none, since it is what would look them up."""
    with pytest.raises(ValueError, match=r"."):
        split_endpoint(text, 53)
    path = tmp_path / "mimamori.yaml"
    path.write_text(
        "sites: [{id: a, group: g, domains: [a.example], logs: [a/*]}]\n"
        f"reverse_dns:\n  servers: ['{text}']\n",
        encoding="utf-8",
    )
    with pytest.raises(SettingsError, match=r":3: reverse_dns\.servers\[0\]: "):
        load(path)
