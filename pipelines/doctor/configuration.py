"""Settings, the landing folder and the GeoIP databases, checked before a night needs them."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.enrich.geo import GeoReader
from pipelines.errors import MimamoriError
from pipelines.ingest.discover import LogFile, files_in
from pipelines.ingest.folder import Folder, names_below, reason_of
from pipelines.paths import TRUTH_FILE
from pipelines.settings.load import load
from pipelines.settings.model import Settings
from pipelines.text.messages import message

_GEOLITE_DAYS = 30  # the licence asks that older copies be replaced and deleted


def check_settings(config: Path) -> tuple[Settings | None, Outcome]:
    """Return the settings, None when they hold mistakes, and what was found."""
    try:
        settings = load(config)
    except MimamoriError as error:
        return None, wrong(
            "settings",
            str(error),
            message("doctor.configuration.correct_the_lines"),
        )
    count = len(settings.sites)
    return settings, well("settings", message("doctor.configuration.sites", at=config, count=count))


def check_landing(settings: Settings, landing: Path) -> Iterator[Outcome]:
    """Yield whether the landing folder can be read, feeds every site, and holds nothing else."""
    try:
        with Folder.at(landing) as folder:
            files = files_in(settings, folder)
            closed = [*_unreadable(folder, files)]
            unclaimed = _unclaimed(folder, {file.path for file in files})
    except MimamoriError as error:
        yield wrong(
            "landing",
            str(error),
            message("doctor.configuration.make_the_folder"),
        )
        return
    if closed:
        yield wrong(
            "landing",
            message("doctor.configuration.cannot_be_read", names=named(closed)),
            message("doctor.configuration.grant_reading"),
        )
    else:
        yield well(
            "landing", message("doctor.configuration.log_files", at=landing, count=len(files))
        )
    yield _check_sites(settings, [file for file in files if file.problem is None])
    yield _check_unclaimed(unclaimed)
    if files:
        yield _check_raw_logs(settings.landing.keep_days)


def _unreadable(folder: Folder, files: list[LogFile]) -> Iterator[str]:
    """Each file that cannot be opened now, with the reason."""
    for file in files:
        problem = file.problem
        try:
            if problem is None:
                folder.file(file.path).close()
        except OSError as error:
            problem = reason_of(error)
        if problem is not None:
            yield f"{file.relative}: {problem}"


def _check_sites(settings: Settings, files: list[LogFile]) -> Outcome:
    fed = {file.site.id for file in files}
    hungry = [
        site.id
        for site in settings.sites
        if not any(file.site.template == site.id for file in files)
    ]
    if hungry:
        return warning(
            "sites",
            message("doctor.configuration.sites_without_file", names=named(hungry)),
            message("doctor.configuration.look_after_delivery"),
        )
    return well("sites", message("doctor.configuration.sites_with_files", count=len(fed)))


def _check_raw_logs(keep_days: int | None) -> Outcome:
    if keep_days is None:
        return well("raw-logs", message("doctor.configuration.raw_logs_stay"))
    return well("raw-logs", message("doctor.configuration.raw_logs_go", days=keep_days))


def _unclaimed(folder: Folder, claimed: set[str]) -> list[str]:
    """What lies below the landing folder and no site claims; uploads under way begin with a dot."""
    return [
        path
        for path in names_below(folder)
        if path not in claimed
        and path != TRUTH_FILE
        and not any(name.startswith(".") for name in path.split("/"))
    ]


def _check_unclaimed(unclaimed: list[str]) -> Outcome:
    if unclaimed:
        return warning(
            "unclaimed-files",
            message("doctor.configuration.unclaimed", names=named(unclaimed)),
            message("doctor.configuration.claim_them"),
        )
    return well("unclaimed-files", message("doctor.configuration.all_claimed"))


def check_geoip(settings: Settings, today: dt.date) -> Outcome:
    """Return which GeoIP databases are used and whether they are fresh."""
    try:
        with GeoReader.open(settings.geoip) as geo:
            source = geo.source
            built = {
                str(database.path): dt.datetime.fromtimestamp(
                    database.reader.metadata().build_epoch, dt.UTC
                ).date()
                for database in geo.databases
                if database.reader.metadata().database_type.startswith("GeoLite2")
            }
    except MimamoriError as error:
        return wrong(
            "geoip",
            str(error),
            message("doctor.configuration.correct_geoip"),
        )
    old = [path for path, day in built.items() if (today - day).days > _GEOLITE_DAYS]
    if old:
        return warning(
            "geoip",
            message(
                "doctor.configuration.too_old", days=_GEOLITE_DAYS, names=named(old), source=source
            ),
            message("doctor.configuration.replace_it"),
        )
    return well("geoip", source)
