"""Browsers, crawlers and tools, as they name themselves in a log at a given date.

Browsers come out every four weeks, so their versions follow the date; a user's browser is updated
in the course of a simulation, as it would be.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

AgentKind = Literal["phone", "desk", "tablet", "crawler", "tool", "monitor"]

_RELEASE_EVERY_DAYS = 28
_CHROME_131_ON = dt.date(2024, 11, 12)
_SAFARI_26_IN = 2025  # from this autumn on it is named after the year
_FIREFOX_132_ON = dt.date(2024, 10, 29)
_MOZILLA = "Mozilla/5.0"
_BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WINDOWS = f"{_MOZILLA} (Windows NT 10.0; Win64; x64) {_BLINK}"
_MAC = f"{_MOZILLA} (Macintosh; Intel Mac OS X 10_15_7)"
_ANDROID = f"{_MOZILLA} (Linux; Android 10; K) {_BLINK}"
_IPHONE = f"{_MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X)"
_WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@dataclass(frozen=True)
class Agent:
    """A kind of client; `text` may hold `{chrome}`, `{chrome_before}`, `{firefox}`, `{safari}`."""

    text: str
    kind: AgentKind
    public: float = 0.0  # share among visitors and customers
    work: float = 0.0  # share among people at work
    http2: bool = True
    networks: tuple[str, ...] = ()  # of a crawler

    def at(self, on: dt.date) -> str:
        """Return the user agent as it is sent on this date."""
        chrome = 131 + (on - _CHROME_131_ON).days // _RELEASE_EVERY_DAYS
        firefox = 132 + (on - _FIREFOX_132_ON).days // _RELEASE_EVERY_DAYS
        autumn = on.year if (on.month, on.day) >= (9, 15) else on.year - 1
        safari = autumn - 1999 if autumn >= _SAFARI_26_IN else autumn - 2006
        months = (on.year - autumn) * 12 + on.month - 9
        return (
            self.text.replace("{chrome}", str(chrome))
            .replace("{chrome_before}", str(chrome - 1))
            .replace("{firefox}", str(firefox))
            .replace("{safari}", f"{safari}.{max(0, months) // 2}")
        )


PEOPLE = (
    Agent(f"{_IPHONE} {_WEBKIT} Version/{{safari}} Mobile/15E148 Safari/604.1", "phone", 30, 2),
    Agent(
        f"{_MOZILLA} (iPhone; CPU iPhone OS 17_7 like Mac OS X) {_WEBKIT} Version/17.6 "
        "Mobile/15E148 Safari/604.1", "phone", 6,
    ),
    Agent(f"{_IPHONE} {_WEBKIT} CriOS/{{chrome}}.0.7000.92 Mobile/15E148 Safari/604.1", "phone", 4),
    Agent(f"{_IPHONE} {_WEBKIT} Mobile/15E148 Safari Line/15.18.1", "phone", 4),
    Agent(
        f"{_IPHONE} {_WEBKIT} Mobile/15E148 YJApp-IOS jp.co.yahoo.ipn.appli/4.142.0", "phone", 3,
    ),
    Agent(f"{_ANDROID} Chrome/{{chrome}}.0.0.0 Mobile Safari/537.36", "phone", 17, 1),
    Agent(f"{_ANDROID} Chrome/{{chrome_before}}.0.0.0 Mobile Safari/537.36", "phone", 5),
    Agent(
        f"{_MOZILLA} (Linux; Android 15; SO-52E Build/70.0.A.2.39; wv) {_BLINK} Version/4.0 "
        "Chrome/{chrome}.0.0.0 Mobile Safari/537.36 YJApp-ANDROID "
        "jp.co.yahoo.android.yjtop/3.190.1", "phone", 2,
    ),
    Agent(
        f"{_MOZILLA} (Linux; Android 14; SM-S928Q) {_BLINK} SamsungBrowser/28.0 "
        "Chrome/130.0.0.0 Mobile Safari/537.36", "phone", 2,
    ),
    Agent(f"{_WINDOWS} Chrome/{{chrome}}.0.0.0 Safari/537.36", "desk", 9, 34),
    Agent(f"{_WINDOWS} Chrome/{{chrome_before}}.0.0.0 Safari/537.36", "desk", 3, 8),
    Agent(
        f"{_WINDOWS} Chrome/{{chrome}}.0.0.0 Safari/537.36 Edg/{{chrome}}.0.0.0", "desk", 7, 38,
    ),
    Agent(
        f"{_MOZILLA} (Windows NT 10.0; Win64; x64; rv:{{firefox}}.0) Gecko/20100101 "
        "Firefox/{firefox}.0", "desk", 2, 5,
    ),
    Agent(f"{_MAC} {_WEBKIT} Version/{{safari}} Safari/605.1.15", "desk", 4, 4),
    Agent(f"{_MAC} {_BLINK} Chrome/{{chrome}}.0.0.0 Safari/537.36", "desk", 2, 3),
    Agent(f"{_MOZILLA} (X11; Linux x86_64) {_BLINK} Chrome/{{chrome}}.0.0.0 Safari/537.36",
          "desk", 0.4, 0.5),
    Agent(
        f"{_MOZILLA} (iPad; CPU OS 18_6 like Mac OS X) {_WEBKIT} Version/{{safari}} "
        "Mobile/15E148 Safari/604.1", "tablet", 2, 4,
    ),
    Agent(
        f'{_MOZILLA} (Linux; Android 13; "Business Tab" A201) {_BLINK} Chrome/{{chrome}}.0.0.0 '
        "Safari/537.36", "tablet", 0.3, 0.5, http2=False,
    ),
    Agent(
        f"{_MOZILLA} (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", "desk", 0.2,
        http2=False,
    ),
)  # fmt: skip

CRAWLERS = (
    Agent(
        f"{_MOZILLA} {_BLINK[:-1]}; compatible; Googlebot/2.1; "
        "+http://www.google.com/bot.html) Chrome/{chrome}.0.0.0 Safari/537.36",
        "crawler", 30, networks=("66.249.64.0/20",),
    ),
    Agent(
        f"{_MOZILLA} (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) {_BLINK} "
        "Chrome/{chrome}.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "crawler", 22, networks=("66.249.64.0/20",),
    ),
    Agent("Googlebot-Image/1.0", "crawler", 3, http2=False, networks=("66.249.64.0/20",)),
    Agent(
        f"{_MOZILLA} {_BLINK[:-1]}; compatible; bingbot/2.0; "
        "+http://www.bing.com/bingbot.htm) Chrome/{chrome_before}.0.0.0 Safari/537.36",
        "crawler", 20, networks=("40.77.167.0/24", "157.55.39.0/24", "207.46.13.0/24"),
    ),
    Agent(
        f"{_MAC} {_WEBKIT} Version/17.4 Safari/605.1.15 (Applebot/0.1; "
        "+http://www.apple.com/go/applebot)", "crawler", 8,
        networks=("17.241.219.0/24", "17.241.75.0/24"),
    ),
    Agent(
        f"{_MOZILLA} (compatible; Y!J-WSC/1.0; +https://www.yahoo-help.jp/app/answers/detail/p/595/)",
        "crawler", 4, http2=False, networks=("182.22.24.0/22",),
    ),
    Agent(
        f"{_MOZILLA} (compatible; YandexBot/3.0; +http://yandex.com/bots)", "crawler", 3,
        http2=False, networks=("77.88.5.0/24", "5.255.253.0/24"),
    ),
    Agent(
        f"{_MOZILLA} (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "crawler", 2, http2=False, networks=("220.181.108.0/24",),
    ),
    Agent(
        f"{_MOZILLA} (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "crawler", 6,
        networks=("54.36.148.0/23", "51.222.253.0/24"),
    ),
    Agent(
        f"{_MOZILLA} (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
        "crawler", 4, http2=False, networks=("185.191.171.0/24",),
    ),
    Agent(
        f"{_MOZILLA} {_BLINK[:-1]}; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "crawler", 6, networks=("20.171.207.0/24", "74.7.227.0/24"),
    ),
    Agent(
        f"{_MOZILLA} {_BLINK[:-1]}; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
        "crawler", 6, networks=("216.73.216.0/24",),
    ),
    Agent(
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "crawler", 2,
        networks=("173.252.64.0/19", "69.171.224.0/19"),
    ),
    Agent("Twitterbot/1.0", "crawler", 1, http2=False, networks=("69.171.224.0/19",)),
)  # fmt: skip

SCANNERS = (
    Agent("Mozilla/5.0 zgrab/0.x", "tool", 4, http2=False),
    Agent("Go-http-client/1.1", "tool", 5, http2=False),
    Agent("curl/8.5.0", "tool", 3, http2=False),
    Agent("python-requests/2.32.3", "tool", 4, http2=False),
    Agent("Mozilla/5.0", "tool", 3, http2=False),
    Agent("", "tool", 3, http2=False),
    Agent(
        f"{_WINDOWS} Chrome/108.0.0.0 Safari/537.36", "tool", 3, http2=False,
    ),
    Agent(
        "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)", "tool", 3,
        http2=False,
    ),
    Agent("Expanse, a Palo Alto Networks company, searches across the global IPv4 space",
          "tool", 2, http2=False),
)  # fmt: skip
INJECTORS = (
    Agent("sqlmap/1.9.4#stable (https://sqlmap.org)", "tool", http2=False),
    Agent(f"{_WINDOWS} Chrome/120.0.0.0 Safari/537.36", "tool", http2=False),
    Agent("Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0", "tool"),
)
GUESSERS = (
    Agent("python-requests/2.31.0", "tool", http2=False),
    Agent(f"{_WINDOWS} Chrome/119.0.0.0 Safari/537.36", "tool", http2=False),
    Agent("Go-http-client/2.0", "tool"),
)
MONITOR = Agent("Zabbix 7.0", "monitor", http2=False)
BATCH = Agent("Java-http-client/21.0.5", "monitor", http2=False)
