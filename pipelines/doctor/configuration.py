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

_GEOLITE_DAYS = 30  # the licence asks that older copies be replaced and deleted


def check_settings(config: Path) -> tuple[Settings | None, Outcome]:
    """Return the settings, None when they hold mistakes, and what was found."""
    try:
        settings = load(config)
    except MimamoriError as error:
        return None, wrong(
            "settings",
            str(error),
            "示された行を直してください / correct the lines named",
        )
    count = len(settings.sites)
    return settings, well("settings", f"{config}: サイト {count} 件 / {count} sites")


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
            "フォルダを作るか、--logs か設定を直してください / "
            "make the folder, or correct --logs or the settings",
        )
        return
    if closed:
        yield wrong(
            "landing",
            f"読めません / cannot be read: {named(closed)}",
            "許可がなければ与え、リンクや特殊ファイルは本物のファイルにしてください / "
            "grant this user read permission where it lacks it (chmod, chown); have the file "
            "itself delivered in place of a link",
        )
    else:
        yield well("landing", f"{landing}: ログ {len(files)} 件 / {len(files)} log files")
    yield _check_sites(settings, [file for file in files if file.problem is None])
    yield _check_unclaimed(unclaimed)


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
            f"ファイルのないサイト / sites without a file: {named(hungry)}",
            "配送を確かめるか、設定の logs を直してください / "
            "look after the delivery, or correct 'logs' in the settings",
        )
    return well("sites", f"{len(fed)} サイトにログがあります / sites have log files")


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
            f"どのサイトにも属さない / claimed by no site: {named(unclaimed)}",
            "設定の logs に加えるか、片付けてください / "
            "add them to 'logs' of a site in the settings, or move them away",
        )
    return well(
        "unclaimed-files", "すべてのファイルに属するサイトがあります / every file has a site"
    )


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
            "設定の geoip を直してください / correct 'geoip' in the settings",
        )
    old = [path for path, day in built.items() if (today - day).days > _GEOLITE_DAYS]
    if old:
        return warning(
            "geoip",
            f"{_GEOLITE_DAYS} 日より古い / older than {_GEOLITE_DAYS} days: {named(old)}; {source}",
            "新しい版に置き換え、古い版は消してください / "
            "replace it by the present release and delete the old one",
        )
    return well("geoip", source)
