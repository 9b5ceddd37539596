"""What is read of a month: each figure against the lines, findings and runs that make it."""

import pytest

from pipelines import lake
from pipelines.audit.facts import Facts, Site
from pipelines.audit.gather import gather
from pipelines.detect.catalogue import load_catalogue
from tests.audit import audit_lake
from tests.audit.audit_lake import MONTH, NOW, World


def _site(facts: Facts, site_id: str) -> Site:
    return next(site for site in facts.sites if site.site_id == site_id)


def test_sites_of_the_settings_are_there_in_their_order(facts: Facts) -> None:
    """Main sites first, one that never sent a line among them."""
    assert [site.site_id for site in facts.sites] == ["never", "portal", "shop-001"]
    assert set(_site(facts, "never").cover) == {"nothing"}


def test_cover_tells_complete_doubtful_and_silent_days_apart(facts: Facts) -> None:
    """A gap that somebody explained counts for nothing; days before the first line neither."""
    cover = dict(zip(range(1, 31), _site(facts, "shop-001").cover, strict=True))
    assert (cover.pop(1), cover.pop(2)) == ("before", "before")
    assert cover.pop(audit_lake.SILENT_ON) == "nothing"
    assert cover.pop(audit_lake.GAP_ON) == "doubt"
    assert cover.pop(audit_lake.FAILED_CHECK_ON) == "doubt"
    assert cover[audit_lake.EXPLAINED_GAP_ON] == "complete"
    assert set(cover.values()) == {"complete"}


def test_lines_log_ins_and_rejects_are_summed(facts: Facts) -> None:
    """Thirty days of three lines, six more, 27 of the shop, and one that is no record."""
    assert facts.lines == 90 + 6 + 27 + 1
    assert sum(day.rejects for day in facts.days) == 1
    assert [(one.lines, one.sites) for one in facts.rejects] == [(1, 1)]
    assert sum(day.logins for day in facts.days) == 30
    assert facts.refused == 30


def test_accesses_are_told_by_who_and_what(facts: Facts) -> None:
    """Staff 30, a contractor three, a customer, nobody, and a user of no known type."""
    assert facts.accesses_of(user_type="staff") == 30
    assert facts.accesses_of(user_type="contractor") == 3
    assert facts.accesses_of(user_type="customer") == 1
    assert (facts.unnamed, facts.untyped, facts.unlevelled) == (1, 1, 1)
    assert facts.accesses_of(kind="export") == 1
    assert sum(one.bytes for one in facts.accesses if one.kind == "export") == 5000


def test_contractors_and_countries_are_counted_apart(facts: Facts) -> None:
    """Two people from Germany by the contractor, one from America by a customer."""
    (contractor,) = facts.contractors
    assert (contractor.user_id, contractor.accesses, contractor.people) == ("ct-1", 3, 2)
    assert (contractor.days, contractor.exports) == (2, 1)
    assert list(contractor.countries) == ["DE", "JP"]
    assert [(one.code, one.is_eea, one.workers, one.customers) for one in facts.countries] == [
        ("DE", True, 2, 0),
        ("US", False, 0, 1),
    ]
    assert [one.user_id for one in facts.workers_abroad] == ["ct-1"]


def test_use_of_data_is_told_by_role_department_level_and_category(facts: Facts) -> None:
    """Both accounts of a person count as that person; a shop's and the portal's data apart."""
    told = {
        (one.role, one.department, one.level, one.category): (one.people, one.accesses, one.exports)
        for one in facts.use.data
    }
    assert told["staff", "claims", 3, "name"] == (1, 30, 0)
    assert told["contractor", "field", 3, "name"] == (1, 3, 1)
    assert told[None, None, 0, None] == (1, 1, 0)
    assert facts.use.accounts == 3
    (company,) = facts.use.companies
    assert (company.company, company.country) == ("<b>Anzen</b>", "VN")
    assert (company.people, company.accesses, company.exports) == (1, 3, 1)


def test_rights_are_told_with_what_was_used_of_them(facts: Facts) -> None:
    """The unused one first; one that began within the days is not called unused."""
    assert facts.use.rights is not None
    told = [
        (one.user_id, one.granted_to, one.resource_id, one.accesses, one.is_unused)
        for one in facts.use.rights
    ]
    assert told == [
        ("st-1", None, "=out", 0, True),
        ("ct-1", None, "customer", 2, False),
        ("ct-1", None, "out", 1, False),
        ("st-1", "claims", None, 30, False),
    ]


def test_findings_are_told_with_what_became_of_them(facts: Facts) -> None:
    """A severity that the night's budget lowered is still the one that was found."""
    (bulk,) = [one for one in facts.outcomes[5] if one.detector == "bulk-record-access"]
    assert (bulk.found, bulk.urgent) == (4, 3)
    assert (bulk.confirmed, bulk.false_alarms, bulk.explained, bulk.plain) == (1, 1, 0, 0)
    assert (bulk.open, bulk.open_urgent) == (2, 1)
    assert bulk.median_seconds == 4 * 3600
    (gap,) = facts.outcomes[7]
    assert (gap.detector, gap.explained, gap.open_urgent) == ("log-gap", 1, 1)
    assert facts.totals.found == 6


def test_days_and_nights_that_failed_are_known(facts: Facts) -> None:
    """A day without detection is not examined; one detector's failure leaves the day examined."""
    assert [day.on.day for day in facts.days if not day.reported] == [audit_lake.NOT_DETECTED_ON]
    assert [on.day for on in facts.not_examined(1)] == [audit_lake.NOT_DETECTED_ON]
    assert (facts.failed_nights(1), facts.failed_nights(2)) == (1, 0)
    assert [(run.stage, run.on.day, run.is_mended) for run in facts.failed_runs] == [
        ("detect", audit_lake.NOT_DETECTED_ON, False),
        ("report", audit_lake.MENDED_ON, True),
    ]


def test_reviews_are_signed_unsigned_or_changed_since(facts: Facts) -> None:
    """Two days stand signed, one changed since, one has no report."""
    assert facts.review_states == {"signed": 2, "changed": 1, "unsigned": 26, "no_report": 1}
    assert [one.author for one in facts.reviews[1].signatures] == [audit_lake.OFFICER, "監査 次郎"]


def test_retention_is_what_the_lake_shows(world: World, facts: Facts) -> None:
    """Nothing is past its time after a month; with a short time to keep, most of it is."""
    assert facts.kept.oldest_on == MONTH.first
    assert facts.kept.overdue == 0
    short = world.settings.retention.model_copy(update={"access_log_days": 10})
    settings = world.settings.model_copy(update={"retention": short})
    with lake.open_reader(world.home, "Asia/Tokyo") as con:
        kept = gather(con, settings, MONTH, NOW.date(), {}, (), None).kept
        (records,) = con.execute(
            "select count(*) from lake.request where log_date < '2026-11-22'"
        ).fetchone() or (0,)
    assert str(kept.due_before) == "2026-11-22"
    assert kept.overdue == records > 0
    assert kept.oldest_overdue_on == MONTH.first


@pytest.mark.further
def test_a_month_that_is_not_over_has_its_past_days_alone(world: World) -> None:
    """On the 5th at noon four days are over, and nothing is said of the others."""
    today = MONTH.days[4]
    with lake.open_reader(world.home, "Asia/Tokyo") as con:
        early = gather(con, world.settings, MONTH, today, load_catalogue(), (), None)
    assert len(early.days) == len(early.reviews) == 4
    assert not early.is_over
    assert early.accesses_of() == 4
    assert early.totals.found == 3
    assert (early.failed_runs, early.countries, early.rejects) == ((), (), ())
    assert early.sites[1].cover[3:6] == ("complete", "later", "later")
