"""`mimamori coverage`: for each site and detector, can it work there, and what is lacking."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pipelines.cli.options import Context, begun_day_of, date_option, json_option, pass_context
from pipelines.cli.printing import echo, output_layout, print_json
from pipelines.report.text_layout import TextLayout, padded
from pipelines.text.display import visible
from pipelines.text.messages import command_help

if TYPE_CHECKING:
    from pipelines.coverage.judge import Coverage, SiteCoverage, State
    from pipelines.settings.model import Settings
    from pipelines.text.words import Words

_STATES: tuple["State", ...] = ("works", "partly", "blind")
_SITES_NAMED = 6
_LONGEST = 60
_LABEL = 18


@click.command(help=command_help("cli.coverage.help.command", "cli.coverage.help.details"))
@date_option
@json_option
@pass_context
def coverage(context: Context, date: dt.datetime | None, as_json: bool) -> None:
    """For each site and detector: can it work there, and if not, what is lacking."""
    from pipelines import lake
    from pipelines.coverage.judge import coverage_of

    settings = context.settings
    day = begun_day_of(date, settings)
    with lake.open_reader(context.home, settings.timezone) as con:
        found = coverage_of(con, settings, day, _rules(settings))
    if as_json:
        print_json([one.as_json for site in found for one in site.detectors])
        return
    layout = output_layout()
    echo(_text(found, settings, day, layout), layout)


def _rules(settings: "Settings") -> dict[str, frozenset[str]]:
    """The columns that each Sigma rule of the settings reads."""
    if not settings.rules:
        return {}
    from pipelines.detect.sigma.night import rulebook_of
    from pipelines.detect.sigma.reads import columns_read

    return columns_read(rulebook_of(settings).rules)


def _text(
    found: Sequence["SiteCoverage"], settings: "Settings", on: dt.date, layout: TextLayout
) -> str:
    """Sums, what GeoIP lacks, then the sites, those of equal coverage under one heading."""
    from pipelines.coverage.sentences import geoip_notes
    from pipelines.text.words import Words

    words = Words(settings.locale, settings.zone)
    lines = [_sums(found, words, on), *(f"- {one}" for one in geoip_notes(settings, words))]
    for group in _alike(found):
        lines += ["", *_group(group, words, layout)]
    return "\n".join(lines)


def _sums(found: Sequence["SiteCoverage"], words: "Words", on: dt.date) -> str:
    counts = {state: sum(len(site.of(state)) for site in found) for state in _STATES}
    detectors = len(found[0].detectors) if found else 0
    not_meant = sum(len(site.not_meant) for site in found)
    return words(
        "coverage.sums",
        on=words.iso_day(on),
        sites=len(found),
        detectors=detectors,
        not_meant=not_meant,
        **counts,
    )


def _alike(found: Sequence["SiteCoverage"]) -> list[list["SiteCoverage"]]:
    groups: defaultdict[tuple[object, ...], list[SiteCoverage]] = defaultdict(list)
    for site in found:
        what = tuple((one.detector, one.state, one.lacks) for one in site.detectors)
        groups[what, site.supply.described].append(site)
    return sorted(groups.values(), key=lambda group: -len(group[0].of("blind")))


def _group(sites: Sequence["SiteCoverage"], words: "Words", layout: TextLayout) -> list[str]:
    first = sites[0]
    names = [visible(site.supply.site_id, _LONGEST) for site in sites[:_SITES_NAMED]]
    if len(sites) > _SITES_NAMED:
        names.append(words("coverage.others", n=len(sites) - _SITES_NAMED))
    lines = [layout.strong(", ".join(names)), f"  {_seen(sites, words)}"]
    for state in _STATES:
        lines += _detectors(words(f"coverage.state.{state}"), first.of(state), layout)
    lines += _detectors(words("coverage.state.not_meant"), first.not_meant, layout)
    if first.lacks:
        lines.append(f"  {words('coverage.lacking')}:")
    for name in first.lacks:
        lines += _lack(name, sites, words, layout)
    return lines


def _seen(sites: Sequence["SiteCoverage"], words: "Words") -> str:
    from pipelines.coverage.supply import OLDEST_EXAMINED

    supply = sites[0].supply
    if not supply.has_lines:
        return words("coverage.no_lines", days=OLDEST_EXAMINED)
    return words(
        "coverage.site",
        days=len(supply.days),
        lines=sum(site.supply.requests for site in sites),
        history=supply.history_days,
    )


def _detectors(label: str, found: Sequence["Coverage"], layout: TextLayout) -> list[str]:
    if not found:
        return []
    head = padded(f"  {label} {len(found)}", _LABEL)
    names = ", ".join(
        one.detector if one.state == "works" else f"{one.detector} ({' '.join(one.columns)})"
        for one in found
    )
    wrapped = layout.wrapped(names, _LABEL)
    return [head + wrapped[0].lstrip(), *wrapped[1:]]


def _lack(
    name: str, sites: Sequence["SiteCoverage"], words: "Words", layout: TextLayout
) -> list[str]:
    from pipelines.coverage.judge import column_of
    from pipelines.coverage.sentences import lack_words

    indent = _LABEL + 4
    wrapped = layout.wrapped(lack_words(name, [one.supply for one in sites], words), indent)
    head = padded(f"    {column_of(name)}", indent)
    return [head + wrapped[0].lstrip(), *wrapped[1:]]
