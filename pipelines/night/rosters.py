"""The rosters of templates: which of their sites exist, from when to when, and whose they are."""

import datetime as dt
from typing import Any

from pipelines.context.entry import Kind
from pipelines.context.read import ContextRead, read_entries
from pipelines.ingest.discover import Landing, LogFile, instance, shown
from pipelines.ingest.known_sites import Listed, Roster
from pipelines.settings.context import ContextSource
from pipelines.settings.globs import NAME
from pipelines.settings.model import Settings, Site
from pipelines.text.messages import message

_OPTIONAL = ("opened_on", "closed_on", "name", "mail")


def read_rosters(settings: Settings, found: Landing, now: dt.datetime) -> list[Roster]:
    """Return the roster of each template that names one, as it lies there now.

    One that cannot be read has no rows, and one with wrong rows has the others; `problem` then says
    what is wrong. It joins the files that were found, as one that cannot be read, for ledger and
    report; as new as `now`, so that each night tells of it until it is mended.
    """
    rosters = [_roster(settings, site) for site in settings.sites if site.roster is not None]
    found.files.extend(
        LogFile(
            instance(settings, roster.template, {}),
            str(roster.template.roster),
            shown(str(roster.template.roster)),
            modified_ns=int(now.timestamp()) * 10**9,
            problem=roster.problem,
        )
        for roster in rosters
        if roster.problem is not None
    )
    return rosters


def _roster(settings: Settings, site: Site) -> Roster:
    columns = tuple(sorted(site.placeholders))
    kind = Kind(columns, _OPTIONAL, is_dated=False, is_listed=True)
    read = read_entries(None, "roster", kind, ContextSource(path=site.roster), settings.zone)
    if read.sha256 is None:
        return Roster(site, None, message("context.roster.not_usable", reason=read.problem))
    listed: dict[str, Listed] = {}
    wrong = list(read.errors)
    for line, entry in zip(read.lines, read.entries, strict=True):
        values = {column: str(entry[column]) for column in columns}
        found = instance(settings, site, values)
        odd = [column for column in columns if not NAME.fullmatch(values[column])]
        place = f"{read.source}:{line}: {(odd or columns)[0]}"
        if odd or not NAME.fullmatch(found.id):
            wrong.append(message("context.roster.no_site_name", at=place))
        elif found.id in listed:
            wrong.append(message("context.roster.earlier_row", at=place))
        else:
            days_and_names: dict[str, Any] = {column: entry[column] for column in _OPTIONAL}
            listed[found.id] = Listed(found, **days_and_names)
    return Roster(site, tuple(listed.values()), _problem(read, wrong))


def _problem(read: ContextRead, wrong: list[str]) -> str | None:
    count = read.left_out + len(wrong) - len(read.errors)
    return message("context.roster.rows_left_out", count=count, first=wrong[0]) if wrong else None
