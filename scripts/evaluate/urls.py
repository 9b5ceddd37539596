"""Where the personal data of a site are: URL patterns of one web application or another."""

from dataclasses import dataclass
from typing import Any

from evaluate.dice import Dice


@dataclass(frozen=True)
class UrlSet:
    """The addresses of one application; `{s}` stands for the subject.

    `success` and `failure` are the answers to a log-in; `is_in_settings` where settings tell them.
    """

    name: str
    login: str
    logout: str
    record: str
    detail: str
    listing: str
    export: str
    admin: str
    pages: tuple[str, ...]
    success: int
    failure: int
    is_in_settings: bool

    def settings(self, record_level: int) -> list[dict[str, Any]]:
        """Return the resources as settings write them."""
        login: dict[str, Any] = {
            "id": "login", "kind": "login", "path": self.login, "methods": ["POST"],
        }  # fmt: skip
        if self.is_in_settings:
            login |= {"success": [self.success], "failure": [self.failure]}
        subject = "{subject}"
        return [
            login,
            {"id": "logout", "kind": "logout", "path": self.logout},
            {"id": "record", "kind": "record", "path": self.record.replace("{s}", subject),
             "level": record_level, "categories": ["name", "address", "phone"]},
            {"id": "detail", "kind": "record", "path": self.detail.replace("{s}", subject),
             "level": 3, "categories": ["name", "contract"]},
            {"id": "list", "kind": "list", "path": self.listing, "level": 2,
             "categories": ["name"]},
            {"id": "export", "kind": "export", "path": f"{self.export}*", "level": 3,
             "categories": ["name", "address", "phone"]},
            {"id": "admin", "kind": "admin", "path": f"{self.admin}*", "level": 1},
        ]  # fmt: skip


_ENGLISH_PAGES = ("/", "/home", "/news", "/help", "/faq", "/contact", "/about", "/products/basic",
                  "/products/plus", "/campaign/summer", "/company", "/privacy",
                  "/assets/app.js", "/assets/site.css", "/img/logo.svg")  # fmt: skip
_ROMAJI_PAGES = ("/", "/oshirase", "/goannai", "/yokuaru", "/otoiawase", "/kaisha", "/ryokin",
                 "/service/mizumore", "/service/kagi", "/tenpo", "/kojinjoho",
                 "/common/js/base.js", "/common/css/style.css", "/images/top.jpg")  # fmt: skip
_Shape = tuple[str, str, str, str, str, str, str, tuple[str, ...]]
_SHAPES: tuple[_Shape, ...] = (
    ("/login", "/logout", "/customers/{s}", "/customers/{s}/contracts", "/customers",
     "/export/", "/admin/", _ENGLISH_PAGES),
    ("/auth/signin", "/auth/signout", "/members/{s}/profile", "/members/{s}/orders",
     "/members/search", "/reports/download/", "/manage/", _ENGLISH_PAGES),
    ("/api/v1/session", "/api/v1/session/end", "/api/v1/clients/{s}",
     "/api/v1/clients/{s}/policies", "/api/v1/clients", "/api/v1/exports/",
     "/api/v1/admin/", _ENGLISH_PAGES),
    ("/crm/login.do", "/crm/logout.do", "/crm/detail.do?id={s}", "/crm/history.do?id={s}",
     "/crm/list.do", "/crm/csv/", "/crm/master/", _ENGLISH_PAGES),
    ("/app/login", "/app/logout", "/app/customer/view?no={s}", "/app/contract/view?no={s}",
     "/app/customer/index", "/app/download/", "/app/settings/", _ENGLISH_PAGES),
    ("/rogu-in", "/roguauto", "/kokyaku/{s}", "/kokyaku/{s}/keiyaku", "/kokyaku/ichiran",
     "/kokyaku/csv/", "/kanri/", _ROMAJI_PAGES),
    ("/login.php", "/logout.php", "/kaiin/shosai.php?kaiin_no={s}",
     "/kaiin/rireki.php?kaiin_no={s}", "/kaiin/kensaku.php", "/kaiin/dl/",
     "/kanrisha/", _ROMAJI_PAGES),
    ("/member/login", "/member/logout", "/irai/{s}/joho", "/irai/{s}/shashin", "/irai",
     "/irai/shutsuryoku/", "/irai/settei/", _ROMAJI_PAGES),
)  # fmt: skip
_ANSWERS = ((302, 401), (302, 200), (303, 422), (200, 401), (204, 403))


def url_set(dice: Dice, name: str, taken: list[UrlSet]) -> UrlSet:
    """Return the addresses of another application, of a shape that is not taken yet."""
    used = {one.login for one in taken}
    shape = dice.choice([one for one in _SHAPES if one[0] not in used])
    success, failure = dice.choice(_ANSWERS)
    # Without a word in settings only the usual answers can be understood.
    usual = (success, failure) in {(302, 401), (200, 401), (204, 403)}
    is_in_settings = not usual or dice.chance(0.6)
    login, logout, record, detail, listing, export, admin, pages = shape
    return UrlSet(name, login, logout, record, detail, listing, export, admin, pages,
                  success, failure, is_in_settings)  # fmt: skip
