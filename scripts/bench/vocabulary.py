"""What the lines of the benchmark are made of: clients, agents, pages, referrers, search words.

Host names are from the domains kept for examples. Addresses are drawn from the whole public
space, since GeoIP has to find a country for them; they name nobody.
"""

import itertools
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np
import polars as pl

ADDRESSES = 130_000
AGENTS = 3_000
PAGES = 24_000
SEARCHES = 20_000
SITE = "https://www.prime.example"

_IPV6_SHARE = 0.02
_NO_PUBLIC_OCTET = frozenset({10, 100, 127, 169, 172, 192, 198, 203})
_WORDS = [
    "自動車",
    "保険",
    "見積もり",
    "事故",
    "ロードサービス",
    "契約",
    "変更",
    "住所",
    "更新",
    "満期",
    "車両",
    "台風",
    "雪",
    "タイヤ",
    "交換",
    "バッテリー",
    "上がり",
    "鍵",
    "開け",
    "水漏れ",
    "修理",
    "清掃",
    "ハウスクリーニング",
    "エアコン",
    "引越し",
    "口コミ",
    "料金",
    "比較",
    "割引",
    "免許",
    "返納",
    "高齢者",
    "弁護士",
    "特約",
    "示談",
    "代車",
    "レッカー",
    "東京",
    "横浜",
    "大阪",
    "名古屋",
    "福岡",
    "札幌",
    "仙台",
    "広島",
    "電話",
    "営業時間",
]
_SECTIONS = [
    "products",
    "news",
    "support",
    "guide",
    "faq",
    "claims",
    "contracts",
    "campaign",
    "company",
    "recruit",
    "shops",
    "column",
    "calendar",
    "privacy",
    "voices",
    "partners",
]
_SLUGS = [
    "spring-discount",
    "winter-tyres",
    "typhoon-damage",
    "battery-flat",
    "renewal-guide",
    "young-driver",
    "second-car",
    "bicycle-insurance",
    "pet-plan",
    "home-repair",
    "water-leak",
    "key-trouble",
    "air-conditioner",
    "moving-day",
    "safe-driving",
    "drive-recorder",
    "electric-car",
    "rental-car",
    "towing",
    "lawyer-rider",
]
_OUTSIDE = ("www.example.com", "search.example", "news.example.net", "mail.example.org")


@dataclass(frozen=True)
class Vocabulary:
    """Columns of texts to draw from; the earlier ones of each are drawn the most."""

    addresses: pl.Series
    agents: pl.Series
    pages: pl.Series
    assets: pl.Series
    referrers: pl.Series
    searches: pl.Series


def vocabulary(seed: int) -> Vocabulary:
    """Return the same vocabulary for the same seed."""
    rng = np.random.default_rng([seed, 1])
    pages = _pages(rng)
    searches = _searches(rng)
    return Vocabulary(
        addresses=pl.Series(_addresses(rng)),
        agents=pl.Series(_agents(rng)),
        pages=pl.Series(pages),
        assets=pl.Series(_assets(rng)),
        referrers=pl.Series(_referrers(pages, searches)),
        searches=pl.Series(searches),
    )


def _addresses(rng: np.random.Generator) -> list[str]:
    octets = [number for number in range(1, 224) if number not in _NO_PUBLIC_OCTET]
    first = rng.choice(octets, ADDRESSES * 2)
    rest = rng.integers(0, 256, (ADDRESSES * 2, 3))
    groups = rng.integers(1, 65536, (ADDRESSES * 2, 6))
    is_ipv6 = rng.random(ADDRESSES * 2) < _IPV6_SHARE
    texts = (
        f"2400:{0x4000 + six[0] % 0x200:x}:{':'.join(format(group, 'x') for group in six)}"
        if ipv6
        else f"{one}.{others[0]}.{others[1]}.{others[2]}"
        for ipv6, one, others, six in zip(
            is_ipv6.tolist(), first.tolist(), rest.tolist(), groups.tolist(), strict=True
        )
    )
    return list(itertools.islice(dict.fromkeys(texts), ADDRESSES))


def _agents(rng: np.random.Generator) -> list[str]:
    webkit = "AppleWebKit/537.36 (KHTML, like Gecko)"
    desktops = (
        "Windows NT 10.0; Win64; x64",
        "Macintosh; Intel Mac OS X 10_15_7",
        "X11; Linux x86_64",
        "X11; CrOS x86_64 14541.0.0",
    )
    models = ("K", "SO-51C", "SH-52D", "SC-51E", "Pixel 8", "Pixel 9a", "A201OP")
    phones = [f"Linux; Android {version}; {model}" for version in range(9, 17) for model in models]
    chrome = [
        f"Mozilla/5.0 ({system}) {webkit} Chrome/{version}.0.0.0 {mobile}Safari/537.36{tail}"
        for version in range(146, 100, -1)
        for system, mobile, tail in [
            *((desktop, "", "") for desktop in desktops),
            *((desktop, "", f" Edg/{version}.0.0.0") for desktop in desktops[:2]),
            *((phone, "Mobile ", "") for phone in phones),
        ]
    ]
    safari = [
        f"Mozilla/5.0 (iPhone; CPU iPhone OS {major}_{minor} like Mac OS X) AppleWebKit/605.1.15 "
        f"(KHTML, like Gecko) Version/{major}.{minor} Mobile/15E148 Safari/604.1"
        for major, minor in itertools.product(range(26, 13, -1), range(8))
    ]
    firefox = [
        f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
        for version, system in itertools.product(range(146, 90, -1), desktops[:3])
    ]
    others = [
        *(f"{name}/{major}.{minor}" for name in ("curl", "Wget", "python-requests", "okhttp",
          "Go-http-client", "PrimeApp")
          for major in range(1, 6) for minor in range(4)),
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://bot.example/)",
    ]  # fmt: skip
    common = [*safari[:40], *chrome[:40], *firefox[:8], *others[-23:]]
    rare = list(dict.fromkeys([*safari, *chrome, *firefox, *others]))
    rng.shuffle(common)
    rng.shuffle(rare)
    return list(dict.fromkeys([*common, *rare]))[:AGENTS]


def _pages(rng: np.random.Generator) -> list[str]:
    numbers = rng.integers(1, 100_000, PAGES).tolist()
    choices = rng.integers(0, len(_SECTIONS) * len(_SLUGS), PAGES).tolist()
    kinds = rng.random(PAGES).tolist()
    texts = ["/", "/login", "/customers", "/search", "/api/v1/session", "/contact/"]
    for number, choice, kind in zip(numbers, choices, kinds, strict=True):
        section, slug = _SECTIONS[choice % len(_SECTIONS)], _SLUGS[choice // len(_SECTIONS)]
        if kind < 0.5:  # noqa: PLR2004 - shares of a half, a third and the rest
            texts.append(f"/{section}/{slug}-{number}.html")
        elif kind < 0.8:  # noqa: PLR2004
            texts.append(f"/customers/{number:08d}")
        else:
            texts.append(f"/api/v1/{section}/{number}")
    return list(dict.fromkeys(texts))


def _assets(rng: np.random.Generator) -> list[str]:
    hashes = [format(number, "08x") for number in rng.integers(0, 2**32, 600).tolist()]
    kinds = ("js/app.{}.js", "css/site.{}.css", "img/{}.webp", "fonts/{}.woff2", "img/{}.svg")
    return [f"/static/{kinds[index % 5].format(text)}" for index, text in enumerate(hashes)]


def _searches(rng: np.random.Generator) -> list[str]:
    encoded = [quote(word) for word in _WORDS]
    pairs = rng.integers(0, len(encoded), (SEARCHES * 2, 3)).tolist()
    lengths = rng.integers(1, 4, SEARCHES * 2).tolist()
    texts = (
        "+".join(encoded[index] for index in row[:length])
        for row, length in zip(pairs, lengths, strict=True)
    )
    return list(itertools.islice(dict.fromkeys(texts), SEARCHES))


def _referrers(pages: list[str], searches: list[str]) -> list[str]:
    """A few that most lines have, then the site's own pages, then thousands from outside."""
    few = [f"{SITE}/", *(f"https://{host}/" for host in _OUTSIDE)]
    own = [f"{SITE}{page}" for page in pages[:4000]]
    found = [f"https://search.example/search?q={words}" for words in searches[:4000]]
    linked = [
        f"https://{_OUTSIDE[index % len(_OUTSIDE)]}{page}"
        for index, page in enumerate(pages[-4000:])
    ]
    mixed = itertools.chain.from_iterable(zip(own, found, linked, strict=True))
    return list(dict.fromkeys([*few, *mixed]))
