"""Whether what the sources of logs need is here; no source is asked, and no secret is shown."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines.doctor.outcome import Outcome, named, warning, well
from pipelines.settings.model import Settings
from pipelines.settings.source_places import SourcePlace, source_places
from pipelines.settings.sources import FolderSource, HttpSource, S3Source, SftpSource
from pipelines.text.messages import message

_OTHERS = 0o077


def check_sources(settings: Settings, secret: Callable[[str], str | None]) -> Outcome:
    """Return what `source:` in the settings lacks on this machine.

    `secret` gives the value of an environment variable. What is missing is a warning, as another
    user or service may have it.
    """
    places = source_places(settings)
    if not places:
        return well("sources", message("doctor.sources.none"))
    lacking = [f"{place.name}: {one}" for place in places for one in _lacking(place, secret)]
    if lacking:
        return warning(
            "sources",
            message("doctor.delivery.missing", names=named(lacking)),
            message("doctor.sources.provide_it"),
        )
    return well("sources", ", ".join(place.name for place in places))


def _lacking(place: SourcePlace, secret: Callable[[str], str | None]) -> Iterator[str]:
    source = place.source
    for name in _variables(place):
        if not secret(name):
            yield f"{name}（{message('doctor.delivery.environment_variable')}）"
    if isinstance(source, FolderSource) and not source.path.is_dir():
        yield f"{source.path}（{message('doctor.delivery.folder')}）"
    if isinstance(source, SftpSource):
        yield from _unreadable(source.known_hosts)
        yield from _unreadable(source.key_file)
        key = source.key_file
        if key is not None and key.is_file() and key.stat().st_mode & _OTHERS:
            yield f"{key}（{message('doctor.sources.key_open_to_others')}）"
    if isinstance(source, HttpSource):
        yield from _unreadable(source.ca_file)


def _unreadable(path: Path | None) -> Iterator[str]:
    if path is not None and not os.access(path, os.R_OK):
        yield f"{path}（{message('doctor.sources.readable_file')}）"


def _variables(place: SourcePlace) -> Iterator[str]:
    source = place.source
    if isinstance(source, SftpSource | S3Source | HttpSource):
        for name in type(source).model_fields:
            value = getattr(source, name)
            if name.endswith("_env") and value is not None:
                yield value
