"""Whether a crawler is whose it says it is."""

import datetime as dt
import ipaddress

import polars as pl
import pytest

from pipelines import lake
from pipelines.enrich.crawlers import (
    Purpose,
    ai_agent_table,
    ai_agents,
    crawler_rules,
    crawler_table,
    refresh_crawler_rules,
)
from pipelines.normalise.browser import bot_table
from pipelines.paths import Home
from tests.lake_requests import insert_requests

GOOGLE = 15169
ELSEWHERE = 64496


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    """A writer of a new lake that knows the rules, and four agents."""
    with lake.open_writer(Home(tmp_path_factory.mktemp("crawlers")), "UTC") as con:
        refresh_crawler_rules(con)
        con.execute(
            "insert into lake.agent (agent_id, bot_name) values"
            " (1, 'Googlebot'), (2, 'Yahoo! Slurp'), (3, 'SemrushBot'), (4, null),"
            " (5, 'GPTBot'), (6, 'ChatGPT-User'), (7, 'CCBot'), (8, 'Google-Extended'),"
            " (9, 'YouBot'), (10, 'meta-externalagent')"
        )
        yield con


@pytest.fixture
def con(writer):
    """The writer, what a test writes being taken back afterwards."""
    writer.execute("begin transaction")
    yield writer
    writer.execute("rollback")


def request(number, day, site, client, agent):
    """A row of lake.request."""
    return {
        "event_id": number,
        "log_date": dt.date(2026, 11, day),
        "site_id": site,
        "client_id": client,
        "agent_id": agent,
    }


def seen(con, asn=None, agent=1, address="192.0.2.1", day=19):
    """A client of a network comes once with an agent."""
    con.execute(
        "insert into lake.client (client_id, client_ip, asn, seen_at)"
        " values (1, ?, ?, '2026-11-19')", [address, asn],
    )  # fmt: skip
    insert_requests(con, [request(1, day, "a", 1, agent)])


def named(con, host, is_confirmed):
    """Reverse DNS has answered."""
    con.execute(
        "insert into lake.reverse_dns (client_ip, client_host, is_confirmed)"
        " values ('192.0.2.1', ?, ?)", [host, is_confirmed],
    )  # fmt: skip


def verdicts(con):
    """What the view says of each claim."""
    return con.execute("select verdict, evidence from lake.crawler").fetchall()


@pytest.mark.parametrize(
    ("asn", "verdict"),
    [
        (GOOGLE, ("verified", "asn")),
        (ELSEWHERE, ("false", "asn")),
        (None, ("unknown", None)),
    ],
)
def test_the_network_tells_where_it_is_known(con, asn, verdict):
    """Without a database of networks nothing is said."""
    seen(con, asn)
    assert verdicts(con) == [verdict]


@pytest.mark.parametrize(
    ("host", "is_confirmed", "asn", "verdict"),
    [
        ("crawl-66-249-66-1.googlebot.com", True, None, ("verified", "reverse_dns")),
        ("rate-limited-proxy-66-249-90-77.google.com", True, None, ("verified", "reverse_dns")),
        ("crawl-66-249-66-1.googlebot.com", True, ELSEWHERE, ("verified", "reverse_dns")),
        # Whoever holds an address may write any name for it, but not lead the name back.
        ("crawl-66-249-66-1.googlebot.com", False, None, ("false", "reverse_dns")),
        ("evilgooglebot.com", True, None, ("false", "reverse_dns")),
        ("googlebot.com.evil.example", True, GOOGLE, ("false", "reverse_dns")),
        ("p7.ocn.ne.jp", None, None, ("false", "reverse_dns")),
        (None, False, None, ("false", "reverse_dns")),
        # A question without an answer says nothing, and the network decides.
        (None, None, None, ("unknown", None)),
        ("crawl-66-249-66-1.googlebot.com", None, GOOGLE, ("verified", "asn")),
        (None, None, ELSEWHERE, ("false", "asn")),
    ],
)
def test_a_host_name_decides_where_there_is_an_answer(con, host, is_confirmed, asn, verdict):
    """It is the operator's own proof; unconfirmed names and other domains disprove."""
    seen(con, asn)
    named(con, host, is_confirmed)
    assert verdicts(con) == [verdict]


def test_a_bot_without_known_networks_waits_for_its_name(con):
    """A network is no evidence about it."""
    seen(con, ELSEWHERE, agent=2)
    assert verdicts(con) == [("unknown", None)]


@pytest.mark.parametrize("agent", [3, 4, None])
def test_others_claim_nothing(con, agent):
    """Bots of which nothing is known, people, and no agent at all."""
    seen(con, GOOGLE, agent)
    assert verdicts(con) == []


def test_requests_are_counted_by_day_site_address_and_bot(con):
    """One row for them, whatever client rows an address has."""
    con.execute(
        """
        insert into lake.client (client_id, client_ip, asn, seen_at) values
            (1, '192.0.2.1', 64496, '2026-01-01'), (2, '192.0.2.1', 15169, '2026-11-01')
        """
    )
    given = [(1, 19, "a", 1), (2, 19, "a", 2), (3, 19, "b", 2), (4, 20, "a", 2)]
    insert_requests(con, [request(*each, 1) for each in given])
    rows = con.execute(
        "select * exclude (operator, purpose) from lake.crawler order by log_date, site_id"
    ).fetchall()
    assert [(str(row[0]), *row[1:]) for row in rows] == [
        ("2026-11-19", "a", "192.0.2.1", "Googlebot", 2, "verified", "asn"),
        ("2026-11-19", "b", "192.0.2.1", "Googlebot", 1, "verified", "asn"),
        ("2026-11-20", "a", "192.0.2.1", "Googlebot", 1, "verified", "asn"),
    ]


def test_rules_are_written_when_they_change(writer):
    """A second time nothing is, and what was changed by hand is put right."""
    assert not refresh_crawler_rules(writer)
    writer.execute(
        "insert into lake.crawler_rule (bot_name, host_suffix) values ('Googlebot', 'evil.example')"
    )
    assert refresh_crawler_rules(writer)
    count = writer.execute("select count(*) from lake.crawler_rule").fetchone()
    assert count == (len(crawler_rules()),)


def test_rules_are_about_bots_that_are_known_by_name():
    """Each once, each with a source."""
    known = {name for _, name in bot_table().rules()}
    bots = [bot for operator in crawler_table().operators for bot in operator.bots]
    assert set(bots) <= known
    assert len(bots) == len(set(bots))
    for operator in crawler_table().operators:
        assert operator.source.startswith("https://")
        assert operator.are_any


def networks_of(bot):
    """The published networks of an AI agent, as they stand in the file."""
    found = crawler_rules().filter(bot_name=bot).get_column("network").drop_nulls()
    return [ipaddress.ip_network(text) for text in found]


@pytest.mark.parametrize(("agent", "bot"), [(5, "GPTBot"), (6, "ChatGPT-User"), (7, "CCBot")])
@pytest.mark.parametrize("place", [0, -1])
def test_an_address_of_a_published_network_verifies_an_ai_agent(con, agent, bot, place):
    """The first and the last of its networks, up to their ends, also of IPv6."""
    network = networks_of(bot)[place]
    seen(con, agent=agent, address=str(network[place]))
    assert verdicts(con) == [("verified", "network")]


@pytest.mark.parametrize(
    ("agent", "address", "verdict"),
    [
        (5, "192.0.2.1", ("false", "network")),
        (5, "2001:db8::1", ("false", "network")),
        # A list that changes every week disproves nothing.
        (6, "192.0.2.1", ("unknown", None)),
        # A pseudonym in place of an address is nowhere.
        (5, "3kXpseudonym", ("unknown", None)),
        (9, "192.0.2.1", ("unknown", None)),
        (8, "192.0.2.1", ("false", "token")),
    ],
)
def test_who_only_names_himself_an_ai_agent_is_not_verified(con, agent, address, verdict):
    """Outside the networks of a whole list, or by a name that no request carries."""
    seen(con, agent=agent, address=address)
    assert verdicts(con) == [verdict]


def test_an_old_list_disproves_nothing(con):
    """Operators add networks, and this release does not know them."""
    until = crawler_rules().filter(bot_name="GPTBot").get_column("complete_until").max()
    assert isinstance(until, dt.date)
    con.execute("insert into lake.client (client_id, client_ip) values (1, '192.0.2.1')")
    days = [until, until + dt.timedelta(days=1)]
    insert_requests(con, [{**request(n, 1, "a", 1, 5), "log_date": d} for n, d in enumerate(days)])
    assert sorted(verdicts(con)) == [("false", "network"), ("unknown", None)]


def test_a_host_name_and_a_network_are_each_enough(con):
    """CCBot has both; where one is right the other may lag behind."""
    network = networks_of("CCBot")[0]
    seen(con, agent=7, address=str(network[0]))
    con.execute(
        "insert into lake.reverse_dns (client_ip, client_host, is_confirmed)"
        " values (?, 'p7.ocn.ne.jp', true)", [str(network[0])],
    )  # fmt: skip
    assert verdicts(con) == [("verified", "network")]


def test_an_autonomous_system_decides_where_nothing_better_is_known(con):
    """As Meta tells its crawlers."""
    seen(con, asn=32934, agent=10)
    assert verdicts(con) == [("verified", "asn")]


def test_ai_agents_are_known_by_name_and_have_one_purpose():
    """Each once, of each purpose some, tokens of none, with the operator's page."""
    known = {name for _, name in bot_table().rules()}
    agents = ai_agents()
    assert set(agents.get_column("bot_name")) <= known
    assert agents.get_column("bot_name").is_unique().all()
    purposes = agents.filter(~pl.col("is_token")).get_column("purpose")
    assert set(purposes) == set(Purpose)
    assert agents.filter("is_token").get_column("purpose").is_null().all()
    assert agents.get_column("source").str.starts_with("https://").all()


def test_no_agent_has_its_signs_in_two_files():
    """One copy of each fact."""
    elsewhere = {bot for one in crawler_table().operators for bot in one.bots}
    for operator in ai_agent_table().operators:
        for name, agent in operator.agents.items():
            assert name not in elsewhere or not (agent.are_any or operator.are_any), name


def test_what_ai_agents_read_is_counted_by_day_site_and_verdict(con):
    """Pages and people once, personal data and refusals apart; other bots are not in it."""
    address = str(networks_of("GPTBot")[0][0])
    con.execute(
        "insert into lake.client (client_id, client_ip) values (1, ?), (2, '192.0.2.1')", [address]
    )
    given = [
        (1, 5, "/a", 200, 0, None), (1, 5, "/a", 304, 0, None), (1, 5, "/b", 404, 0, None),
        (1, 5, "/c", 403, 0, None), (1, 5, "/customers/1", 200, 3, "1"),
        (2, 5, "/customers/1", 200, 3, "1"), (2, 1, "/a", 200, 0, None),
    ]  # fmt: skip
    insert_requests(
        con,
        [
            {
                **request(number, 19, "a", client, agent),
                "url_path": path, "status": status, "data_level": level, "subject_id": subject,
            }
            for number, (client, agent, path, status, level, subject) in enumerate(given)
        ],
    )  # fmt: skip
    rows = con.execute(
        "select bot_name, operator, purpose, verdict, addresses, requests, pages,"
        " personal_accesses, subjects, refused"
        " from lake.ai_agents_by_day('2026-11-19', '2026-11-19') order by verdict"
    ).fetchall()
    assert rows == [
        ("GPTBot", "OpenAI", "training", "false", 1, 1, 1, 1, 1, 0),
        ("GPTBot", "OpenAI", "training", "verified", 1, 5, 2, 1, 1, 1),
    ]
