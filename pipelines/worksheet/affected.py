"""Whose data was opened in a case, one line a person: for those who must tell them."""

import codecs
import csv
from pathlib import Path
from typing import Any

from pipelines import lake
from pipelines.paths import Home
from pipelines.private_files import require_place, whole_file
from pipelines.report.export import cell
from pipelines.settings.model import Settings
from pipelines.worksheet.choose import choose_case
from pipelines.worksheet.gather import categories_of, load_lines

COLUMNS = (
    *("party", "subject_id", "first_at", "last_at", "days", "accesses", "sites", "resources"),
    *("level", "categories", "is_sure"),
)
"""`party` is the franchise or group of the sites; `first_at` and `last_at` are local times of the
configured zone; `is_sure` where a user of the case is named on a line with an answer body."""

# The people of `likely` in `people`, those of exports left out: a log does not name them.
_AFFECTED = """
select
    party, subject_id, min(time), max(time), count(distinct log_date), count(*),
    list(distinct site_id order by site_id),
    list(distinct {'site': site_id, 'resource': coalesce(resource_id, '')}
        order by {'site': site_id, 'resource': coalesce(resource_id, '')}),
    max(data_level), bool_or(reach = 1 and has_body and not is_credited)
from worksheet_line
where is_access and reach <= 2 and resource_kind = 'record' and subject_id is not null
group by party, subject_id
order by party, subject_id
"""


def write_affected(home: Home, settings: Settings, case_id: str, out: Path) -> int:
    """Write the people of a case as CSV (UTF-8 with a byte-order mark, mode 0600); return how many.

    Cells are those of `report.export.cell`.

    Raises:
        UsageError: no such case, or `out` is no place for it.
        MimamoriError: there is no lake, or the file cannot be written.
    """
    path = require_place(out)
    with lake.open_reader(home, settings.timezone) as con:
        load_lines(con, choose_case(con, case_id))
        rows = con.execute(_AFFECTED).fetchall()
    with whole_file(path) as stream:
        text = codecs.getwriter("utf-8")(stream)
        text.write("\ufeff")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([cell(value) for value in _values(settings, row)])
    return len(rows)


def _values(settings: Settings, row: tuple[Any, ...]) -> tuple[Any, ...]:
    party, subject, first_at, last_at, days, accesses, sites, pages, level, is_sure = row
    categories = {
        name for page in pages for name in categories_of(settings, page["site"], page["resource"])
    }
    first_at, last_at = (one.astimezone(settings.zone).isoformat() for one in (first_at, last_at))
    resources = sorted({page["resource"] for page in pages})
    return (
        *(party, subject, first_at, last_at, days, accesses, sites, resources),
        *(level, sorted(categories), is_sure),
    )
