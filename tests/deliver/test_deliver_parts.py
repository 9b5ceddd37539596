"""Teams and shops hear of their own part alone, by letters that a real server takes."""

import datetime as dt
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from pipelines import lake
from pipelines.deliver.channel import Receipt
from pipelines.deliver.disclosed import Registrar
from pipelines.deliver.ledger import Ledger
from pipelines.deliver.means import read_places
from pipelines.deliver.part import SitePlace
from pipelines.errors import MimamoriError
from pipelines.paths import Home
from pipelines.records import Records, Series
from pipelines.records.disclosures import listed
from pipelines.report.franchise.overview import page_name
from pipelines.report.verdict import Verdict
from pipelines.settings.delivery import Deliver
from pipelines.settings.disclosures import Disclosures
from tests import mail_server
from tests.deliver import night, reported
from tests.deliver.reported import DAY

pytestmark = pytest.mark.usefixtures("trusted")

_DAYS = frozenset({DAY})
_PLACES = {
    "office": SitePlace("main", None),
    "portal": SitePlace("main", None),
    "benry-001": SitePlace("benry", "001", "owner-1@shops.example", None, _DAYS),
    "benry-002": SitePlace("benry", "002", "owner-2@shops.example", None, _DAYS),
    "benry-003": SitePlace("benry", "003"),  # whose roster has no address
}


def _finding(number: int, site: str, severity: str = "high", category: str = "operations"):
    said = f"sentence of {site}"
    one = reported.finding(number, severity, said)
    return one | {"site_id": site, "category": category}


def _report(reports: Path, *findings: dict[str, Any], on: dt.date = DAY) -> None:
    page = reported.report(reports, list(findings), on)
    folder = page.parent / "franchise"
    folder.mkdir(exist_ok=True)
    for shop in ("001", "002"):
        (folder / page_name(shop)).write_text(f"<html>page of {shop}</html>", encoding="utf-8")


def _tell(reports: Path, box: mail_server.Box, days: tuple[dt.date, ...] = (DAY,), **target: Any):
    done = night.tell(
        reports, days, locale="en", places=_PLACES, digest="never", threshold="critical",
        email=night.email(box.port), **target,
    )  # fmt: skip
    return night.statuses(done)


def _bodies(box: mail_server.Box) -> dict[str, str]:
    """What each recipient read."""
    found = {}
    for mail, recipients in zip(box.mails, box.recipients, strict=True):
        part = mail.get_body(("plain",))
        assert part is not None
        found[",".join(recipients)] = f"{mail['Subject']}\n{part.get_content()}"
    return found


def _team(name: str, **values: Any) -> dict[str, Any]:
    return {"name": name, "to": [f"{name}@prime.example"], "details": True} | values


def test_each_team_hears_of_what_fits_all_its_criteria(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """By site, group, franchise, category and severity; whom nothing fits hears nothing."""
    _report(
        reports,
        _finding(1, "office", "high", "web_attack"),
        _finding(2, "portal", "high", "personal_data"),
        _finding(3, "benry-001", "medium", "operations"),
    )
    teams = [
        _team("web", categories=["web_attack"]),
        _team("main", groups=["main"]),
        _team("one-shop", franchises=["001"], threshold="medium"),
        _team("grave", groups=["main"], threshold="critical"),
        _team("both", sites=["portal"], categories=["web_attack"]),
    ]
    done = _tell(reports, mail_box, teams=teams)
    assert done == [
        ("email:web", "alert", "sent"),
        ("email:main", "alert", "sent"),
        ("email:one-shop", "alert", "sent"),
    ]
    read = _bodies(mail_box)
    for team, sites in (
        ("web", {"office"}),
        ("main", {"office", "portal"}),
        ("one-shop", {"benry-001"}),
    ):
        text = read[f"{team}@prime.example"]
        assert {site for site in _PLACES if f"sentence of {site}" in text} == sites
        assert "of 16 sites" not in text  # those of the whole


def test_each_shop_gets_its_own_page(reports: Path, mail_box: mail_server.Box) -> None:
    """At the address of the roster, with counts and no sentence; a shop without one is left out."""
    _report(
        reports,
        _finding(1, "benry-001", "critical"),
        _finding(2, "benry-003", "critical"),
        _finding(3, "office", "high"),
        _finding(4, "benry-002", "low"),
    )
    done = _tell(reports, mail_box, shops={"report": "attach"})
    assert done == [("email", "alert", "sent"), ("shop:001", "alert", "sent")]
    mail = mail_box.mails[1]
    assert mail_box.recipients[1] == ["owner-1@shops.example"]
    [page] = mail.iter_attachments()
    assert page.get_payload(decode=True) == b"<html>page of 001</html>"
    text = _bodies(mail_box)["owner-1@shops.example"]
    assert "sentence of" not in text
    assert "critical" in text.lower()


def test_a_shop_hears_of_its_open_cases_and_since_when_it_is_silent(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """As its page has them, from the file beside the pages; another shop hears nothing of it."""
    _report(reports, _finding(1, "benry-001", "high"), _finding(2, "benry-002", "high"))
    [folder] = reports.glob("*/franchise")
    since = dt.date.fromisoformat(folder.parent.name) - dt.timedelta(days=6)
    told = {"002": {"open_cases": {"high": 1, "medium": 2}, "silent_since": str(since)}}
    (folder / "shops.json").write_text(json.dumps(told))
    _tell(reports, mail_box, shops={})
    read = _bodies(mail_box)
    said = f"The last logs came on {since}; 6 days are missing."
    text = read["owner-2@shops.example"]
    assert "Open cases, those of before among them: 3 (1 High, 2 Medium)" in text
    assert said in text
    assert "Open cases" not in read["owner-1@shops.example"]


def test_the_link_of_a_shop_leads_to_its_page(reports: Path, mail_box: mail_server.Box) -> None:
    """Below the address at which reports are served."""
    _report(reports, _finding(1, "benry-002", "high"))
    _tell(reports, mail_box, shops={}, link="https://reports.prime.example/x")
    text = _bodies(mail_box)["owner-2@shops.example"]
    assert f"https://reports.prime.example/x/{DAY}/franchise/{page_name('002')}" in text
    assert "index.html" not in text


def test_one_that_fails_holds_up_nobody(reports: Path, mail_box: mail_server.Box) -> None:
    """The others are sent; the next run sends to the one alone."""
    _report(reports, _finding(1, "benry-001"), _finding(2, "benry-002"))
    mail_box.refused = frozenset({"owner-1@shops.example"})
    shops = {"report": "none"}
    assert _tell(reports, mail_box, shops=shops) == [
        ("shop:001", "alert", "failed"),
        ("shop:002", "alert", "sent"),
    ]
    mail_box.refused = frozenset()
    assert _tell(reports, mail_box, shops=shops) == [
        ("shop:001", "alert", "sent"),
        ("shop:002", "alert", "already_sent"),
    ]


def test_each_letter_has_a_receipt_and_is_registered(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """To whom, and by which route."""
    _report(reports, _finding(1, "benry-001"))
    _tell(reports, mail_box, shops={}, teams=[_team("shops", groups=["benry"])])
    home = Home(reports.parent)
    receipts = {one["channel"]: one["recipients"] for one in Ledger(home).receipts()}
    assert receipts == {
        "email:shops": ["shops@prime.example"],
        "shop:001": ["owner-1@shops.example"],
    }
    routes = {
        (one.about["route"], *one.about["reached"])
        for one in Records(home).entries(Series.DISCLOSURES)
    }
    assert routes == {
        ("email", "shops@prime.example"),
        ("franchise_page", "owner-1@shops.example"),
    }


def test_the_register_says_what_which_shop_was_told_and_on_which_ground(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """The shop, how many findings, the items, joint use; or the recipient that settings name."""
    _report(
        reports, _finding(1, "benry-001"), _finding(2, "benry-001", "high"), _finding(3, "office")
    )
    _tell(reports, mail_box, shops={"report": "none"}, teams=[_team("all", groups=["benry"])])
    home = Home(reports.parent)
    told = {
        (one.about["route"], one.about["name"], one.about["ground"], one.about["whose"], one.rows)
        for one in Records(home).entries(Series.DISCLOSURES)
    }
    assert told == {
        ("email", None, None, f"report {DAY}", 2),
        ("franchise_page", "franchise 001", "joint_use", f"report {DAY}, franchise 001", 2),
    }
    [items] = {tuple(one.about["items"]) for one in Records(home).entries(Series.DISCLOSURES)
               if one.about["route"] == "franchise_page"}  # fmt: skip
    assert items == ("counts",)
    named = Disclosures.model_validate(
        {"franchise_page": {"name": "Benry shops", "country": "JP", "ground": "entrustment"}}
    )
    put = Registrar(Records(home), named, ZoneInfo("Asia/Tokyo"), lambda: reported.NOW)
    put("franchise_page", "report", Receipt((), "0" * 64), shop="002", rows=5)
    last = listed(Records(home))[-1]
    assert (last.disclosure.name, last.disclosure.ground, last.rows) == (
        "Benry shops",
        "entrustment",
        5,
    )
    assert last.disclosure.whose == "report, franchise 002"


def test_one_person_s_letters_for_two_shops_are_two(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """A mail program that drops what it has by its id drops neither, digests too."""
    _report(reports)
    mail = "owner@shops.example"
    places = {f"s{n}": SitePlace("benry", f"00{n}", mail, None, _DAYS) for n in (1, 2)}
    done = night.tell(
        reports, places=places, digest="never", email=night.email(mail_box.port),
        shops={"digest": "daily"},
    )  # fmt: skip
    assert night.statuses(done) == [("shop:001", "digest", "sent"), ("shop:002", "digest", "sent")]
    assert len({mail["Message-ID"] for mail in mail_box.mails}) == 2


def test_a_week_s_digest_is_about_the_part(reports: Path, mail_box: mail_server.Box) -> None:
    """Counts of the team's findings alone, day by day."""
    sunday = DAY + dt.timedelta(days=7 - DAY.isoweekday())
    _report(reports, _finding(1, "office", "high"), _finding(2, "benry-001", "high"))
    _report(reports, _finding(3, "office", "medium"), on=sunday)
    team = _team("benry", groups=["benry"], digest="weekly", threshold="critical")
    assert _tell(reports, mail_box, (sunday,), teams=[team]) == [("email:benry", "digest", "sent")]
    text = _bodies(mail_box)["benry@prime.example"]
    assert "1 high" in text.lower()
    assert "medium" not in text.lower()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"teams": [{"name": "a", "to": ["a@b.example"]}]}, "sites"),
        ({"teams": [_team("a", groups=["x"]), _team("a", groups=["y"])]}, "same name"),
        ({"teams": [_team("A b", groups=["x"])]}, "name"),
        ({"teams": [_team("a", categories=["other"])]}, "categories"),
        ({"email": None, "folder": {"path": "/x"}, "shops": {}}, "email"),
    ],
)
def test_wrong_parts_are_refused(values: dict[str, Any], said: str) -> None:
    """Before anything is sent."""
    base = {"email": night.email(25)}
    with pytest.raises(ValidationError, match=said):
        Deliver.model_validate(base | values)


def test_the_lake_says_which_site_is_whose(tmp_path: Path) -> None:
    """It is asked only where somebody hears of a part."""
    home = Home(tmp_path / "var")
    whole = Deliver.model_validate({"email": night.email(25)})
    assert read_places(whole, home, "UTC") == {}
    with lake.open_writer(home, "UTC") as con:
        con.execute(
            "insert into lake.site by name select 'benry-001' as site_id, 'benry' as site_group,"
            " '001' as franchise, 'owner-1@shops.example' as mail"
        )
    shops = Deliver.model_validate({"email": night.email(25), "shops": {}})
    known = read_places(shops, home, "UTC")
    assert known == {"benry-001": SitePlace("benry", "001", "owner-1@shops.example")}
    with lake.open_writer(home, "UTC") as con:
        con.execute(
            "insert into lake.ledger_day by name"
            " select 'benry-001' as site_id, date '2026-11-20' as log_date, 3 as records"
        )
        con.execute(
            "insert into lake.site_closure by name select 'benry-001' as site_id,"
            " date '2026-12-01' as closed_on, timestamptz '2026-11-20' as decided_at"
        )
    [known_now] = read_places(shops, home, "UTC").values()
    assert (known_now.days, known_now.closed_on) == (_DAYS, dt.date(2026, 12, 1))
    with lake.open_writer(home, "UTC") as con:  # it is open again
        con.execute(
            "insert into lake.site_closure by name select 'benry-001' as site_id,"
            " null::date as closed_on, timestamptz '2026-11-21' as decided_at"
        )
    [known_now] = read_places(shops, home, "UTC").values()
    assert known_now.closed_on is None


def test_a_part_of_a_day_that_cannot_be_judged_is_not_called_clear(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """Neither of a day that nobody could judge, nor of one without a line of the shop."""
    _report(reports)
    silent = {"s": SitePlace("benry", "001", "owner-1@shops.example")}
    for places, verdict in ((_PLACES, Verdict.UNJUDGED), (silent, Verdict.CLEAR)):
        page = reported.report(reports, [], verdict=verdict)
        assert page.exists()
        night.tell(
            reports, places=places, digest="never", email=night.email(mail_box.port), locale="en",
            shops={"digest": "daily"},
        )  # fmt: skip
        (reports.parent / "deliver" / "ledger.sqlite").unlink()
    texts = [
        mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        for mail, to in zip(mail_box.mails, mail_box.recipients, strict=True)
        if to != ["security@prime.example"]
    ]
    assert len(texts) == 3
    for text in texts:
        assert "Nothing to act on" not in text
        assert "cannot be called safe" in text


def test_nobody_hears_of_days_after_the_shop_s_last(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """Its roster, or somebody, closed it."""
    _report(reports, _finding(1, "s"))
    places = {"s": SitePlace("benry", "001", "owner-1@shops.example", DAY, _DAYS)}
    assert night.tell(
        reports, places=places, digest="never", threshold="critical",
        email=night.email(mail_box.port), shops={"digest": "daily"},
    ) == []  # fmt: skip


@pytest.mark.parametrize("address", ["Taro <taro@b.example>", "-", "a@b; c@d", "店長@b.example"])
def test_a_wrong_address_fails_alone(
    reports: Path, mail_box: mail_server.Box, address: str
) -> None:
    """As the roster has it; the others are sent."""
    _report(reports, _finding(1, "benry-001"), _finding(2, "benry-002"))
    wrong = {"benry-001": SitePlace("benry", "001", address, None, _DAYS)}
    done = night.tell(
        reports, places=_PLACES | wrong, digest="never", threshold="critical",
        email=night.email(mail_box.port), shops={},
    )  # fmt: skip
    assert night.statuses(done) == [
        ("shop:001", "alert", "failed"),
        ("shop:002", "alert", "sent"),
    ]


def test_a_server_that_is_down_is_not_tried_by_every_shop(reports: Path) -> None:
    """After three letters in a row that it did not take, the others wait for the next run."""
    shops = [f"{number:03}" for number in range(1, 9)]
    places = {
        f"s{shop}": SitePlace("benry", shop, f"{shop}@shops.example", None, _DAYS) for shop in shops
    }
    _report(reports, *(_finding(int(shop), f"s{shop}") for shop in shops))
    for shop in shops:
        (reports / DAY.isoformat() / "franchise" / page_name(shop)).write_text("<html>")
    with mail_server.serving(None) as box:
        port = box.port
    waited: list[float] = []
    done = night.tell(
        reports, places=places, digest="never", threshold="critical", pauses=waited,
        email=night.email(port), shops={},
    )  # fmt: skip
    assert [one.status for one in done] == ["failed"] * 8
    assert len(waited) == 3 * 2


def test_without_the_lake_whoever_hears_of_everything_still_does(
    reports: Path, mail_box: mail_server.Box
) -> None:
    """That teams and shops could not be told is a failure on its own."""
    _report(reports, _finding(1, "office", "critical"))

    def no_lake() -> dict[str, SitePlace]:
        raise MimamoriError("no lake")

    done = night.tell(
        reports, places=no_lake, digest="never", email=night.email(mail_box.port), shops={}
    )
    assert night.statuses(done) == [
        ("teams, shops", "alert", "failed"),
        ("email", "alert", "sent"),
    ]
