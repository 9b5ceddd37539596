"""What asked: browser, system, device and bot."""

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.normalise.browser import AGENT_SCHEMA, BOTS_FILE, bot_table, parse_agents

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 Safari"
)
ANDROID = "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko)"


def parsed(agent):
    """The row of one agent, without the agent."""
    return parse_agents([agent]).drop("user_agent").row(0)


@pytest.mark.parametrize(
    ("agent", "row"),
    [
        (CHROME, ("Chrome", "120.0.0", "Windows", "10", None, False, None)),
        (
            f"{CHROME} Edg/120.0.2210.91",
            ("Edge", "120.0.2210", "Windows", "10", None, False, None),
        ),
        (
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            ("IE", "11.0", "Windows", "7", None, False, None),
        ),
        (
            f"{IPHONE} Line/13.20.0",
            ("LINE", "13.20.0", "iOS", "17.2", "iPhone", False, None),
        ),
        (
            "KDDI-CA39 UP.Browser/6.2.0.13.1.5 (GUI) MMP/2.0",
            ("UP.Browser", "6.2.0", None, None, "Generic Feature Phone", False, None),
        ),
        (
            f"{ANDROID} Chrome/112.0.0.0 Safari/537.36 (compatible; Googlebot/2.1; +http://x)",
            ("Googlebot", "2.1", "Android", "13", "Spider", True, "Googlebot"),
        ),
        ("curl/8.4.0", ("curl", "8.4.0", None, None, None, True, "curl")),
        ("nonsense", (None, None, None, None, None, False, None)),
    ],
)
def test_an_agent_is_taken_apart(agent, row):
    """Versions are dotted as far as told, what is not told is null."""
    assert parsed(agent) == row


@pytest.mark.parametrize("agent", ["", "-", " ", "\t\n"])
def test_no_agent_is_nothing_at_all(agent):
    """Neither a person's nor a bot's: null."""
    assert parse_agents([agent]).row(0) == (agent, *[None] * 7)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot"),
        (f"{IPHONE} (Applebot/0.1; +http://www.apple.com/go/applebot)", "Applebot"),
        ("Mozilla/5.0 (compatible; Y!J-ASR/0.1; +http://www.yahoo-help.jp/)", "Y!J"),
        ("Y!J-BRW/1.0 (https://www.yahoo-help.jp/)", "Y!J"),
        ("Mozilla/5.0 (compatible; Yahoo! JAPAN)", "Y!J"),
        ("Mozilla/5.0 (compatible; Linespider/1.1; +https://lin.ee/4dwXkTH)", "Linespider"),
        ("facebookexternalhit/1.1;line-poker/1.0", "LINE preview"),
        ("ICC-Crawler/3.0 (Mozilla-compatible; ; https://ucri.nict.go.jp/)", "ICC-Crawler"),
        ("Hatena::Fetcher/0.01 (master) Furl/3.13", "Hatena"),
        ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/)", "Baiduspider"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot"),
        ("Mozilla/5.0 (compatible; SemrushBot-BA; +http://www.semrush.com/)", "SemrushBot"),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2; +https://x)", "GPTBot"),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "ClaudeBot"),
        ("Mozilla/5.0 (compatible; PerplexityBot/1.0; +https://x)", "PerplexityBot"),
        (f"{ANDROID} (compatible; Bytespider; spider-feedback@bytedance.com)", "Bytespider"),
        (f"{CHROME[:-14]} (compatible; Amazonbot/0.1; +https://x) Safari/537.36", "Amazonbot"),
        ("CCBot/2.0 (https://commoncrawl.org/faq/)", "CCBot"),
        ("meta-externalagent/1.1 (+https://developers.facebook.com/)", "meta-externalagent"),
        ("meta-externalfetcher/1.1 (+https://developers.facebook.com/)", "meta-externalfetcher"),
        (
            "Mozilla/5.0 AppleWebKit/537.36; compatible; ChatGPT-User/1.0; +https://x",
            "ChatGPT-User",
        ),
        ("Mozilla/5.0 (compatible; PerplexityUser/1.0; +https://x)", "Perplexity-User"),
        ("Mozilla/5.0 (compatible; Amzn-User; +https://x)", "Amzn-User"),
        ("cohere-training-data-crawler (+crawler@x)", "cohere-training-data-crawler"),
        ("Mozilla/5.0 (compatible; Google-Extended)", "Google-Extended"),
        ("Applebot/0.1", "Applebot"),
        ("Applebot-Extended", "Applebot-Extended"),
        ("Google-NotebookLM", "Google-NotebookLM"),
        ("Bluesky Cardyb/1.1; +mailto:support@bsky.app", "Bluesky"),
        ("Twitterbot/1.0", "Twitterbot"),
        ("Mozilla/5.0 (compatible; Steeler/3.5; http://www.tkl.iis.u-tokyo.ac.jp/)", "Steeler"),
        ("Mozilla/5.0 (compatible; Cotoyogi/4.0; +https://ds.rois.ac.jp/)", "Cotoyogi"),
        ("\x1b[31mGooglebot/2.1\x00\r\n", "Googlebot"),
        ("Zabbix 6.0", "Zabbix"),
        ("Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "UptimeRobot"),
        ("mackerel-http-checker/1.0", "Mackerel"),
        ("Wget/1.21.3", "Wget"),
        ("python-requests/2.31.0", "python-requests"),
        ("Go-http-client/1.1", "Go-http-client"),
        ("sqlmap/1.7.2#stable (https://sqlmap.org)", "sqlmap"),
        ("Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:006521)", "Nikto"),
        (f"{CHROME} zgrab/0.x", "ZGrab"),
        ("SQLMAP googlebot", "sqlmap"),
        (CHROME.replace("Chrome/", "HeadlessChrome/"), "Headless Chrome"),
        ("PrimeFetcher/2.0", "PrimeFetcher"),
        ("Mozilla/5.0 (compatible; prime-survey/1.0; +https://prime.example/)", "prime-survey"),
        ("prime-survey/1.0 (https://prime.example/)", "prime-survey"),
        ("bot", "unnamed"),
    ],
)
def test_a_bot_has_one_name(agent, name):
    """Whatever the version and the letters' case; scanners before the names they borrow."""
    assert parsed(agent)[-2:] == (True, name)


@pytest.mark.parametrize(
    "agent",
    [
        f"{IPHONE} Line/13.20.0",
        f"{IPHONE} ChatGPT/1.2026.041",
        CHROME.replace("Chrome/", "Claude/1.4.2 Chrome/") + " Electron/36.4.0",
        f"{CHROME} Comet/138.0",
        f"{CHROME} Perplexity/2.31",
        f"{IPHONE} Ddg/18.5",
        f"{ANDROID} BytedanceWebview/d8a21c6 musical_ly_2023",
        f"{ANDROID} HuaweiBrowser/15.0.4.312 PetalSearch/1.0",
        f"{IPHONE} Instagram 300.0.0.20 (iPhone14,5) [FBAN/FBIOS;FBAV/500.0]",
        f"{CHROME} ChatGPT-Userscript/1.0",
        f"{IPHONE} YJApp-IOS jp.co.yahoo.ipn.appli/4.50.0",
        ANDROID.replace("Pixel 7", "CUBOT X30") + " Chrome/96.0 Mobile Safari/537.36",
        ANDROID.replace("Pixel 7", "CUBOT_X50") + " Chrome/96.0 Mobile Safari/537.36",
        "okhttp/4.9.1",
        "PrimePortal/1 CFNetwork/1408.0.4 Darwin/22.5.0",
        "Dalvik/2.1.0 (Linux; U; Android 12; SO-51B Build/61)",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Word 16.0; Pro)",
        "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; http://toolbar.example)",
        "Mozilla/5.0 (Windo",
    ],
)
def test_people_and_their_apps_are_no_bots(agent):
    """The LINE app, assistants' own apps, telephones named `bot`, apps' HTTP stacks, cut agents."""
    assert parsed(agent)[-2:] == (False, None)


def test_rows_stand_in_the_order_of_the_agents():
    """A row for each, repetitions included, in the declared types."""
    agents = [CHROME, "-", "curl/8.4.0", CHROME]
    table = parse_agents(agents)
    assert table.schema == AGENT_SCHEMA
    assert table.get_column("user_agent").to_list() == agents
    assert table.row(0) == table.row(3)
    assert parse_agents([]).equals(pl.DataFrame(schema=AGENT_SCHEMA))


def test_many_agents_are_read_in_parts_without_losing_any(monkeypatch):
    """The parts in which memory is bounded do not show in the result."""
    agents = [f"{CHROME} r/{number}" for number in range(25)]
    whole = parse_agents(agents)
    monkeypatch.setattr("pipelines.normalise.browser._CHUNK", 7)
    assert parse_agents(agents).equals(whole)


def test_only_the_beginning_of_an_endless_agent_is_looked_at():
    """A megabyte is kept as logged, and read as far as a browser would have named itself."""
    agent = CHROME + " filler" * 150_000 + " sqlmap"
    assert parse_agents([agent]).row(0) == (agent, *parsed(CHROME))


@given(st.text(max_size=60))
def test_any_text_gives_a_row(agent):
    """A bot has a name, a person has none, and a version has a family before it."""
    browser, browser_version, system, system_version, _, is_bot, bot_name = parsed(agent)
    assert bool(is_bot) == (bot_name is not None)
    assert browser is not None or browser_version is None
    assert system is not None or system_version is None
    assert "" not in (browser, browser_version, system, system_version, bot_name)


def test_every_listed_name_is_its_own():
    """No name stands twice, where only one of its patterns would be read."""
    document = yaml.compose(BOTS_FILE.read_text(encoding="utf-8"))
    assert document is not None
    groups = {
        key.value: [name.value for name, _ in node.value]
        for key, node in document.value
        if key.value == "groups"
        for key, node in node.value
    }
    names = [name for group in groups.values() for name in group]
    assert len(names) == len(set(names))
    assert list(groups) == ["scanners", "surveys", "crawlers", "previews", "monitors", "libraries"]
    assert sum(map(len, bot_table().groups.values())) == len(names)
