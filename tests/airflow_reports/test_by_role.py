"""Who sees which pages of the reports, by the roles of the settings."""

import datetime as dt
import hashlib
from pathlib import Path

import pytest

from pipelines.airflow_reports.by_role import disclose_page, role_for, settings_now
from pipelines.paths import Home
from pipelines.records import Records
from pipelines.records.disclosures import listed
from pipelines.records.evidence import KEY_PURPOSE, keyed
from pipelines.settings.access import RoleMembers
from pipelines.settings.model import Settings, Site

_ACCESS = {
    "security": RoleMembers(members=("officer",)),
    "analyst": RoleMembers(members=("ana",)),
    "franchise:012": RoleMembers(members=("shop",)),
}
_OWN = "2026-11-20/franchise/shop-012.html"


@pytest.mark.parametrize(
    ("reader", "path", "role"),
    [
        ("officer", "2026-11-20/", "security"),
        ("officer", _OWN, "security"),
        ("shop", _OWN, "franchise:012"),
        ("shop", "2026-11-20/franchise/shop-013.html", None),
        ("shop", "2026-11-20/franchise/index.html", None),
        ("shop", "2026-11-20/index.html", None),
        ("shop", "", None),
        ("shop", f"x/{_OWN}", None),
        ("shop", f"2026-11-20//{_OWN.partition('/')[2]}", None),
        ("shop", f"./{_OWN}", None),
        ("ana", "2026-11-20/index.html", None),
        ("officer/x", "2026-11-20/index.html", None),
        ("stranger", _OWN, None),
    ],
)
def test_a_franchise_sees_its_own_page_alone(reader: str, path: str, role: str | None) -> None:
    """Everything else is for security; who has no role sees nothing."""
    assert role_for(_ACCESS, reader, path) == role
    assert role_for({}, reader, path) == "security"


def test_what_a_franchise_was_shown_is_in_the_register(tmp_path: Path) -> None:
    """With the digest of the page; what the company itself reads is no disclosure."""
    home = Home(tmp_path)
    home.keys.mkdir()
    page = home.reports / _OWN
    page.parent.mkdir(parents=True)
    page.write_text("<p>shop</p>")
    site = Site(id="shop", group="main", domains=("shop.example",), logs=("shop/*",))
    settings, at = Settings(sites=(site,)), dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC)
    for role in ("security", "franchise:012"):
        disclose_page(Records(home), settings, role, page, at)
    (entry,) = listed(Records(home))
    given = entry.disclosure
    assert (given.route, given.name, given.on) == (
        "franchise_page", "franchise 012", dt.date(2026, 11, 21)
    )  # fmt: skip
    assert given.whose == "report 2026-11-20, franchise 012"
    plain = hashlib.sha256(b"<p>shop</p>").hexdigest()
    assert given.sha256 == keyed(plain, Records(home).derived_key(KEY_PURPOSE))


def test_wrong_settings_give_nobody_a_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no role was given before."""
    (tmp_path / "mimamori.yaml").write_text("sites: wrong")
    monkeypatch.setenv("MIMAMORI_CONFIG", str(tmp_path / "mimamori.yaml"))
    monkeypatch.setenv("MIMAMORI_HOME", str(tmp_path))
    assert settings_now() is None
