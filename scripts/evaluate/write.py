"""A world on the disk: a folder of gz files a night, settings, truth, a database of networks."""

import datetime as dt
import json
import os
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evaluate.desk import midnight
from evaluate.dice import Dice
from evaluate.explained import write_tables, write_watch
from evaluate.lines import Printer, format_of
from evaluate.places import write_asn_database
from evaluate.plan import Plan
from evaluate.request import NOBODY
from evaluate.shape import PROXY, Shape, Site
from evaluate.truth import LEVELS_WITH_DIRECTORY, Truth
from evaluate.weeks import directory
from evaluate.world import SiteDay, days

PEOPLE = "context/people.csv"  # of the settings; a night that has another one brings it
_LEVEL = 1
_HEAVY_SHARE = 0.1  # of a site's lines of a day, to show in its figures
_ROTATED_AFTER_SECONDS = 45 * 60


@dataclass(frozen=True)
class Written:
    """Where a world lies; `nights` are folders whose files arrive in the night after a day."""

    folder: Path
    settings: Path
    nights: dict[dt.date, Path]
    truth: Truth
    lines: int


def write(plan: Plan, folder: Path, *, with_context: bool = False) -> Written:
    """Write the whole world below `folder`; the same plan gives the same bytes.

    With context the plan's reasons on record are written too, and settings name them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = plan.scene.shape
    contexts = write_tables(plan.scene, folder) if with_context else {}
    people = ""
    if plan.scene.watched:
        contexts["watch"] = write_watch(plan.scene, folder)
    if plan.scene.level in LEVELS_WITH_DIRECTORY:
        contexts["people"] = PEOPLE
    settings = folder / "settings.yaml"
    settings.write_text(settings_text(shape, contexts),
                        encoding="utf-8")  # fmt: skip
    if shape.knows_networks:
        write_asn_database(folder / "asn.mmdb")
    printers = {site.id: Printer(site) for site in shape.sites}
    nights: dict[dt.date, Path] = {}
    marks: Counter[int] = Counter()
    heavy: set[int] = set()
    lines = 0
    for on, site_days in zip(shape.dates, days(plan), strict=True):
        nights[on] = folder / "nights" / str(on)
        if "people" in contexts and (text := directory(plan.scene, on)) != people:
            people = text
            nights[on].mkdir(parents=True)
            (nights[on] / Path(PEOPLE).name).write_text(text, encoding="utf-8")
        for one in site_days:
            own = Counter(one.touched)
            written = _write_day(one, printers[one.site.id], nights[on], shape, own)
            heavy |= {mark for mark, count in own.items() if count >= written * _HEAVY_SHARE}
            marks.update(own)
            lines += written
    del marks[NOBODY]
    truth = plan.truth(marks, heavy)
    (folder / "truth.json").write_text(
        json.dumps(truth.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    return Written(folder, settings, nights, truth, lines)


def _write_day(
    one: SiteDay, printer: Printer, night: Path, shape: Shape, marks: Counter[int]
) -> int:
    shift = one.skewed.share if one.skewed else 0.0
    texts = [printer.line(request, request.at + shift) for request in one.requests]
    marks.update(request.mark for request in one.requests if request.mark != NOBODY)
    dice = Dice(shape.seed, "file", one.site.id, one.on)
    share = one.broken.share if one.broken else 0.0
    for index, text in enumerate(texts):
        if dice.random() < share or dice.random() < 0.00005:  # noqa: PLR2004 - a line is cut now and then
            texts[index] = text[: dice.randrange(8, max(9, len(text) // 2))]
            if one.broken:
                marks[one.broken.mark] += 1
    if one.skewed:
        marks[one.skewed.mark] += len(texts)
    target = night / one.site.folder / f"access.log-{one.on:%Y%m%d}.gz"
    at = midnight(shape, one.on + dt.timedelta(days=1)) + _ROTATED_AFTER_SECONDS
    _pack(target, texts, at)
    if one.copied:
        count = round(len(texts) * one.copied.share)
        begins = min(3, len(texts) - count) if count < len(texts) else 0
        again = texts[begins : begins + count]
        marks[one.copied.mark] += len(again)
        _pack(target.with_name(f"access.log.again-{one.on:%Y%m%d}.gz"), again, at + 600)
        return len(texts) + len(again)
    return len(texts)


def _pack(target: Path, texts: list[str], at: float) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(f"{text}\n" for text in texts).encode()
    packer = zlib.compressobj(_LEVEL, wbits=31)
    target.write_bytes(packer.compress(content) + packer.flush())
    os.utime(target, (at, at))


def settings_text(shape: Shape, contexts: dict[str, str]) -> str:
    """Return the settings file of a world."""
    holidays = {"days": list(shape.workdays), "from": f"{shape.opens:%H:%M}",
                "to": f"{shape.closes:%H:%M}", "holidays": "JP"}  # fmt: skip
    shop = shape.shops[0]
    users = [{"pattern": shape.franchise.pattern, "type": "franchise"}]
    users += [{"pattern": rule.pattern, "type": kind} for kind, rule in shape.users.items()]
    template = _site_settings(shop)
    template |= {
        "id": shop.id.replace(shop.franchise or "", "{franchise}"),
        "domains": [f"{{franchise}}.{shape.chain}.example"],
        "logs": [f"{shape.chain}/{{franchise}}/access.log*"], "franchise": "{franchise}",
    }  # fmt: skip
    document: dict[str, Any] = {
        "timezone": shape.zone, "locale": shape.locale,
        "geoip": {"asn": "asn.mmdb" if shape.knows_networks else None},
        "business_hours": holidays, "dormant_days": shape.dormant_days, "user_types": users,
        "resources": {site.urls.name: site.urls.settings(shape.record_level)
                      for site in (shape.portal, shape.office, shop)},
        "sites": [_site_settings(shape.portal), _site_settings(shape.office), template],
    }  # fmt: skip
    if contexts:
        document["context"] = contexts
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def _site_settings(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": site.id, "group": site.group, "domains": [site.domain],
        "logs": [f"{site.folder}/access.log*"], "format": format_of(site),
        "resources": site.urls.name, "hours": site.hours,
    }  # fmt: skip
    if site.log == "nginx_proxied":
        found["trusted_proxies"] = [f"{PROXY}/32"]
    return found
