"""The servers that a lake lies on: how they are reached and set up, and what they keep."""

from collections.abc import Iterator

from pipelines.doctor.outcome import Outcome, named, warning, well, wrong
from pipelines.lake.place import place_of
from pipelines.lake.place_kind import Place
from pipelines.lake.reporter import reporter_elsewhere
from pipelines.paths import Home
from pipelines.text.messages import message


def check_servers(home: Home) -> Iterator[Outcome]:
    """Yield whether the database and the storage are set up as a lake needs them."""
    place = place_of(home)
    outcomes = [*_reporter(home), *_network(place), *_database(place), *_storage(place)]
    yield from outcomes or [well("servers", f"{place.catalog_name}, {place.data}")]


def _reporter(home: Home) -> Iterator[Outcome]:
    if name := reporter_elsewhere(home):
        yield warning(
            "servers",
            message("doctor.servers.reporter", name=name),
            message("doctor.servers.take_over"),
        )


def _network(place: Place) -> Iterator[Outcome]:
    if clear := place.in_clear():
        yield warning(
            "servers",
            message("doctor.servers.in_clear", names=named(clear)),
            message("doctor.servers.encrypt"),
        )
    if unverified := place.unverified():
        yield warning(
            "servers",
            message("doctor.servers.unverified", names=named(unverified)),
            message("doctor.servers.verify"),
        )


def _database(place: Place) -> Iterator[Outcome]:
    if unfit := place.unfit():
        yield wrong(
            "servers",
            message("doctor.servers.unfit", names=named(unfit)),
            message("doctor.servers.set_up"),
        )
    if revealing := place.revealing():
        yield warning(
            "servers",
            message("doctor.servers.revealing", names=named(revealing)),
            message("doctor.servers.set_up"),
        )


def _storage(place: Place) -> Iterator[Outcome]:
    versions = place.earlier_versions()
    if versions is None:
        yield warning(
            "servers",
            message("doctor.servers.versions_unknown", at=place.data),
            message("doctor.servers.look_for_versions"),
        )
    elif versions:
        yield warning(
            "servers",
            message("doctor.servers.versions", at=place.data, count=versions),
            message("doctor.servers.let_versions_go"),
        )
