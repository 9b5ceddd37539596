"""What a site answers to: its pages, drawn from the personal-data resources of the settings.

A page is a request with at most one gap, which a subject, a search word or a payload fills.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from pipelines.demo.columns import Ints
from pipelines.settings.model import Resource


class PageKind(StrEnum):
    """What a page is to the people who ask for it."""

    TOP = "top"
    CONTENT = "content"
    SEARCH = "search"
    ASSET = "asset"
    GONE = "gone"
    MOVED = "moved"
    CRAWL = "crawl"
    HEALTH = "health"
    FORM = "form"
    LOGIN = "login"
    LOGOUT = "logout"
    RECORD = "record"
    LIST = "list"
    EXPORT = "export"
    ADMIN = "admin"
    PROBE = "probe"
    GARBAGE = "garbage"


class Gap(StrEnum):
    """What fills the gap of a page."""

    NONE = "none"
    SUBJECT = "subject"
    WORD = "word"
    AREA = "area"


@dataclass(frozen=True)
class Page:
    """A request: `before` the gap, what fills it, `after` the gap; as the server would log it."""

    kind: PageKind
    method: str
    before: str
    after: str = ""
    gap: Gap = Gap.NONE
    bytes: int = 9_000  # of a full answer
    steady: bool = False  # the same bytes every time: a file, not a made page
    status: int = 200  # when all goes well
    refused: int = 401  # of a log-in page: when the password is wrong


@dataclass(frozen=True)
class Pages:
    """All pages of a site, numbered, and their numbers by kind."""

    table: tuple[Page, ...]

    @cached_property
    def gaps(self) -> npt.NDArray[np.str_]:
        """What fills the gap of each page."""
        return np.array([page.gap.value for page in self.table])

    @cached_property
    def statuses(self) -> Ints:
        """The status of each page when all goes well."""
        return np.array([page.status for page in self.table], dtype=np.int64)

    def of(self, *kinds: PageKind) -> list[int]:
        """Return the numbers of the pages of these kinds, in order; an empty list for none."""
        return [number for number, page in enumerate(self.table) if page.kind in kinds]

    def numbers(self, *kinds: PageKind) -> Ints:
        """Return the same as an array to choose from."""
        return np.array(self.of(*kinds), dtype=np.int64)

    def one(self, kind: PageKind) -> int | None:
        """Return the number of the first page of this kind, None when the site has none."""
        return next(iter(self.of(kind)), None)


SEARCH_WORDS = (
    "タイヤ パンク", "バッテリー上がり", "鍵 開かない", "水漏れ 修理", "見積もり", "解約 方法",
    "営業時間", "ロードサービス 料金", "エアコン クリーニング", "草刈り", "引っ越し 手伝い",
    "網戸 張替え", "トイレ つまり", "領収書", "住所変更", "法人契約", "レッカー 距離",
    "雪 スタック",
    "ガス欠", "不用品回収", "障子 張り替え", "会員証 再発行", "24時間 対応エリア", "蜂の巣 駆除",
    "select shop 提携", "union 銀行 引き落とし", "can't open the door", "drop off 場所",
    "1 or 2 persons", "受付 -- 夜間", "update 会員情報", "member's card",
)  # fmt: skip
AREAS = (
    "世田谷区", "横浜市港北区", "名古屋市中区", "大阪市北区", "札幌市中央区", "福岡市博多区",
    "仙台市青葉区",
    "さいたま市大宮区", "神戸市中央区", "広島市中区", "新潟市中央区", "金沢市", "高松市", "那覇市",
)  # fmt: skip

OUTSIDE = (
    "-", "https://www.google.com/", "https://search.yahoo.co.jp/", "https://www.bing.com/",
    "https://www.google.co.jp/", "android-app://com.google.android.googlequicksearchbox/",
    "https://t.co/", "https://l.facebook.com/", "https://duckduckgo.com/",
)  # fmt: skip
OUTSIDE_WEIGHTS = (0.42, 0.26, 0.15, 0.05, 0.04, 0.03, 0.02, 0.02, 0.01)

# Probes and stray bytes that any host on the open network receives; nothing answers to them.
_PROBES = (
    "/wp-login.php", "/wp-admin/setup-config.php", "/xmlrpc.php", "/.env", "/.git/config",
    "/phpmyadmin/index.php", "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/actuator/health", "/owa/auth/logon.aspx", "/boaform/admin/formLogin", "/HNAP1/",
    "/solr/admin/info/system", "/cgi-bin/luci", "/manager/html", "/server-status",
    "/config.json", "/backup.zip", "/.aws/credentials", "/remote/login",
    "/autodiscover/autodiscover.json",
)  # fmt: skip
_STRAY = (
    (r"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, 226),
    (r"\x16\x03\x01", 400, 226),
    (r"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x02", 400, 226),
    ("-", 408, 0),
    ("", 400, 0),
)
_CONTENT = (
    "/about", "/company/profile", "/company/access", "/service/roadside", "/service/home",
    "/service/corporate", "/price", "/faq", "/faq/membership", "/faq/payment", "/contact",
    "/news/", "/news/2026/autumn-campaign", "/news/2026/system-maintenance", "/recruit/",
    "/recruit/operator", "/privacy", "/terms", "/sitemap", "/area/kanto", "/area/kansai",
    "/area/tohoku", "/campaign/winter-tyre", "/app", "/partners", "/case/battery",
    "/case/flat-tyre",
    "/case/water-leak", "/voice", "/glossary",
)  # fmt: skip
_DESK_CONTENT = (
    "/notices", "/notices/latest", "/help", "/manual/first-steps", "/calendar", "/todo",
    "/password/rules", "/contact-desk", "/stats/today",
)  # fmt: skip
_PLAIN_IN_PATH = "/?&=%+,;:@!$'()*~.-_#[]"  # what browsers send as it is
_ASSETS = (
    ("/assets/app.7f3c21.css", 48_211), ("/assets/vendor.a91e04.js", 312_884),
    ("/assets/app.55d0b2.js", 96_402), ("/assets/logo.svg", 5_127), ("/favicon.ico", 4_286),
    ("/assets/fonts/noto-sans-jp-400.woff2", 178_320), ("/assets/icons.svg", 22_940),
    ("/images/hero-1280.webp", 141_775), ("/images/banner-winter.webp", 64_018),
    ("/images/service-roadside.jpg", 88_431), ("/images/service-home.jpg", 79_954),
    ("/images/map.png", 120_337), ("/images/staff-illust.png", 33_008),
)  # fmt: skip


def pages_of(resources: Sequence[Resource], *, open_to_all: bool) -> Pages:
    """Return the pages of a site with these `resources`; `open_to_all` adds the public content."""
    content = _CONTENT if open_to_all else _DESK_CONTENT
    table = [
        Page(PageKind.TOP, "GET", "/", bytes=18_400),
        *(
            Page(PageKind.CONTENT, "GET", path, bytes=7_000 + 911 * (number % 17))
            for number, path in enumerate(content)
        ),
        Page(PageKind.SEARCH, "GET", "/search?q=", gap=Gap.WORD, bytes=8_200),
        *(
            Page(PageKind.ASSET, "GET", path, bytes=size, steady=True)
            for path, size in _ASSETS
            if open_to_all or not path.startswith("/images/")
        ),
        Page(PageKind.GONE, "GET", "/news/2024/year-end-hours", bytes=3_310, status=404),
        Page(PageKind.GONE, "GET", "/apple-touch-icon-precomposed.png", bytes=3_310, status=404),
        Page(PageKind.MOVED, "GET", "/service", bytes=312, status=301),
        Page(PageKind.MOVED, "GET", "/recruit", bytes=312, status=301),
        Page(PageKind.CRAWL, "GET", "/robots.txt", bytes=214, steady=True),
        Page(PageKind.CRAWL, "GET", "/sitemap.xml", bytes=14_882, steady=True),
        Page(PageKind.HEALTH, "GET", "/healthz", bytes=15, steady=True),
        *(
            Page(PageKind.PROBE, "POST" if "form" in path else "GET", path, bytes=196, status=404)
            for path in _PROBES
        ),
        *(
            Page(PageKind.GARBAGE, "", text, bytes=size, steady=True, status=status)
            for text, status, size in _STRAY
        ),
    ]
    for resource in resources:
        table += _resource_pages(resource)
    return Pages(tuple(table))


def encoded_words() -> list[str]:
    """Return the search words percent-encoded: most as UTF-8, some as the CP932 of old forms."""
    utf8 = [quote(word, safe="").replace("%20", "+") for word in SEARCH_WORDS]
    old = [quote(word.encode("cp932"), safe="").replace("%20", "+") for word in SEARCH_WORDS[:6]]
    return utf8 + old


def encoded_areas() -> list[str]:
    """Return the names of areas, percent-encoded."""
    return [quote(area, safe="") for area in AREAS]


def _resource_pages(resource: Resource) -> list[Page]:
    kind = PageKind(resource.kind)
    methods = resource.methods or (("POST",) if kind is PageKind.LOGIN else ("GET",))
    size = {PageKind.LIST: 24_000, PageKind.EXPORT: 380_000}.get(kind, 11_500)
    rest = {PageKind.EXPORT: "members.csv", PageKind.ADMIN: "users"}.get(kind, "latest")
    before, gap, after = resource.path.replace("*", rest).partition("{subject}")
    before, after = (quote(text, safe=_PLAIN_IN_PATH) for text in (before, after))
    page = Page(
        kind,
        methods[0],
        before,
        after,
        gap=Gap.SUBJECT if gap else Gap.NONE,
        bytes=size + 37 * len(before),
    )
    if kind is PageKind.LOGIN:
        success, failure = (*resource.success, 302)[0], (*resource.failure, 401)[0]
        post = replace(page, bytes=402, status=success, refused=failure)
        form = replace(page, kind=PageKind.FORM, method="GET", bytes=5_204)
        return [form, post] if post.method != "GET" else [post]
    if kind is PageKind.LOGOUT:
        return [replace(page, bytes=318, status=302)]
    if kind is PageKind.LIST and not gap and "?" not in before:
        return [page, replace(page, before=f"{before}?area=", gap=Gap.AREA)]
    return [page]
