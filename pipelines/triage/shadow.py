"""Findings of detectors in shadow: weighed each by itself, kept, and told to who asks for them."""

import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import duckdb

from pipelines import lake
from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.score import Surroundings, scored
from pipelines.findings import COLUMNS, Finding
from pipelines.paths import Home
from pipelines.settings.model import Settings
from pipelines.triage.pseudonymous import apart_from_pseudonyms
from pipelines.triage.store import as_findings


def weighed_alone(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    day: dt.date,
    found: Sequence[Finding],
    pseudonyms: AbstractSet[str],
) -> list[Finding]:
    """Return what is found on a day, each finding scored by itself, and none about `pseudonyms`.

    No other finding corroborates it, it takes no place of the night's budget, and nobody decides
    about it.
    """
    from pipelines.detect.trust import as_partners_word  # noqa: PLC0415 - who reads needs no polars

    told = as_partners_word(con, settings, day, found)
    others, _ = apart_from_pseudonyms(con, day, told, pseudonyms)
    catalogue = load_catalogue()
    return [
        scored(
            one,
            Surroundings(
                measured=catalogue[one.detector].measured if one.detector in catalogue else None
            ),
        )
        for one in others
    ]


def shadow_finding(con: duckdb.DuckDBPyConnection, finding_id: str) -> Finding | None:
    """Return a finding in shadow by its id; None where there is none."""
    rows = con.execute(
        f"select {', '.join(COLUMNS)} from lake.shadow_finding where finding_id = ?", [finding_id]
    ).fetchall()
    return next(iter(as_findings(rows)), None)


def shadow_of(home: Home, settings: Settings, day: dt.date) -> list[Finding]:
    """Return what was found in shadow on a day, the riskiest first."""
    with lake.open_reader(home, settings.timezone) as con:
        rows = con.execute(
            f"select {', '.join(COLUMNS)} from lake.shadow_finding where date = ?"
            " order by score desc, finding_id",
            [day],
        ).fetchall()
    return as_findings(rows)
