"""What browsers and programs call themselves."""

from evaluate.dice import Dice

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {0} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
)
_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT}"
_DESK = {
    _WINDOWS + " Chrome/{c}.0.0.0 Safari/537.36": 5.0,
    _WINDOWS + " Chrome/{c}.0.0.0 Safari/537.36 Edg/{c}.0.0.0": 5.0,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{f}.0) Gecko/20100101 Firefox/{f}.0": 1.0,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {w} Chrome/{c}.0.0.0 Safari/537.36": 0.8,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/{s} Safari/605.1.15": 0.7,
}
_PHONE = {
    _IPHONE.format("18_6") + " Version/{s} Mobile/15E148 Safari/604.1": 6.0,
    _IPHONE.format("17_7") + " Version/17.6 Mobile/15E148 Safari/604.1": 2.0,
    "Mozilla/5.0 (Linux; Android 10; K) {w} Chrome/{c}.0.0.0 Mobile Safari/537.36": 6.0,
    "Mozilla/5.0 (Linux; Android 14; SO-52E) {w} Chrome/{c}.0.0.0 Mobile Safari/537.36": 1.0,
}
TOOLS = (
    "python-requests/2.32.3",
    "curl/8.5.0",
    "Go-http-client/1.1",
    f"{_WINDOWS} Chrome/109.0.0.0 Safari/537.36",
    "okhttp/4.12.0",
)
MONITORS = ("Zabbix 7.0", "check_http/v2.4.5 (monitoring-plugins 2.4.5)", "Uptime-Kuma/1.23.13")
BATCH = ("Java-http-client/21.0.5", "Apache-HttpClient/5.3 (Java/17.0.9)", "curl/7.76.1")
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BINGBOT = "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"
APPLEBOT = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)"
)
AHREFSBOT = "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)"
GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2;"
    " +https://openai.com/gptbot)"
)


def desk(dice: Dice) -> str:
    """Return a browser of a desk computer."""
    return _filled(dice, dice.weighted(_DESK))


def phone(dice: Dice) -> str:
    """Return a browser of a telephone."""
    return _filled(dice, dice.weighted(_PHONE))


def other_desk(dice: Dice, than: str) -> str:
    """Return a desk browser that is not the given one, in name, version or system."""
    while (found := desk(dice)) == than:
        pass
    return found


def _filled(dice: Dice, text: str) -> str:
    version = dice.choice((139, 140, 141, 142, 142, 142))
    return text.format(w=_WEBKIT, c=version, f=version + 1, s=dice.choice(("18.5", "18.6", "26.0")))
