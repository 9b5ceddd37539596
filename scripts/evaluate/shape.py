"""What a world is made of, drawn by its seed: company, sites, formats, patterns, sizes."""

import datetime as dt
from dataclasses import dataclass

from evaluate.dice import Dice
from evaluate.ids import SUBJECTS, FranchiseRule, SubjectStyle, UserRule, franchise_rule, user_rules
from evaluate.urls import UrlSet, url_set

MAIN_SITES = 2
SHOPS = 12
SITES = MAIN_SITES + SHOPS
_COMPANIES = ("aozora", "minato", "kaede", "hikari", "tsubame", "wakaba", "sakura-road", "yotsuba")
_CHAINS = ("otasuke", "benriya", "kurashi", "nandemo", "machi-no-te", "sumai")
_PORTALS = ("portal", "mypage", "kaiin", "web")
_OFFICES = ("office", "crm", "jimu", "dispatch", "tehai", "support-desk")
_AROUND_THE_CLOCK = ("dispatch", "tehai", "support-desk")
LOGS = ("combined", "vhost_combined", "apache_timed", "nginx", "nginx_proxied", "json")
WITH_SESSION = ("apache_timed", "nginx", "json")
PROXY = "172.18.0.2"


@dataclass(frozen=True)
class Site:
    """One site: how its lines look, which application runs there, and who is expected when.

    `names_failed` where the line of a failed log-in names the account that was tried.
    `log_zone` is the zone that its times are written in.
    """

    id: str
    group: str
    domain: str
    folder: str
    franchise: str | None
    kind: str  # portal, office or shop
    hours: str
    log: str
    urls: UrlSet
    names_failed: bool
    log_zone: str
    session_cookie: str

    @property
    def has_sessions(self) -> bool:
        """Whether the log carries the session."""
        return self.log in WITH_SESSION


@dataclass(frozen=True)
class Shape:
    """Everything about a world that does not change from day to day."""

    seed: int
    company: str
    chain: str
    zone: str
    locale: str
    first: dt.date
    days: int
    opens: dt.time
    closes: dt.time
    workdays: tuple[str, ...]
    portal: Site
    office: Site
    shops: tuple[Site, ...]
    users: dict[str, UserRule]
    franchise: FranchiseRule
    subjects: SubjectStyle
    dormant_days: int
    knows_networks: bool
    scale: float
    record_level: int
    bank_of_staff: int
    bank_of_customers: int

    @property
    def sites(self) -> tuple[Site, ...]:
        """All sites, the main ones first."""
        return (self.portal, self.office, *self.shops)

    @property
    def dates(self) -> list[dt.date]:
        """The days that are simulated."""
        return [self.first + dt.timedelta(days=index) for index in range(self.days)]


def shape(
    seed: int, days: int, scale: float = 1.0, *, staff: float | None = None, record_level: int = 3
) -> Shape:
    """Return the shape of the world of a seed; `scale` thins out people and visitors.

    `staff` thins out those who work there, where that is not the same. `record_level` is the
    management level of a record; that of its details is always 3.
    """
    dice = Dice(seed, "shape")
    company, chain = dice.choice(_COMPANIES), dice.choice(_CHAINS)
    main_group, chain_group = dice.choice((("main", "shops"), ("honsha", "kameiten"),
                                           ("main", chain), ("hq", "franchise")))  # fmt: skip
    franchise = franchise_rule(dice, SHOPS)
    sets: list[UrlSet] = []
    for name in ("customer-site", "staff-site", "shop-site"):
        sets.append(url_set(dice, name, sets))
    zone = "Asia/Tokyo"
    portal_name, office_name = dice.choice(_PORTALS), dice.choice(_OFFICES)
    portal = Site(
        f"{company}-{portal_name}", main_group, f"{portal_name}.{company}.example",
        f"{company}/{portal_name}", None, "portal", "business",
        dice.choice(LOGS), sets[0], dice.chance(0.7),
        dice.choice((zone, zone, "UTC")), dice.choice(("SESSIONID", "JSESSIONID", "app_sess")),
    )  # fmt: skip
    office = Site(
        f"{company}-{office_name}", main_group, f"{office_name}.{company}.example",
        f"{company}/{office_name}", None, "office",
        "always" if office_name in _AROUND_THE_CLOCK else "business",
        # Most companies log the session somewhere, some nowhere.
        dice.choice(LOGS if portal.has_sessions or dice.chance(0.2) else WITH_SESSION),
        sets[1], dice.chance(0.7),
        dice.choice((zone, zone, "UTC")), dice.choice(("SESSIONID", "ci_session", "PHPSESSID")),
    )  # fmt: skip
    shop_log, shop_names, cookie = dice.choice(LOGS), dice.chance(0.7), dice.choice(("sid", "ssid"))
    shops = tuple(
        Site(
            f"{chain}-{code}", chain_group, f"{code}.{chain}.example", f"{chain}/{code}", code,
            "shop", "business", shop_log, sets[2], shop_names, zone, cookie,
        )
        for code in franchise.codes
    )  # fmt: skip
    return Shape(
        seed=seed, company=company, chain=chain, zone=zone, locale=dice.choice(("ja", "ja", "en")),
        first=dt.date(2026, 1, 5) + dt.timedelta(days=dice.randrange(270)), days=days,
        opens=dt.time(dice.choice((7, 8, 8, 9)), dice.choice((0, 30))),
        closes=dt.time(dice.choice((19, 20, 20, 21))),
        workdays=dice.choice((("mon", "tue", "wed", "thu", "fri"),) * 2
                             + (("mon", "tue", "wed", "thu", "fri", "sat"),)),
        portal=portal, office=office, shops=shops, users=user_rules(dice), franchise=franchise,
        subjects=dice.choice(SUBJECTS), dormant_days=dice.choice((14, 14, 21, 21, 25)),
        knows_networks=dice.chance(0.7), scale=scale, record_level=record_level,
        bank_of_staff=round(dice.uniform(36, 64) * max(staff or scale, 0.35)),
        bank_of_customers=round(max(300, dice.uniform(1_600, 3_600) * scale)),
    )  # fmt: skip
