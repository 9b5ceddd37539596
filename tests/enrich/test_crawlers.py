"""Whether a crawler is whose it says it is."""

import datetime as dt

import pytest

from pipelines import lake
from pipelines.enrich.crawlers import crawler_rules, crawler_table, refresh_crawler_rules
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
            " (1, 'Googlebot'), (2, 'Yahoo! Slurp'), (3, 'GPTBot'), (4, null)"
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


def seen(con, asn=None, agent=1):
    """A client of a network comes once with an agent."""
    con.execute(
        "insert into lake.client (client_id, client_ip, asn, seen_at)"
        " values (1, '192.0.2.1', ?, '2026-11-19')", [asn],
    )  # fmt: skip
    insert_requests(con, [request(1, 19, "a", 1, agent)])


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
    """Bots whose operators name no host and no network, people, and no agent at all."""
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
    rows = con.execute("select * from lake.crawler order by log_date, site_id").fetchall()
    assert [(str(row[0]), *row[1:]) for row in rows] == [
        ("2026-11-19", "a", "192.0.2.1", "Googlebot", 2, "verified", "asn"),
        ("2026-11-19", "b", "192.0.2.1", "Googlebot", 1, "verified", "asn"),
        ("2026-11-20", "a", "192.0.2.1", "Googlebot", 1, "verified", "asn"),
    ]


def test_rules_are_written_when_they_change(writer):
    """A second time nothing is, and what was changed by hand is put right."""
    assert not refresh_crawler_rules(writer)
    writer.execute("insert into lake.crawler_rule values ('Googlebot', 'evil.example', null)")
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
        assert operator.host_suffixes or operator.asns
